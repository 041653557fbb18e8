"""
The privacy rules of the public record, as data: what leaves of a request, how precisely, and when.

These serve any city; it tightens them, or says other things of single services, under `publishing` of its file. The
rules in force are public, and each version of a data set says which it was made with.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ombud.catalog.rules.definition import Code, Part, Visibility
from ombud.kernel.errors import N_, BadInput
from ombud.service_requests.rules.delays import Delay


class Place(StrEnum):
    """How precisely a place is published, from the finest on."""

    EXACT = "exact"
    # The hundred of an address, and the middle of a cell of about 130 m.
    BLOCK = "block"
    # The middle of a cell of about 0.7 km2, and no address.
    CELL = "cell"
    # Its areas only.
    AREA = "area"
    NONE = "none"


class Times(StrEnum):
    """How precisely times are published, from the finest on."""

    SECOND = "second"
    DAY = "day"
    MONTH = "month"


class Photos(StrEnum):
    """Who lets photos through."""

    # A rule, where a search found nothing that must be covered; else a person.
    CLEAN = "clean"
    PERSON = "person"
    NEVER = "never"


NO_KEY = N_("%(where)s: there is no such key; there are: %(known)s.")
NO_SERVICE = N_("publishing.services: there is no service %(code)s in the catalogue.")
FINEST_FIRST_PLACES = tuple(Place)
FINEST_FIRST_TIMES = tuple(Times)


class Rule(Part):
    """What is published of the requests of a service."""

    # Each request is a row. Where not, they are only counted.
    rows: bool
    place: Place = Place.NONE
    times: Times = Times.MONTH
    # So many days after it was made a request is published, so that nobody is met on the spot.
    delay_days: int = Field(default=0, ge=0, le=365)
    # Each combination of service, place and time is shared by so many requests at least; 1 lets single ones stand.
    k: int = Field(default=1, ge=1, le=1000)
    # Its history is published, event by event.
    events: bool = False
    photos: Photos = Photos.PERSON

    @property
    def photos_by(self) -> Photos:
        """Who lets photos through. A photo shows the exact place: where that is not published, no photo is."""
        return self.photos if self.rows and self.place is Place.EXACT else Photos.NEVER

    def listed_from(self, requested_at: datetime) -> datetime:
        """Return from when on a request may stand in what everybody can list."""
        return requested_at + timedelta(days=self.delay_days)

    def is_listed(self, requested_at: datetime, *, now: datetime) -> bool:
        """Whether a request may stand in what everybody can list: pages, maps, interfaces, feeds and the record."""
        # Without a delay what is dated a moment ahead is listed too.
        return self.rows and (not self.delay_days or self.listed_from(requested_at) <= now)


class Noise(Part):
    """
    How services of which nothing but counts is published are counted: with noise, so that nobody shows in a count.

    `epsilon_a_year` is all that may be spent in a calendar year on the reports of one person; `reports_a_person` is how
    many of them one count bears at most.
    """

    epsilon_a_year: float = Field(default=4, gt=0, le=20)
    epsilon_a_release: float = Field(default=0.25, gt=0, le=5)
    reports_a_person: int = Field(default=3, ge=1, le=20)


class Tightened(Part):
    """What a city says of one of its services: only what is stricter than the rule of its visibility counts."""

    place: Place | None = None
    times: Times | None = None
    delay_days: int | None = Field(default=None, ge=0, le=365)
    k: int | None = Field(default=None, ge=1, le=1000)
    events: bool | None = None
    # The exception: this is chosen service by service, and any of the three counts.
    photos: Photos | None = None


class RuleSet(Part):
    """All of it."""

    version: int = Field(default=1, ge=1)
    public: Rule = Rule(rows=True, place=Place.EXACT, times=Times.SECOND, events=True)
    public_coarse: Rule = Rule(rows=True, place=Place.CELL, times=Times.DAY, delay_days=7, k=5)
    public_count_only: Rule = Rule(rows=False)
    private: Rule = Rule(rows=False)
    services: Mapping[Code, Tightened] = {}
    noise: Noise = Noise()
    # What no data set has a column for, whatever a service's visibility.
    never: tuple[Annotated[str, Field(max_length=200)], ...] = (
        N_("names, telephone numbers and addresses of those who report, and anything that stands for one of them"),
        N_("what people wrote: descriptions, answers, comments, replies, notes, and the sentences of closings"),
        N_("photos as they were taken, and all that the camera wrote into them"),
        N_("who of the staff did what"),
        N_("requests of services that the city keeps private"),
    )

    @cached_property
    def name(self) -> str:
        """The rules' version with a hash of all they say, so that two that differ never share a name."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"{self.version}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """The visibilities of which requests are listed at all."""
        rules = {Visibility.PUBLIC: self.public, Visibility.COARSE: self.public_coarse}
        return tuple(visibility.value for visibility, rule in rules.items() if rule.rows)

    @cached_property
    def delays(self) -> tuple[Delay, ...]:
        """The same as `Rule.is_listed` for those who list: which requests wait for how long. The longest counts."""
        rules = {Visibility.PUBLIC: self.public, Visibility.COARSE: self.public_coarse}
        of_all = [Delay(rule.delay_days, visibility=visibility.value) for visibility, rule in rules.items()]
        of_some = [Delay(own.delay_days or 0, service_code=code) for code, own in self.services.items()]
        return tuple(delay for delay in (*of_all, *of_some) if delay.days)

    def rule_for(self, service_code: str, visibility: Visibility) -> Rule:
        """Return what is published of requests of a service: the stricter of its visibility's rule and its own."""
        rule = {
            Visibility.PUBLIC: self.public,
            Visibility.COARSE: self.public_coarse,
            Visibility.COUNT_ONLY: self.public_count_only,
            Visibility.PRIVATE: self.private,
        }[visibility]
        own = self.services.get(service_code)
        return _stricter(rule, own) if own else rule


def _stricter(rule: Rule, own: Tightened) -> Rule:
    return rule.model_copy(
        update={
            "place": max(rule.place, own.place or rule.place, key=FINEST_FIRST_PLACES.index),
            "times": max(rule.times, own.times or rule.times, key=FINEST_FIRST_TIMES.index),
            "delay_days": max(rule.delay_days, own.delay_days or 0),
            "k": max(rule.k, own.k or 1),
            "events": rule.events and own.events is not False,
            "photos": own.photos or rule.photos,
        }
    )


def read_rule_set(told: Any, *, services: Collection[str] = ()) -> RuleSet:
    """
    Return a city's rules: those of any city with what its file says. Raises BadInput.

    Where `services` are named, a rule for any other is refused: it would tighten nothing.
    """
    try:
        rules = RuleSet.model_validate({} if told is None else told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where, known = ".".join(map(str, ("publishing", *first["loc"]))), _keys_at(first["loc"][:-1])
        if first["type"] == "extra_forbidden" and known:
            raise BadInput(NO_KEY, where=where, known=", ".join(known)) from wrong
        raise BadInput(N_("%(where)s: %(what)s"), where=where, what=first["msg"]) from wrong
    if strangers := sorted(set(rules.services) - set(services)) if services else []:
        raise BadInput(NO_SERVICE, code=strangers[0])
    return rules


def _keys_at(path: Sequence[int | str]) -> list[str]:
    """Return the keys that may stand at a place of the file."""
    match path:
        case []:
            return list(RuleSet.model_fields)
        case ["services", _]:
            return list(Tightened.model_fields)
        case ["noise"]:
            return list(Noise.model_fields)
        case _:
            return list(Rule.model_fields)
