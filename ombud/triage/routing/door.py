"""The doorkeeper that `wiring` hands to intake; see `intake.ports`, whose words it speaks."""

from datetime import date, datetime
from typing import Protocol

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServedBy
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat
from ombud.service_requests.timeline import Actor
from ombud.triage.routing import serving


class Wish(Protocol):
    """What somebody asks for, as intake tells it."""

    @property
    def point(self) -> LonLat: ...
    @property
    def address(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def on(self) -> date | None: ...


class Door:
    """Asks the city's schemes."""

    def refusals(self, city: City, served_by: ServedBy, wish: Wish, *, at: datetime) -> list[BadInput]:
        """Return why a wish cannot be granted."""
        scheme = serving.scheme_of(city.id, served_by.scheme)
        if scheme is None:
            return []
        found = serving.at_place(city, scheme, wish.point, address=wish.address, kind=wish.kind)
        if found is None:
            return []
        if found.kind not in served_by.kinds:
            collector = scheme.collectors.get(found.collector)
            name = city.text(collector.name) if collector else ""
            return [
                BadInput(
                    N_("We do not serve this address; %(name)s does: %(phone)s."),
                    field="place",
                    name=name,
                    phone=collector.phone if collector else city.contact_phone,
                )
            ]
        free = [day.on for day in serving.days(city, scheme, found, now=at)] if wish.on else []
        if wish.on and wish.on not in free:
            named = ", ".join(day.isoformat() for day in free) or "-"
            return [BadInput(N_("This day is not free. Free are: %(days)s."), field="day", days=named)]
        return []

    def grant(
        self, city: City, served_by: ServedBy, wish: Wish, *, request_id: int, actor: Actor, at: datetime
    ) -> None:
        """Book the day of a wish."""
        scheme = serving.scheme_of(city.id, served_by.scheme)
        if scheme is None or wish.on is None:
            return
        found = serving.at_place(city, scheme, wish.point, address=wish.address, kind=wish.kind)
        if found:
            serving.book(
                jurisdiction_id=city.id,
                request_id=request_id,
                scheme=scheme,
                at_place=found,
                on=wish.on,
                actor=actor,
                at=at,
            )


DOOR = Door()
