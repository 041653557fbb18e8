"""A city as its catalogue has it at one version: services, agencies, outside bodies, calendars, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import get_language

from ombud.catalog.models import Agency, OutsideBody
from ombud.catalog.rules import search as search_rules
from ombud.catalog.rules.calendars import OfficeDays, read_calendars
from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.catalog.rules.pauses import PauseReason, read_reasons
from ombud.catalog.rules.working_time import WorkingCalendar
from ombud.kernel.errors import N_, NotFound
from ombud.kernel.texts import in_language


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency as others see it."""

    code: str
    name: str
    short_name: str
    phone: str
    url: str
    units: tuple[tuple[str, str], ...] = ()
    programmes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BodyView:
    """An outside body, in the reader's language."""

    code: str
    name: str
    phone: str
    url: str
    what: str
    next: str


@dataclass(frozen=True, slots=True)
class Group:
    """A shelf of the list of services."""

    code: str
    name: Mapping[str, str]
    icon: str


@dataclass(frozen=True)
class City:
    """A jurisdiction and its catalogue at one version. Texts are in the reader's language."""

    id: str
    version: int
    names: Mapping[str, str]
    short_name: str
    number_prefix: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    default_language: str
    hosts: tuple[str, ...]
    changed_at: datetime
    is_sandbox: bool
    settings: Mapping[str, Any]
    services: Mapping[str, ServiceDefinition]
    service_versions: Mapping[str, int]
    inactive: frozenset[str]
    groups: tuple[Group, ...]
    _agencies: Mapping[str, Agency]
    _bodies: Mapping[str, OutsideBody]
    _index: tuple[search_rules.Entry, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The city's name."""
        return self.text(self.names)

    def text(self, texts: Mapping[str, str]) -> str:
        """Return a catalogue text in the reader's language, else in the city's own."""
        return in_language(texts, get_language() or self.default_language, fallback=self.default_language)

    def service(self, code: str) -> ServiceDefinition:
        """Return a service, also one no longer offered. Raises NotFound."""
        try:
            return self.services[code]
        except KeyError:
            raise NotFound(N_("There is no service “%(code)s” here."), code=code[:40]) from None

    def offered(self) -> list[ServiceDefinition]:
        """Return what residents may ask for on the web, in the catalogue's order."""
        return [
            s
            for s in self.services.values()
            if s.code not in self.inactive and ("web" in s.channels or s.kind is Kind.HAND_OFF)
        ]

    def search(self, query: str, *, limit: int = 8) -> list[ServiceDefinition]:
        """Return the offered services that fit the words, best first."""
        offered = {s.code for s in self.offered()}
        codes = search_rules.search(self._index, query, limit=limit * 2)
        return [self.services[code] for code in codes if code in offered][:limit]

    def agency(self, code: str) -> AgencyView:
        """Return an agency; one that is not in the catalogue any more is shown by its code."""
        if agency := self._agencies.get(code):
            return AgencyView(
                code,
                self.text(agency.name),
                agency.short_name or code,
                agency.phone,
                agency.url,
                self._named(agency.units),
                self._named(agency.programmes),
            )
        return AgencyView(code, code, code, "", "")

    def _named(self, choices: Sequence[str | Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
        """Return choices as code and name; one that is only a code is called by it."""
        return tuple((c, c) if isinstance(c, str) else (c["code"], self.text(c["name"])) for c in choices)

    def programme_name(self, code: str) -> str:
        """Return the name of a programme of whichever agency; one that is lost is shown by its code."""
        return next((name for a in self.agencies() for known, name in a.programmes if known == code), code)

    def agencies(self) -> list[AgencyView]:
        """Return the agencies that work for the city."""
        return [self.agency(code) for code in self._agencies]

    def working_units(self) -> dict[str, frozenset[str]]:
        """Return the units of each agency that works for the city now, by its code."""
        return {
            code: frozenset(unit if isinstance(unit, str) else unit["code"] for unit in agency.units)
            for code, agency in self._agencies.items()
            if agency.active
        }

    def body(self, code: str) -> BodyView:
        """Return an outside body. Raises NotFound."""
        body = self._bodies.get(code)
        if body is None:
            raise NotFound(N_("There is no outside body “%(code)s” here."), code=code[:40])
        return BodyView(code, self.text(body.name), body.phone, body.url, self.text(body.what), self.text(body.next))

    def bodies(self) -> list[BodyView]:
        """Return the outside bodies we hand over to, retired ones left out."""
        return [self.body(code) for code, body in self._bodies.items() if body.active]

    def body_name(self, code: str) -> str:
        """Return the name of an outside body, a retired one too; one that is lost is shown by its code."""
        body = self._bodies.get(code)
        return self.text(body.name) if body else code

    @property
    def emergency_phone(self) -> str:
        """The number for danger to life."""
        return str(self.settings.get("emergency_phone", "911"))

    @property
    def contact_phone(self) -> str:
        """The city's own number."""
        return str(self.settings.get("contact_phone", ""))

    def pause_reasons(self) -> Mapping[str, PauseReason]:
        """Return why the clock of a request may stand still here, by code."""
        return {reason.code: reason for reason in read_reasons(self.settings.get("pauses"))}

    def named_holidays(self, names: tuple[str, ...], year: int) -> frozenset[date]:
        """Return the days of these holidays, by their names in English, in a year and the next."""
        where = self.settings.get("holidays", {})
        return _named_holidays(where.get("country", ""), where.get("subdivision", ""), names, year)

    def holiday(self, day: date) -> str:
        """Return the name of the holiday that a day is, in the words of the calendar; empty on other days."""
        where = self.settings.get("holidays", {})
        return _holiday_names(where.get("country", ""), where.get("subdivision", ""), day.year).get(day, "")

    def is_at_work(self, at: datetime, agency: str = "") -> bool:
        """Whether an agency works at an instant, or the city: on a working day, within its hours."""
        return self.calendar(at.astimezone(self.zone).year, agency).is_at_work(at)

    def calendar(self, year: int, agency: str = "") -> WorkingCalendar:
        """Return when an agency works, or the city, with the holidays of the year and its neighbours."""
        told = self._office_days.get(agency) or self._office_days[""]
        return WorkingCalendar(
            zone=self.zone,
            opens=told.working_hours.start,
            closes=told.working_hours.end,
            holidays=_holidays(told.holidays.country, told.holidays.subdivision, year),
            days=frozenset(told.working_days),
            closed=told.closed_days(),
            opened=frozenset(told.open),
        )

    @property
    def own_calendars(self) -> list[str]:
        """The agencies that work at other times than the city."""
        return [agency for agency in self._office_days if agency]

    @cached_property
    def _office_days(self) -> Mapping[str, OfficeDays]:
        return read_calendars(self.settings)


@lru_cache(maxsize=200)
def _named_holidays(country: str, subdivision: str, names: tuple[str, ...], year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=range(year, year + 2))
    return frozenset(day for day, name in found.items() if set(name.split("; ")) & set(names))


@lru_cache(maxsize=200)
def _holiday_names(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    if not country:
        return {}
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=range(year - 1, year + 3))
    return dict(found.items())


def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    return frozenset(_holiday_names(country, subdivision, year))
