"""What became of the services of a catalogue: which one follows which. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.errors import N_, BadInput

Link = tuple[str, str]
Successors = Mapping[str, Collection[str]]

ITSELF = N_("Service %(code)s names itself as what it was or what follows it.")
UNKNOWN = N_(
    "Service %(code)s names %(missing)s as what it was or what follows it, which never was in the catalogue."
    " Keep a service that has ended in the file, with replaced_by."
)
CIRCLE = N_("Services follow each other in a circle: %(codes)s.")


def links_of(code: str, *, was: Iterable[str], replaced_by: Iterable[str]) -> frozenset[Link]:
    """Return what a service says of its past and its future, each as the older code and the one that follows it."""
    return frozenset({*((old, code) for old in was), *((code, new) for new in replaced_by)})


def followed_by(links: Iterable[Link]) -> dict[str, frozenset[str]]:
    """Return the codes that follow each code directly."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for old, new in links:
        found[old].add(new)
    return {old: frozenset(new) for old, new in found.items()}


def check_links(definitions: Collection[ServiceDefinition], *, known: Collection[str]) -> None:
    """
    Raise BadInput where a service follows itself, one that never was, or in the end itself through others.

    `known` has every code that is or was in the catalogue.
    """
    for definition in definitions:
        named = {*definition.was, *definition.replaced_by}
        if definition.code in named:
            raise BadInput(ITSELF, code=definition.code)
        if missing := named - set(known):
            raise BadInput(UNKNOWN, code=definition.code, missing=", ".join(sorted(missing)))
    links = (links_of(each.code, was=each.was, replaced_by=each.replaced_by) for each in definitions)
    successors = followed_by(link for of_one in links for link in of_one)
    for code in sorted(successors):
        if circle := _way_back(code, successors):
            raise BadInput(CIRCLE, codes=" → ".join(circle))


def _way_back(code: str, successors: Successors) -> list[str]:
    """Return the codes from one to itself again, empty where there is no such way."""
    came_from = dict.fromkeys(successors.get(code, ()), code)
    waiting = list(came_from)
    while waiting:
        here = waiting.pop()
        if here == code:
            way = [code]
            while (before := came_from[way[-1]]) != code:
                way.append(before)
            return [code, *reversed(way)]
        for new in successors.get(here, ()):
            if new not in came_from:
                came_from[new] = here
                waiting.append(new)
    return []


def today(code: str, successors: Successors, *, offered: Collection[str]) -> frozenset[str]:
    """Return the offered services that a code has come to, itself among them; empty where it ended with none."""
    seen, waiting = {code}, [code]
    while waiting:
        for new in successors.get(waiting.pop(), ()):
            if new not in seen:
                seen.add(new)
                waiting.append(new)
    return frozenset(seen & set(offered))
