"""Everything the desk shows of one request, read with as few questions as will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.bridge import queries as bridge
from ombud.conversation import queries as conversation
from ombud.kernel.errors import NotFound
from ombud.opendata import reported
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.places import assets
from ombud.places import queries as places
from ombud.service_requests import open_here
from ombud.service_requests import queries as requests
from ombud.service_requests.queries import Entry
from ombud.service_requests.rules.lifecycle import ENDED, MOVES, Status
from ombud.service_requests.screening import DANGER, HATE
from ombud.service_requests.storms import queries as storms
from ombud.service_requests.timeline import Actor
from ombud.web.desk import phrases, rows, telling
from ombud.web.desk.triage import looking
from ombud.web.desk.triage.because import because
from ombud.web.middleware import CityRequest

EVERYTHING = ("public", "reporter", "staff")


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a reply goes, and how: what the button says before it is pressed."""

    name: str
    language: str
    by_mail: bool
    contact_point_id: int | None

    @property
    def called(self) -> str:
        """What to call them."""
        return self.name.split(" ")[0] if self.name else _("the resident")

    @property
    def send(self) -> str:
        """What the button says."""
        if self.by_mail:
            return _("Send to %(name)s by mail") % {"name": self.called}
        return _("Put on the page of %(name)s") % {"name": self.called}

    @property
    def way(self) -> str:
        """How they will get it."""
        if self.by_mail:
            return _("They get it by mail and see it on their page.")
        return _("This person left no address: they see it on their page only.")

    @property
    def reads(self) -> str:
        """The language they read, by its own name."""
        try:
            return str(translation.get_language_info(self.language)["name_local"])
        except KeyError:
            return self.language


def detail(request: CityRequest, row: Any, *, now: datetime) -> dict[str, Any]:
    """Return what the page of a request shows."""
    city, actor = request.city, request.actor
    entries = requests.story(row, audiences=EVERYTHING)
    teller = telling.Teller(city, people.names_of([row.assignee_id]))
    assignee = teller.names.get(row.assignee_id or 0, "")
    said, more = phrases.sentence(city, row, assignee=assignee, now=now)
    service = service_of(city, row)
    photos = requests.photos(row)
    members = requests.incident_members(row)
    return {
        "row": row,
        "service": service,
        "service_name": teller.service_name(row.service_code),
        "agency": city.agency(row.agency),
        "assignee": assignee,
        "sentence": said,
        "sentence_more": more,
        "is_late": bool(row.target_at and row.target_at < now and row.status not in ENDED),
        "is_open": row.status not in ENDED,
        "story": teller.story(entries),
        "form_told": getattr(row, "form", None),
        "promise": promise(row, now=now),
        "clock": rows.clock_of(row, now=now),
        "both_clocks": both_clocks(row, now=now),
        "areas": area_names(city, row),
        "photos": photos,
        "asset": asset_told(city, row),
        "because": because(city, row, entries),
        "another": looking.another(city, row) if row.status not in ENDED else None,
        "called_for": called_for(entries),
        "may_see_routing": actor.may(Verb.SEE_ROUTING),
        "members": [rows.row_of(city, member, now=now) for member in members if member.pk != row.pk],
        "open_members": sum(member.status not in ENDED for member in members),
        "messages_sent": conversation.messages_about(city.id, row.pk),
        "reader": reader_of(city, row),
        "templates": templates(city, row),
        "may": permitted(actor, row),
        "moves": {move.value for move in MOVES[Status(row.status)]},
        "elsewhere": bridge.twins_of(city.id, row.pk),
        "record_meant": reported.about(city, row.pk),
        "record_reports": reported.reports_on(city, row.pk),
        "storm_of": storms.storm_of(city.id, row.pk),
        "mine": row.assignee_id == actor.account_id,
    }


def called_for(entries: Sequence[Entry]) -> dict[str, bool]:
    """Return what the words of the report call for, and those of its reporter since."""
    danger = [entry for entry in entries if entry.facts.get(DANGER)]
    return {
        "danger": bool(danger),
        "danger_since": bool(danger) and danger[0].seq > 1,
        "hate": any(entry.facts.get(HATE) for entry in entries),
    }


def service_of(city: City, row: Any) -> Any:
    """Return the service as it was defined when the request was made; None where that is lost."""
    if city.service_versions.get(row.service_code) == row.service_version:
        return city.services.get(row.service_code)
    try:
        return catalog.definition_at(city.id, row.service_code, row.service_version)
    except NotFound:
        return None


def reader_of(city: City, row: Any) -> Reader:
    """Return to whom a reply goes. Their name is told, since one writes to somebody; the address is not."""
    reporter = requests.reporter_of(row)
    contact = (
        people.contact_point(city.id, reporter.contact_point_id) if reporter and reporter.contact_point_id else None
    )
    form = getattr(row, "form", None)
    language = (contact.language if contact else "") or (form.language if form else "") or city.default_language
    told = contact is not None and reporter is not None and reporter.stopped_at is None
    return Reader(
        name=contact.name if contact else "",
        language=language,
        by_mail=bool(told and contact and contact.email),
        contact_point_id=contact.pk if contact else None,
    )


def templates(city: City, row: Any) -> list[dict[str, str]]:
    """Return the prepared texts for the request's service, by title."""
    return [
        {"code": t.code, "title": city.text(t.title)} for t in conversation.templates_for(city.id, row.service_code)
    ]


def promise(row: Any, *, now: datetime) -> dict[str, Any]:
    """Return the two clocks in days since it was asked: what is expected, what is promised, where today is."""

    def days(at: datetime | None) -> float | None:
        return (at - row.requested_at).total_seconds() / 86_400 if at else None

    low, high = days(row.expected_from), days(row.expected_to)
    usual = ""
    if low is not None and high is not None:
        usual = _("usually %(low)s to %(high)s days here") % {"low": whole(low), "high": whole(high)}
    return {
        "low": low if high is not None else None,
        "high": high,
        "target": days(row.target_at),
        "today": days(now) if row.status not in ENDED else None,
        "range_words": usual,
        "goal_words": _("target %(day)s") % {"day": phrases.day(row.target_at)} if row.target_at else "",
        "is_known": high is not None or row.target_at is not None,
    }


def both_clocks(row: Any, *, now: datetime) -> str:
    """Return how long it has taken for the resident, and how much of that the city's clock stood still."""
    stood = row.paused_seconds
    if row.paused_at:
        stood += (min(now, row.paused_until) - row.paused_at).total_seconds()
    if not stood and not row.paused_at:
        return ""
    taken = (row.closed_at or now) - row.requested_at
    return _("The resident's clock: %(taken)s since they asked. The city's stood still for %(stood)s of that.") % {
        "taken": rows.in_words(taken),
        "stood": rows.in_words(timedelta(seconds=stood)),
    }


def whole(days: float) -> int:
    """Return days as people say them: the first day is day 1."""
    return max(1, round(days))


def asset_told(city: City, row: Any) -> dict[str, Any] | None:
    """Return the asset a request is about, whose it is, and what else is open about it."""
    found = assets.asset(city.id, row.asset) if row.asset else None
    if found is None:
        return None
    language = translation.get_language() or city.default_language
    return {
        "name": found.called(language),
        "owner": owner_name(city, found.owner),
        "gone": found.gone,
        "others": open_here.on_asset(city.id, row.asset, but=row.pk),
    }


def owner_name(city: City, code: str) -> str:
    """Return who owns an asset: an agency, or an outside body."""
    agencies = {agency.code for agency in city.agencies()}
    return city.agency(code).name if code in agencies else city.body_name(code)


def area_names(city: City, row: Any) -> list[tuple[str, str]]:
    """Return the areas the place lies in, each with what kind of area it is."""
    if row.place is None or not row.place.areas:
        return []
    language = translation.get_language() or city.default_language
    layers = places.layer_index(city.id)
    return [
        (
            str(layers[a["layer"]].name.get(language) or a["layer"]),
            places.area_label(layers[a["layer"]], a["name"], language),
        )
        for a in row.place.areas
        if a["layer"] in layers
    ]


def permitted(actor: Actor, row: Any) -> dict[str, bool]:
    """Return what this person may do to this request."""
    return {
        verb.value: actor.may(verb, agency=row.agency)
        for verb in (Verb.NOTE, Verb.REPLY, Verb.WORK, Verb.ROUTE, Verb.VIEW_CONTACT, Verb.ERASE)
    }


def colleagues(city: City, agency: str) -> list[tuple[int, str]]:
    """Return who may work on requests of an agency: its own staff and those of the whole city."""
    found: dict[int, str] = {}
    for grant in people.staff(city.id):
        if grant.account.is_active and may_work(grant, agency):
            found.setdefault(grant.account_id, grant.account.name or grant.account.email)
    return sorted(found.items(), key=lambda pair: pair[1])


def may_work(grant: Any, agency: str) -> bool:
    """Whether a role covers work on requests of an agency."""
    from ombud.people.rules.permissions import Grant, Role, may

    return may({Grant(Role(grant.role), grant.agency)}, Verb.WORK, agency=agency)
