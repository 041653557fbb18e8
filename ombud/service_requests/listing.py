"""
Lists of requests: filters, pages that stay quick at any depth, counts for the views beside them.

Pages are cut by the last row seen, never by an offset, so that the thousandth page costs what the first does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import F, Q

from ombud.people import queries as people
from ombud.plumbing import commit_order
from ombud.service_requests.models import RequestForm, RequestQuerySet, ServiceRequest
from ombud.service_requests.rules.decisions import TRIAGE_UNIT
from ombud.service_requests.rules.delays import Delay
from ombud.service_requests.rules.lifecycle import ENDED

PAGE = 50
BADGE = 1_000
_NEWEST = ("-requested_at", "-pk")
_BY_TARGET = ("target_at", "pk")
_BY_RANK = ("storm_rank", "requested_at", "pk")
# Said not to be fixed by whoever reported it, or reported anew by anybody.
_NOT_FIXED = Q(reopened__gt=0) | Q(again_of__isnull=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. Empty means everything; the words of a filter are those of the address bar."""

    agency: str = ""
    service: str = ""
    status: str = ""  # a status, or "open", or "ended"
    outcome: str = ""
    late: bool = False
    about_to_be_late: bool = False
    unassigned: bool = False
    assignee_id: int | None = None
    awaiting_reporter: bool = False
    reopened: bool = False
    leads: bool = False  # of each incident its first report
    in_triage: bool = False  # in the triage queue of its agency: nobody could send it on, or it was sent back
    storm_id: int | None = None  # what came in during a storm, what the city's order puts first ahead
    priority: str = ""
    channel: str = ""
    area: str = ""  # "council_district:13"
    older_than_days: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    visibilities: tuple[str, ...] = ()
    delays: tuple[Delay, ...] = ()
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in the list's order, and where the next begins."""

    rows: list[ServiceRequest]
    next_after: str
    # For staff: events from this transaction on may have changed more than these rows show; see `feed`.
    written_in: int = 0


def page(
    jurisdiction_id: str,
    chosen: Filter,
    *,
    now: datetime,
    after: str = "",
    size: int = PAGE,
    for_staff: bool = False,
) -> Page:
    """
    Return a page of requests, newest first. `after` is the `next_after` of the page before.

    For staff what is late, or soon will be, comes with the earliest target first: the longest overdue is the first
    to do; and what a storm brought comes in the city's order, the oldest first. Theirs also come with the place and
    with `assignee_name`, in the same statement.
    """
    rows = _matching(jurisdiction_id, chosen, now)
    if for_staff:
        names = {"assignee_name": people.name_of("assignee_id"), "written_in": commit_order.Settled()}
        rows = rows.select_related("place").annotate(**names)
    order = _order(chosen) if for_staff else _NEWEST
    if cursor := _read_cursor(after):
        rows = _after(rows, cursor, order)
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[:size]
    position = (found[0].written_in if found else commit_order.settled()) if for_staff else 0  # type: ignore[attr-defined]
    return Page(found, _cursor(found[-1], order) if more else "", position)


def _order(chosen: Filter) -> tuple[str, ...]:
    if chosen.late or chosen.about_to_be_late:
        return _BY_TARGET
    return _BY_RANK if chosen.storm_id else _NEWEST


def _after(rows: RequestQuerySet, cursor: tuple[datetime, int, int], order: tuple[str, ...]) -> RequestQuerySet:
    at, pk, rank = cursor
    # The bound that seems to say nothing new lets PostgreSQL begin in the index where the page does.
    if order == _BY_TARGET:
        return rows.filter(Q(target_at__gt=at) | Q(target_at=at, pk__gt=pk), target_at__gte=at)
    if order == _BY_RANK:
        later = Q(requested_at__gt=at) | Q(requested_at=at, pk__gt=pk)
        return rows.filter(Q(storm_rank__gt=rank) | (Q(storm_rank=rank) & later))
    return rows.filter(Q(requested_at__lt=at) | Q(requested_at=at, pk__lt=pk), requested_at__lte=at)


def count(jurisdiction_id: str, chosen: Filter, *, now: datetime, at_most: int = 10_000) -> int:
    """Return how many match, counting no further than `at_most`: "10,000 and more" is enough for a badge."""
    return _matching(jurisdiction_id, chosen, now).order_by()[:at_most].count()


def counts(
    jurisdiction_id: str, chosen: Filter, *, now: datetime, soon: timedelta, account_id: int | None = None
) -> dict[str, int]:
    """
    Return the counts beside the desk's views, over open requests, in one statement.

    Each counts no further than one over `BADGE`: at a million requests a whole count takes 300 ms, and nobody
    works differently for 8,412 than for "1,000 and more".
    """
    rows = _matching(jurisdiction_id, replace(chosen, status="open"), now).order_by()
    parts = {
        "open": rows,
        "new": rows.filter(status="received"),
        "late": rows.filter(target_at__lt=now),
        "soon": rows.filter(target_at__gte=now, target_at__lt=now + soon),
        "unassigned": rows.filter(assignee_id=None),
        "reopened": rows.filter(_NOT_FIXED),
        "triage": rows.filter(unit=TRIAGE_UNIT),
        "mine": rows.filter(assignee_id=account_id or 0),
        "awaiting": rows.filter(awaiting_reporter=True),
    }
    # The parts are Django's own SQL with its parameters; only the counting around them is written here.
    written = [part.values("pk")[: BADGE + 1].query.sql_with_params() for part in parts.values()]
    counting = ", ".join(f"(SELECT count(*) FROM ({sql}) AS part_{n})" for n, (sql, _) in enumerate(written))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counting}", [value for _, values in written for value in values])
        return dict(zip(parts, cursor.fetchone(), strict=True))


def positions(jurisdiction_id: str, chosen: Filter, *, now: datetime) -> Iterator[tuple[float, float]]:
    """Yield (lon, lat) of what matches and has a point, newest first."""
    rows = _matching(jurisdiction_id, chosen, now).exclude(lon=None)
    for lon, lat in rows.order_by("-requested_at", "-pk").values_list("lon", "lat").iterator(chunk_size=5000):
        if lon is not None and lat is not None:
            yield lon, lat


def oldest(jurisdiction_id: str) -> datetime | None:
    """Return when the first request was asked."""
    return (
        ServiceRequest.objects.in_city(jurisdiction_id)
        .order_by("requested_at", "pk")
        .values_list("requested_at", flat=True)
        .first()
    )


def by_ids(jurisdiction_id: str, ids: list[int]) -> list[ServiceRequest]:
    """Return requests by id, in no particular order."""
    return list(ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=ids))


def _matching(jurisdiction_id: str, chosen: Filter, now: datetime) -> RequestQuerySet:
    rows = ServiceRequest.objects.in_city(jurisdiction_id)
    plain = {
        "agency": chosen.agency,
        "service_code": chosen.service,
        "outcome": chosen.outcome,
        "priority": chosen.priority,
        "channel": chosen.channel,
        "assignee_id": chosen.assignee_id,
        "awaiting_reporter": chosen.awaiting_reporter,
        "visibility__in": chosen.visibilities,
        "requested_at__gte": chosen.since,
        "requested_at__lt": chosen.until,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    rows = _by_status(rows.past(chosen.delays, now=now), chosen, now)
    if chosen.storm_id:
        rows = rows.filter(storms__storm_id=chosen.storm_id, storms__jurisdiction_id=jurisdiction_id)
        rows = rows.annotate(storm_rank=F("storms__rank"))
    if chosen.area:
        rows = rows.filter(area_tags__contains=[chosen.area])
    if chosen.bbox:
        west, south, east, north = chosen.bbox
        rows = rows.filter(lon__range=(west, east), lat__range=(south, north))
    if chosen.words:
        rows = _by_words(jurisdiction_id, rows, chosen.words)
    return rows


def _by_status(rows: RequestQuerySet, chosen: Filter, now: datetime) -> RequestQuerySet:
    if chosen.status == "open" or chosen.late or chosen.about_to_be_late or chosen.unassigned:
        rows = rows.still_open()
    elif chosen.status == "ended":
        rows = rows.filter(status__in=ENDED)
    elif chosen.status:
        rows = rows.filter(status=chosen.status)
    if chosen.late:
        rows = rows.filter(target_at__lt=now)
    if chosen.about_to_be_late:
        rows = rows.filter(target_at__gte=now, target_at__lt=now + timedelta(days=2))
    if chosen.unassigned:
        rows = rows.filter(assignee_id=None)
    if chosen.leads:
        rows = rows.filter(incident__number=F("number"))
    if chosen.reopened:
        rows = rows.filter(_NOT_FIXED)
    if chosen.in_triage:
        rows = rows.filter(unit=TRIAGE_UNIT)
    if chosen.older_than_days is not None:
        rows = rows.filter(requested_at__lt=now - timedelta(days=chosen.older_than_days))
    return rows


def _by_words(jurisdiction_id: str, rows: RequestQuerySet, words: str) -> RequestQuerySet:
    told = RequestForm.objects.annotate(v=SearchVector("description", config="simple")).filter(
        jurisdiction_id=jurisdiction_id, v=SearchQuery(words, config="simple", search_type="websearch")
    )
    return rows.filter(
        Q(number__iexact=words.strip())
        | Q(old_number=words.strip())
        | Q(address__icontains=words.strip())
        | Q(pk__in=told.values("request_id"))
    )


def _cursor(row: ServiceRequest, order: tuple[str, ...]) -> str:
    at = row.target_at if order == _BY_TARGET and row.target_at else row.requested_at
    rank = f"~{row.storm_rank}" if order == _BY_RANK else ""  # type: ignore[attr-defined]  # annotated
    return f"{at.isoformat()}~{row.pk}{rank}"


def _read_cursor(after: str) -> tuple[datetime, int, int] | None:
    at, _, rest = after.partition("~")
    pk, _, rank = rest.partition("~")
    try:
        # In UTC: Python knows zones almost a day away, PostgreSQL does not.
        read = datetime.fromisoformat(at)
        return (read.astimezone(UTC), int(pk), int(rank or 0)) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None
