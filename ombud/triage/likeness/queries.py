"""What likeness answers: what waits for the dispatcher, and what is known of one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from ombud.catalog.city import City
from ombud.kernel.geo import LonLat, Metres, box_around, distance
from ombud.service_requests import alike
from ombud.service_requests.alike import Report
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.triage.likeness import policy, seeing
from ombud.triage.likeness.models import RecurringPlace, Suggestion
from ombud.triage.likeness.rules import scoring
from ombud.triage.likeness.rules.sighting import Sighting
from ombud.triage.likeness.rules.verdict import matches

# So many questions are read for one page; a storm has some hundred.
AT_MOST = 1_000
# How near a place is the same place, where nothing is said of the service: most houses are broader.
SAME_PLACE = Metres(20)


@dataclass(slots=True)
class Group:
    """A thing and the reports of which it is asked whether they are about it, the likeliest first."""

    thing: ServiceRequest
    kind: str
    asked: list[Suggestion] = field(default_factory=list)

    @property
    def lowest(self) -> float:
        """How likely the least likely of them is."""
        return min(one.probability for one in self.asked)

    @property
    def highest(self) -> float:
        """How likely the likeliest of them is."""
        return max(one.probability for one in self.asked)


@dataclass(frozen=True, slots=True)
class Likely:
    """A request that a report being made may be about; None where the two cannot be compared."""

    row: ServiceRequest
    probability: float | None = None
    reasons: Sequence[Mapping[str, Any]] = ()


def waiting(jurisdiction_id: str, *, agency: str = "") -> list[Group]:
    """Return what waits for an answer, of one agency or all, by thing: those of most reports first."""
    rows = _waiting(jurisdiction_id)
    if agency:
        rows = rows.filter(request__agency=agency)
    found = list(rows.order_by("-made_at", "-pk")[:AT_MOST])
    # Of a report that waits itself it is asked whether it is of another: then all three are one question.
    first = {one.request_id: one.thing for one in found if one.kind == "same"}
    groups: dict[tuple[int, str], Group] = {}
    for one in found:
        thing = _root(one.thing, first) if one.kind == "same" else one.thing
        groups.setdefault((thing.pk, one.kind), Group(thing, one.kind)).asked.append(one)
    for group in groups.values():
        group.asked.sort(key=lambda one: (-one.probability, one.pk))
    return sorted(groups.values(), key=lambda group: (-len(group.asked), -group.highest, group.thing.pk))


def _root(thing: ServiceRequest, first: Mapping[int, ServiceRequest]) -> ServiceRequest:
    met: set[int] = set()
    while thing.pk in first and thing.pk not in met:
        met.add(thing.pk)
        thing = first[thing.pk]
    return thing


def count_waiting(jurisdiction_id: str, *, at_most: int = 1_000) -> int:
    """Return how many questions wait, counting no further than `at_most`."""
    return _waiting(jurisdiction_id).order_by()[:at_most].count()


def _waiting(jurisdiction_id: str) -> QuerySet[Suggestion]:
    """Unanswered, both ends still there to be joined, and not settled otherwise meanwhile."""
    still = Q(kind="same") & (Q(thing__incident__isnull=False) | ~Q(thing__status__in=ENDED))
    still &= Q(request__incident__isnull=True) | ~Q(request__incident=F("thing__incident"))
    return (
        Suggestion.objects.filter(jurisdiction_id=jurisdiction_id, answer="")
        .exclude(request__status__in=ENDED)
        .filter(still | Q(kind="again", request__again_of__isnull=True))
        .select_related("request", "request__place", "request__form", "thing", "thing__place", "thing__form")
    )


def asked_about(row: ServiceRequest) -> list[Suggestion]:
    """Return the questions about one request that wait, from either end, the likeliest first."""
    return list(_waiting(row.jurisdiction_id).filter(Q(request=row) | Q(thing=row)).order_by("-probability")[:20])


def remembered(row: ServiceRequest) -> list[Suggestion]:
    """Return of what it was said that it is not the same as this request."""
    said = Suggestion.objects.filter(jurisdiction_id=row.jurisdiction_id, answer="no")
    return list(said.filter(Q(request=row) | Q(thing=row)).select_related("request", "thing").order_by("pk")[:20])


def told(jurisdiction_id: str, rows: Sequence[ServiceRequest]) -> dict[int, Report]:
    """Return requests with what they were told by."""
    return alike.told(jurisdiction_id, rows)


def apart(one: ServiceRequest, other: ServiceRequest) -> Metres | None:
    """Return how far apart two requests are; None where a place is not known."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return distance(LonLat(one.lon, one.lat), LonLat(other.lon, other.lat))


def history_of(city: City, row: ServiceRequest) -> list[ServiceRequest]:
    """Return what of its service was closed at its place before, the latest first."""
    reach = policy.reach_of(city, row.service_code) or SAME_PLACE
    return alike.history(row, within=Metres(min(reach, 50)))


def ranked(
    city: City,
    rows: Sequence[ServiceRequest],
    *,
    service_code: str,
    point: LonLat,
    at: datetime,
) -> list[ServiceRequest]:
    """
    Return requests in the order in which a report that is being made may be about them, the likeliest first.

    Place and time count, words do not: the order would tell a stranger, try by try, what others wrote.
    """
    new = seeing.begun(city, service_code, point=point, at=at)
    return [one.row for one in likely(city, rows, new)]


def likely(city: City, rows: Sequence[ServiceRequest], new: Sighting) -> list[Likely]:
    """
    Return requests with how likely a report that is being made is about each, and why, the likeliest first.

    For staff, who see what was told: its words and answers count too. What is too far away to be compared comes last.
    """
    by_id = {str(row.pk): row for row in rows}
    compared = matches(new, seeing.things_of(city, rows, alike.told(city.id, rows)), scoring.shipped())
    found = [Likely(by_id[m.thing.key], m.probability, m.reasons) for m in compared]
    known = {one.row.pk for one in found}
    return found + [Likely(row) for row in rows if row.pk not in known]


def recurring(
    jurisdiction_id: str, *, service: str = "", only_chronic: bool = False, limit: int = 200
) -> list[RecurringPlace]:
    """Return the places where the same thing keeps happening, the most frequent first."""
    rows = RecurringPlace.objects.filter(jurisdiction_id=jurisdiction_id)
    if service:
        rows = rows.filter(service_code=service)
    if only_chronic:
        rows = rows.filter(chronic=True)
    return list(rows.select_related("latest").order_by("-happened", "-reports", "pk")[:limit])


def share_recurring(jurisdiction_id: str) -> dict[str, tuple[int, int]]:
    """Return of each service how often it happened at such places, and how often at all."""
    rows = RecurringPlace.objects.filter(jurisdiction_id=jurisdiction_id).values("service_code", "of_service")
    return {
        row["service_code"]: (row["there"], row["of_service"])
        for row in rows.annotate(there=Sum("happened")).order_by("-there")
    }


def recurring_at(row: ServiceRequest) -> RecurringPlace | None:
    """Return the recurring place at which a request lies, if any."""
    if row.lon is None or row.lat is None:
        return None
    low, high = box_around(LonLat(row.lon, row.lat), SAME_PLACE)
    found = RecurringPlace.objects.filter(
        jurisdiction_id=row.jurisdiction_id,
        service_code=row.service_code,
        lon__range=(low.lon, high.lon),
        lat__range=(low.lat, high.lat),
    )
    return found.order_by("-happened").first()
