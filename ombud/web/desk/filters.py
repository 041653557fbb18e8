"""The queue's filters: from the address bar to a filter of the record, and back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ombud.catalog.city import City
from ombud.kernel.numbers import read_number
from ombud.kernel.texts import cleaned
from ombud.service_requests.listing import Filter
from ombud.service_requests.rules.lifecycle import Outcome, Status

SOON = timedelta(days=2)
AGES = (1, 3, 7, 14, 30, 90)
CHANNELS = (
    "web", "phone", "app", "email", "counter", "crew", "letter", "social", "council_office", "api", "other",
)  # fmt: skip
PRIORITIES = ("urgent", "high", "normal", "low")

# The views everybody has: what each is called and which of the counts belongs to it.
VIEWS: dict[str, tuple[Promise | str, str]] = {
    "mine": (_("My work"), "mine"),
    "new": (_("New"), "new"),
    "late": (_("Late"), "late"),
    "soon": (_("About to be late"), "soon"),
    "unassigned": (_("Unassigned"), "unassigned"),
    "triage": (_("To be sent on"), "triage"),
    "awaiting": (_("Waiting for the resident"), "awaiting"),
    "not_fixed": (_("Said not fixed"), "reopened"),
    "incidents": (_("Several reports"), ""),
    "open": (_("All open"), "open"),
    "all": (_("Ended too"), ""),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address bar says of the queue; anything it does not understand is left out."""

    view: str = "open"
    agency: str = ""
    service: str = ""
    status: str = ""
    outcome: str = ""
    area: str = ""
    age: str = ""
    channel: str = ""
    priority: str = ""
    storm: str = ""
    q: str = ""
    show: str = ""

    def address(self, **changes: str) -> str:
        """Return these filters as an address, with some of them changed."""
        kept = replace(self, **{k: v for k, v in changes.items() if k in KNOWN})
        pairs = {f.name: getattr(kept, f.name) for f in fields(kept)}
        # Which agency is always said: without a word, everyone would see their own.
        return urlencode({k: v for k, v in pairs.items() if v or k == "agency"})

    def filter(self, account_id: int) -> Filter:
        """Return the filter of the record."""
        status = self.status or {"new": "received", "all": ""}.get(self.view, "open")
        return Filter(
            agency=self.agency,
            service=self.service,
            status="" if self.outcome and not self.status else status,
            outcome=self.outcome,
            late=self.view == "late",
            about_to_be_late=self.view == "soon",
            unassigned=self.view == "unassigned",
            assignee_id=account_id if self.view == "mine" else None,
            awaiting_reporter=self.view == "awaiting",
            reopened=self.view == "not_fixed",
            leads=self.view == "incidents",
            in_triage=self.view == "triage",
            storm_id=int(self.storm) if self.storm else None,
            priority=self.priority,
            channel=self.channel,
            area=self.area,
            older_than_days=int(self.age) if self.age else None,
            words=self.q,
        )

    @property
    def narrowed(self) -> int:
        """How many filters are set beside the view."""
        return sum(
            bool(getattr(self, name))
            for name in ("service", "status", "outcome", "area", "age", "channel", "priority", "storm", "q")
        )


KNOWN = frozenset(f.name for f in fields(Chosen))
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_AREA = re.compile(r"[a-z_]{1,30}:[^\x00]{1,60}")


def read(parameters: Mapping[str, str], *, city: City, own_agency: str) -> Chosen:
    """Return what the address says. Without a word on the agency, people see what their own has to do."""
    said = {name: cleaned(parameters.get(name, ""))[:120] for name in KNOWN}
    agencies = {a.code for a in city.agencies()}
    allowed = {
        "view": VIEWS,
        "agency": agencies,
        "service": city.services,
        "status": (*(s.value for s in Status), "open", "ended"),
        "outcome": tuple(o.value for o in Outcome),
        "age": tuple(str(a) for a in AGES),
        "channel": CHANNELS,
        "priority": PRIORITIES,
        "show": ("map",),
    }
    kept = {name: value for name, value in said.items() if name not in allowed or value in allowed[name]}
    if not _AREA.fullmatch(kept.get("area", "")):
        kept["area"] = ""
    if not _ID.fullmatch(kept.get("storm", "")):
        kept["storm"] = ""
    # A search looks everywhere unless it says where; a view shows first what one's own agency has to do.
    searching = bool(kept["q"])
    if "agency" not in parameters and own_agency in agencies and not searching:
        kept["agency"] = own_agency
    if not kept.get("view"):
        kept["view"] = "all" if searching else "open"
    kept["q"] = read_number(kept["q"], prefix=city.number_prefix) or kept["q"]
    return Chosen(**kept)


def looks_like_contact(words: str) -> bool:
    """Whether the words are a telephone number or a mail address rather than a place."""
    digits = sum(c.isdigit() for c in words)
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", words)) or (
        digits >= 7 and not re.search(r"[^\d\s()+.\-/]", words)
    )
