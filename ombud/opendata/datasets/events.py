"""The data set of events: the history of each request whose history may be published."""

from collections.abc import Collection, Iterable
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.events import event_id
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.public_event import name_told, said_by
from ombud.opendata.rules.public_row import rounded
from ombud.opendata.rules.rule_set import RuleSet
from ombud.service_requests.publishing import Happened

CODE = "events"
_T, _D = Kind.TEXT, Kind.CALENDAR_DATE
_KINDS = (
    ("submitted", N_("It was reported.")),
    ("imported", N_("It was brought in from an older system.")),
    ("accepted", N_("An agency took it on.")),
    ("scheduled", N_("A day was set for it.")),
    ("listed", N_("It was put on the list of a programme.")),
    ("inspected", N_("Somebody looked.")),
    ("service_changed", N_("It was another kind of request than it was taken for.")),
    ("transferred", N_("It went to another agency.")),
    ("promise_moved", N_("Another date is expected.")),
    ("paused", N_("The city's clock stands still.")),
    ("resumed", N_("The city's clock goes on.")),
    ("closed", N_("It was closed with an outcome.")),
    ("reopened", N_("It was opened again, often because it was not fixed.")),
    ("withdrawn", N_("The reporter took it back.")),
    ("updated", N_("Something that is public changed in another way, as a place that was corrected.")),
)
COLUMNS = (
    Column("event_id", _T, N_("Event"), N_("The same as in the event feed and in webhooks.")),
    Column("service_request_id", _T, N_("Number"), N_("The request it happened to.")),
    Column("event", _T, N_("What happened"), "", values=_KINDS),
    Column("event_datetime", _D, N_("When"), N_("In the city's time.")),
    Column("status_detail", _T, N_("Where it stood then"), N_("Empty where that did not change.")),
    Column("outcome", _T, N_("Outcome"), N_("What the closing says was done.")),
    Column("finding", _T, N_("What was found"), N_("Of an inspection: confirmed, not found, no access.")),
    Column("reason", _T, N_("Why the clock stands still"), ""),
    Column(
        "not_fixed", Kind.CHECKBOX, N_("Not fixed"), N_("Whether it was opened again because somebody said not fixed.")
    ),
    Column("rule_set", _T, N_("Privacy rules"), N_("The rules that the row was made with.")),
)
ABOUT = N_(
    "What happened to each request, in order: the stream that everything else is counted from. Only for services whose"
    " requests are shown exactly; a history of the others would tell more than their rows do."
)


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(CODE, N_("Status history"), ABOUT, N_("something that happened to a request"), COLUMNS, ("history",))


def made(city: City, events: Iterable[Happened], rules: RuleSet) -> list[dict[str, Any]]:
    """Return the rows of events that may be published."""
    return [row for event in events if (row := _row(city, event, rules))]


def _row(city: City, event: Happened, rules: RuleSet) -> dict[str, Any] | None:
    rule = rules.rule_for(event.service_code, Visibility(event.visibility))
    name = name_told(
        event.kind, audience=event.audience, changed=event.changes.keys(), visibility=event.visibility, was=""
    )
    if name is None or not rule.events:
        return None
    said = said_by(event.kind, event.changes, event.facts) if name == event.kind else {}
    at = rounded(event.at, rule.times, city.zone)
    known_as = event_id(city.id, event.id)
    return {
        "_id": known_as,
        MONTH: f"{at:%Y-%m}",
        "event_id": known_as,
        "service_request_id": event.number,
        "event": name,
        "event_datetime": at,
        "status_detail": said.get("status"),
        "outcome": said.get("outcome"),
        "finding": said.get("finding"),
        "reason": said.get("reason"),
        "not_fixed": said.get("not_fixed"),
        "rule_set": rules.name,
    }


def months(rows: Collection[dict[str, Any]]) -> dict[str, str]:
    """Return in which month each row lies."""
    return {row["_id"]: row[MONTH] for row in rows}
