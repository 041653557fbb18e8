"""What the pages of the links show: how each stands, and what waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from ombud.catalog import queries as catalog
from ombud.connect.bridge import connectors, passing
from ombud.connect.bridge import near as ours
from ombud.connect.bridge.models import Checked, FieldConflict, Held, Link, MappingVersion, Mode, Passed, Push, Twin
from ombud.connect.bridge.opening import link_of, mapping_of
from ombud.connect.bridge.rules import words
from ombud.connect.bridge.rules.mapping import Direction, LinkMapping
from ombud.kernel.errors import BadInput
from ombud.service_requests import queries as requests

AT_MOST = 200


def is_joined(jurisdiction_id: str) -> bool:
    """Whether what happens in a city is carried over to any other system."""
    return Link.objects.filter(jurisdiction_id=jurisdiction_id, mode=Mode.BOTH, mapping_version__gt=0).exists()


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """How a link stands. `lag` is since it last knew all that there was; None where it never did."""

    link: Link
    lag: timedelta | None
    backlog: int
    dead: int
    held: int
    conflicts: int
    twins: int

    @property
    def is_late(self) -> bool:
        """Whether it has not been read for three times as long as it should."""
        return self.lag is not None and self.lag > timedelta(seconds=3 * self.link.every_seconds + 60)

    @property
    def error_share(self) -> float:
        """The share of its turns that failed."""
        return self.link.failed_runs / self.link.runs if self.link.runs else 0.0


@dataclass(frozen=True, slots=True)
class Repair:
    """A word that the mapping does not know: theirs, or ours on its way there."""

    field: str
    word: str
    ours: bool
    records: int
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Letter:
    """What could not be sent: to what request, why, and what would be sent, by the other side's columns."""

    twin: Twin
    number: str
    values: dict[str, str]
    remarks: list[tuple[int, str]]


def kinds() -> list[str]:
    """Return the kinds of connector."""
    return connectors.kinds()


def links(jurisdiction_id: str, *, now: datetime) -> list[LinkStanding]:
    """Return how every link of a city stands."""
    found = list(Link.objects.filter(jurisdiction_id=jurisdiction_id).order_by("code"))
    return [standing(link, now=now) for link in found]


def link(jurisdiction_id: str, code: str) -> Link:
    """Return a link. Raises NotFound."""
    return link_of(jurisdiction_id, code)


def standing(link: Link, *, now: datetime) -> LinkStanding:
    """Return how a link stands."""
    city = link.jurisdiction_id
    counts = Twin.objects.filter(jurisdiction_id=city, link=link).aggregate(
        twins=Count("pk"),
        backlog=Count("pk", filter=Q(push__in=(Push.DUE, Push.HELD))),
        dead=Count("pk", filter=Q(push=Push.DEAD)),
    )
    return LinkStanding(
        link=link,
        lag=now - link.succeeded_at if link.succeeded_at and link.mode != Mode.OFF else None,
        backlog=counts["backlog"],
        dead=counts["dead"],
        held=Held.objects.filter(jurisdiction_id=city, link=link).count(),
        conflicts=FieldConflict.objects.filter(jurisdiction_id=city, twin__link=link).count(),
        twins=counts["twins"],
    )


def conflicts(link: Link) -> list[tuple[FieldConflict, str]]:
    """Return the conflicts of a link, oldest first, each with the number of its request."""
    found = list(
        FieldConflict.objects.filter(jurisdiction_id=link.jurisdiction_id, twin__link=link)
        .select_related("twin")
        .order_by("since", "pk")[:AT_MOST]
    )
    numbers = requests.numbers_of(link.jurisdiction_id, [one.twin.request_id for one in found])
    return [(one, numbers.get(one.twin.request_id, "")) for one in found]


_UNKNOWN = """
SELECT pair ->> 0, pair ->> 1, count(*), (array_agg({sample} ORDER BY id))[1:5]
FROM {table}, jsonb_array_elements(unknown) AS pair
WHERE jurisdiction_id = %s AND link_id = %s {more} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 200
"""


def repairs(link: Link) -> list[Repair]:
    """Return the words that the mapping does not know, the most frequent first, with a few numbers each."""
    city = link.jurisdiction_id
    theirs = _unknown(link, _UNKNOWN.format(sample="far_id", table="ombud_link_held", more=""))
    own = _unknown(link, _UNKNOWN.format(sample="request_id::text", table="ombud_twin", more="AND push = 'held'"))
    numbers = requests.numbers_of(city, [int(pk) for *_, samples in own for pk in samples])
    found = [Repair(field, word, False, n, samples) for field, word, n, samples in theirs]
    found += [
        Repair(field, word, True, n, [numbers.get(int(pk), "") for pk in samples]) for field, word, n, samples in own
    ]
    return sorted(found, key=lambda one: -one.records)


def _unknown(link: Link, sql: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [link.jurisdiction_id, link.pk])
        found: Sequence[Any] = cursor.fetchall()
        return found


def letters(link: Link) -> list[Letter]:
    """Return what was given up, oldest first, with what would be sent."""
    city = link.jurisdiction_id
    twins = list(
        Twin.objects.filter(jurisdiction_id=city, link=link, push=Push.DEAD).order_by("due_at", "pk")[:AT_MOST]
    )
    numbers = requests.numbers_of(city, [twin.request_id for twin in twins])
    try:
        mapping = mapping_of(link, catalog.city(city))
    except BadInput:
        mapping = None
    said = (
        {s.request.pk: s for s in requests.standings(city, request_ids=[t.request_id for t in twins])} if twins else {}
    )
    return [
        Letter(
            twin,
            numbers.get(twin.request_id, ""),
            _to_send(mapping, twin, said[twin.request_id]) if mapping else {},
            _waiting_words(twin),
        )
        for twin in twins
    ]


def letter(jurisdiction_id: str, twin_id: int) -> Letter | None:
    """Return one dead letter."""
    twin = (
        Twin.objects.filter(jurisdiction_id=jurisdiction_id, pk=twin_id, push=Push.DEAD).select_related("link").first()
    )
    if twin is None:
        return None
    return next((one for one in letters(twin.link) if one.twin.pk == twin_id), None)


def _to_send(mapping: LinkMapping, twin: Twin, standing: requests.Standing) -> dict[str, str]:
    """Return the columns that differ from what was agreed, as they would be sent."""
    values: dict[str, str] = {}
    for name, word in ours.words_of(standing, mapping).items():
        rule = mapping.fields[name]
        making = twin.far_id is None
        changed = making or twin.near.get(name) != ours.mark(name, word)
        if not changed or rule.direction is Direction.IN or (making and not word):
            continue
        try:
            values |= words.columns(rule, words.write(mapping, name, word))
        except words.Unknown:
            continue
    return values | dict(twin.repaired)


def _waiting_words(twin: Twin) -> list[tuple[int, str]]:
    waiting = Passed.objects.filter(
        jurisdiction_id=twin.jurisdiction_id, twin=twin, push=Push.DUE, event_id__isnull=False
    )
    return [(one.pk, passing.words_of(one)) for one in waiting.order_by("event_id")]


def mappings(link: Link) -> list[MappingVersion]:
    """Return the versions of a link's mapping, newest first."""
    return list(
        MappingVersion.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link).order_by("-version")[:50]
    )


def last_check(link: Link, kind: str) -> Checked | None:
    """Return the newest dry run or comparison."""
    found = Checked.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, kind=kind)
    return found.order_by("-asked_at").first()


def twins_of(jurisdiction_id: str, request_id: int) -> list[Twin]:
    """Return where else a request stands."""
    return list(
        Twin.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id)
        .select_related("link")
        .order_by("link__code")
    )
