"""What became of the services of a city, told from the versions of its catalogue. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ombud.catalog.rules.lineage import Link, followed_by, today

Change = Literal["renamed", "replaced", "split", "merged", "retired", "new"]


@dataclass(frozen=True, slots=True)
class Life:
    """
    A service through the catalogue's versions.

    `names` are what it was called in the city's own language, each with the instant from which on, oldest first.
    `ended` is when it was offered for the last time, None while it is offered or where nobody wrote that down.
    """

    code: str
    names: Sequence[tuple[datetime, str]]
    offered: bool = True
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Became:
    """
    A name of a service and one of the services of today that it has come to; none where it was retired.

    `old_code` and `old_name` are empty for a service that is new. `since` and `until` are None where nobody knows.
    """

    old_code: str
    old_name: str
    service_code: str
    change: Change
    since: datetime | None
    until: datetime | None


def became(lives: Sequence[Life], links: Mapping[Link, datetime]) -> list[Became]:
    """
    Return what became of each name that is not what a service of today is called, and which services are new.

    `links` are older code, following code, and the instant at which the catalogue first said so. What stands in the
    catalogue's first version was there before, nobody knows since when.
    """
    first = min((life.names[0][0] for life in lives), default=None)
    offered = {life.code for life in lives if life.offered}
    successors = followed_by(links)
    begun = {life.code: life.names[0][0] for life in lives}
    # What follows several, or was there before it followed, has taken them in.
    mergers = {
        new
        for (old, new), at in links.items()
        if begun.get(new, at) < at or any(new in others for one, others in successors.items() if one != old)
    }
    found = []
    for life in lives:
        now = today(life.code, successors, offered=offered)
        met = bool(mergers & today(life.code, successors, offered=mergers) - {life.code})
        found += _of_life(life, now, links, first, merged=met)
    followers = {new for _old, new in links}
    for life in lives:
        if life.offered and life.code not in followers and life.names[0][0] != first:
            found.append(Became("", "", life.code, "new", life.names[0][0], None))
    return found


def _of_life(
    life: Life, now: frozenset[str], links: Mapping[Link, datetime], first: datetime | None, *, merged: bool
) -> list[Became]:
    told = min((at for (old, _new), at in links.items() if old == life.code), default=None)
    ends = [at for at, _name in life.names[1:]] + [life.ended or told]
    found = []
    for (since, name), until in zip(life.names, ends, strict=True):
        if now == {life.code} and name == life.names[-1][1]:
            continue  # it is called so today
        known_since, known_until = (None if at == first else at for at in (since, until))
        for code in sorted(now) or [""]:
            change = _change(life.code, code, now, merged=merged)
            found.append(Became(life.code, name, code, change, known_since, known_until))
    return found


def _change(old: str, new: str, now: frozenset[str], *, merged: bool) -> Change:
    if not new:
        return "retired"
    if len(now) > 1:
        return "split"
    if old == new:
        return "renamed"
    return "merged" if merged else "replaced"


def touching(
    found: Iterable[Became], codes: Collection[str], *, since: datetime | None, until: datetime
) -> list[Became]:
    """Return what changed of some services in a span, both ends included; what changed nobody knows when, too."""
    changed = []
    for one in found:
        at = one.since if one.change == "new" else one.until
        if {one.old_code, one.service_code} & set(codes) and (at is None or (since or at) <= at <= until):
            changed.append(one)
    return changed
