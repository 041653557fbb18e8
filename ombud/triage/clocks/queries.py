"""What alerts answer: which stand open, and who knew when."""

from dataclasses import dataclass

from ombud.catalog import queries as catalog
from ombud.people import queries as people
from ombud.service_requests import queries as requests
from ombud.service_requests.models import ServiceRequest
from ombud.triage.clocks.models import Alert, AlertEntry
from ombud.triage.clocks.rules.plan import Plan, read_plan

SHOWN = 100


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
    plan = plan_of(jurisdiction_id)
    return plan.escalation is not None or plan.paging is not None


def pages(jurisdiction_id: str) -> bool:
    """Whether a city calls somebody at night."""
    return plan_of(jurisdiction_id).paging is not None


def plan_of(jurisdiction_id: str) -> Plan:
    """Return the plan of a city."""
    return read_plan(catalog.city(jurisdiction_id).settings)


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
