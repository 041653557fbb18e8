"""
Builders: they call our commands, so no test holds a state that production cannot reach.

    city.report("POTHOLE", at=MAIN_STREET).closed("fixed")
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ombud.catalog.loading import load_folder
from ombud.intake import commands as intake
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.people import commands as people
from ombud.people.models import Account
from ombud.people.rules.permissions import Grant, Role
from ombud.places import commands as places
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import act, closing
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import REPORTER, Actor

CITIES = Path(__file__).parent / "cities"
MAIN_STREET = LonLat(-93.292, 37.209)
OUT_OF_TOWN = LonLat(-90.0, 37.2)
IN_SHELBYVILLE = LonLat(-92.95, 37.209)


def found_cities(*, at: datetime) -> None:
    """Load the two small cities of the tests."""
    for folder in sorted(CITIES.iterdir()):
        if folder.is_dir():
            loaded = load_folder(folder, at=at)
            with walls.inside(loaded.jurisdiction_id):
                places.load_boundaries(folder / "boundaries", jurisdiction_id=loaded.jurisdiction_id, at=at)


def a_little_away(point: LonLat, *, metres: float) -> LonLat:
    """Return a point so many metres to the north."""
    return LonLat(point.lon, point.lat + metres / 111_195)


def staff(role: Role, *, agency: str = "", account_id: int = 1) -> Actor:
    """Return an actor with one role; no account behind it."""
    return Actor("staff", account_id=account_id, grants=frozenset({Grant(role, agency)}))


BRAM = staff(Role.AGENCY_STAFF, agency="STREETS", account_id=11)
BRAMS_COLLEAGUE = staff(Role.AGENCY_STAFF, agency="STREETS", account_id=12)
DUNYA = staff(Role.AGENCY_STAFF, agency="SANITATION", account_id=13)
GUS = staff(Role.DISPATCHER, account_id=14)
NILS = staff(Role.AUDITOR, account_id=15)
CALL_TAKER = staff(Role.CALL_TAKER, account_id=16)


@dataclass
class RequestBuilder:
    """A request and what is done to it; each verb returns itself."""

    city_id: str
    id: int
    number: str

    @property
    def row(self) -> Any:
        """The request as it stands in the database."""
        return queries.by_id(self.city_id, self.id)

    def on(self, actor: Actor, *, after: timedelta = timedelta(0), seen: int | None = None) -> On:
        """Return what a command is about, some time after now."""
        return On(self.city_id, self.id, actor, clock.now() + after, seen)

    def closed(
        self, outcome: str = "fixed", *, by: Actor = BRAM, after: timedelta = timedelta(hours=1), **more: Any
    ) -> "RequestBuilder":
        """Close it."""
        closing.close(self.on(by, after=after), outcome=outcome, text=more.pop("text", "We filled the hole."), **more)
        return self

    def accepted(self, *, by: Actor = BRAM) -> "RequestBuilder":
        """Take it on."""
        act.accept(self.on(by))
        return self


@dataclass
class CityBuilder:
    """A city of the tests."""

    id: str
    people: dict[str, Account] = field(default_factory=dict)

    def submission(self, service: str = "POTHOLE", **more: Any) -> Submission:
        """Return a submission that is fit to be kept, but for what the test changes."""
        at = more.pop("at", MAIN_STREET if self.id == "springfield" else IN_SHELBYVILLE)
        defaults: dict[str, Any] = {
            "client_id": more.pop("client_id", uuid4()),
            "service_code": service,
            "channel": "web",
            "language": "en",
            "located": Located(method="pin", point=at) if at else Located(),
            "answers": {"size": ["small"]} if service == "POTHOLE" else {},
        }
        return Submission(**{**defaults, **more})

    def report(
        self, service: str = "POTHOLE", *, by: Actor = REPORTER, when: datetime | None = None, **more: Any
    ) -> RequestBuilder:
        """Report something and return its request."""
        received = intake.submit(
            jurisdiction_id=self.id,
            submission=self.submission(service, **more),
            at=when or clock.now(),
            actor=by,
        )
        return RequestBuilder(self.id, received.request_id, received.number)

    def employs(self, name: str, role: Role, *, agency: str = "") -> Account:
        """Add a member of staff with an account."""
        account = people.add_staff(
            jurisdiction_id=self.id,
            email=f"{name.lower()}@{self.id}.example",
            name=name,
            role=role,
            agency=agency,
        )
        account.set_password("correct horse battery staple")
        account.save(update_fields=["password"])
        self.people[name] = account
        return account


def client_id(seed: int) -> UUID:
    """Return the same client id for the same seed."""
    return UUID(int=seed, version=4)
