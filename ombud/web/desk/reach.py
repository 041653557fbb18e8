"""Whom a message to all reporters of an incident reaches, told before it is sent."""

from dataclasses import dataclass
from typing import Any

from django.utils import translation

from ombud.catalog.city import City
from ombud.people import queries as people
from ombud.service_requests import queries as requests
from ombud.service_requests.rules.lifecycle import Status


@dataclass(frozen=True, slots=True)
class Reach:
    """How many reports, how many people by mail, how many reports without an address; other languages by name."""

    reports: int
    by_mail: int
    on_page: int
    others: tuple[str, ...]


def reach_of(city: City, row: Any) -> Reach:
    """Return whom a message reaches. Names and addresses are not told."""
    members = {m.pk for m in requests.incident_members(row) if m.status != Status.WITHDRAWN}
    points = {
        follower.contact_point_id: follower.request_id
        for follower in requests.followers(row, whole_incident=True)
        if follower.request_id in members and follower.contact_point_id
    }
    contacts = people.contact_points(city.id, [pk for pk in points if pk])
    with_mail = {contact.pk: contact for contact in contacts if contact.email}
    reached = {points[pk] for pk in with_mail}
    languages = {contact.language for contact in with_mail.values() if contact.language != city.default_language}
    return Reach(len(members), len(with_mail), len(members - reached), tuple(sorted(_own_name(c) for c in languages)))


def _own_name(code: str) -> str:
    try:
        return str(translation.get_language_info(code)["name_local"])
    except KeyError:
        return code
