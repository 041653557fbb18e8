"""What alerts answer: which stand open, and who knew when."""

from dataclasses import dataclass
from datetime import datetime

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.people import queries as people
from ombud.service_requests import queries as requests
from ombud.service_requests.models import ServiceRequest
from ombud.triage.clocks.models import Alert, AlertEntry
from ombud.triage.clocks.rules import plan as rules
from ombud.triage.clocks.rules.plan import Plan, read_plan, read_roster

SHOWN = 100
# Under this kind the changes of rosters are written down, with those of other things that are edited.
ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of an alert's log, with the person's name."""

    entry: AlertEntry
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert with its request and all that was done."""

    alert: Alert
    request: ServiceRequest
    log: list[Told]

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet that they know."""
        return self.alert.acknowledged_at is None


def has_plan(jurisdiction_id: str) -> bool:
    """Whether a city tells anybody of what is late or dangerous."""
    plan = file_plan(jurisdiction_id)
    return plan.escalation is not None or plan.paging is not None


def pages(jurisdiction_id: str) -> bool:
    """Whether a city calls somebody at night."""
    return file_plan(jurisdiction_id).paging is not None


def file_plan(jurisdiction_id: str) -> Plan:
    """Return the plan as the city's file says it. Raises BadInput."""
    return read_plan(catalog.city(jurisdiction_id).settings)


def plan_of(jurisdiction_id: str) -> Plan:
    """Return the plan of a city, its rosters as they were last changed on their page. Raises BadInput."""
    plan = file_plan(jurisdiction_id)
    changed = catalog.newest_changes(jurisdiction_id, ROSTER)
    kept = {name: read_roster(content["turns"]) for name, content in changed.items() if name in plan.rosters}
    return plan.model_copy(update={"rosters": {**plan.rosters, **kept}})


def on_duty(city: City, plan: Plan, roster: str, now: datetime) -> list[str]:
    """Return who of a roster is called at a time, in their order, by mail address."""
    turns = plan.rosters.get(roster, ())
    return rules.on_duty(turns, now=now, zone=city.zone, is_holiday=lambda day: bool(city.holiday(day)))


def standing(jurisdiction_id: str) -> list[Standing]:
    """Return the alerts, those that nobody has answered first, then the newest."""
    rows = Alert.objects.filter(jurisdiction_id=jurisdiction_id).prefetch_related("entries")
    alerts = sorted(
        rows.order_by("-raised_at")[:SHOWN], key=lambda a: (a.acknowledged_at is not None, -a.raised_at.timestamp())
    )
    names = people.names_of(entry.account_id for alert in alerts for entry in alert.entries.all())
    return [
        Standing(
            alert,
            requests.by_id(jurisdiction_id, alert.request_id),
            [Told(e, names.get(e.account_id or 0, "")) for e in sorted(alert.entries.all(), key=lambda e: e.pk)],
        )
        for alert in alerts
    ]
