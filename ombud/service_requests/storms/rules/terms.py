"""What somebody says who switches a storm on: read once, and all that is wrong with it told at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ombud.kernel.errors import N_, BadInput, Several
from ombud.kernel.texts import cleaned

WORDS_LIMIT, WHY_LIMIT = 400, 300


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What happened in public words (by language), over which services and areas, and for how many hours at most.

    Areas are tags, `council_district:13`; none of them means the whole city.
    """

    words: Mapping[str, str]
    services: Sequence[str]
    areas: Sequence[str]
    hours: int
    why: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a city has to choose from."""

    language: str
    languages: Collection[str]
    services: Collection[str]
    areas: Collection[str]
    longest_hours: int


def read_terms(told: Terms, choices: Choices) -> Terms:
    """Return the terms as we keep them. Raises Several."""
    words = {code: cleaned(told.words.get(code, ""), lines=True) for code in choices.languages}
    problems: list[BadInput] = []
    if not words.get(choices.language):
        problems.append(
            BadInput(N_("Say in public words what happened and what people can expect."), field=_words(choices))
        )
    problems += [
        BadInput(N_("Use %(limit)d characters at most."), field=f"words_{code}", limit=WORDS_LIMIT)
        for code, said in words.items()
        if len(said) > WORDS_LIMIT
    ]
    if not told.services or not set(told.services) <= set(choices.services):
        problems.append(BadInput(N_("Choose the services that the storm is about."), field="services"))
    if not set(told.areas) <= set(choices.areas):
        problems.append(BadInput(N_("Choose areas of the city."), field="areas"))
    problems += hours_wrong(told.hours, longest=choices.longest_hours)
    why = cleaned(told.why)
    problems += why_wrong(why)
    if problems:
        raise Several(problems)
    kept = {code: said for code, said in words.items() if said}
    return Terms(kept, tuple(dict.fromkeys(told.services)), tuple(dict.fromkeys(told.areas)), told.hours, why)


def hours_wrong(hours: int, *, longest: int) -> list[BadInput]:
    """Return what is wrong with a number of hours."""
    if 1 <= hours <= longest:
        return []
    return [BadInput(N_("Write a number of hours from 1 to %(longest)d."), field="hours", longest=longest)]


def why_wrong(why: str) -> list[BadInput]:
    """Return what is wrong with a reason."""
    if why and len(why) <= WHY_LIMIT:
        return []
    return [BadInput(N_("Say why, in %(limit)d characters at most."), field="why", limit=WHY_LIMIT)]


def read_change(hours: int | None, why: str, *, longest: int) -> str:
    """Return the reason of a later change as we keep it; `hours` None where it ends. Raises Several."""
    why = cleaned(why)
    problems = why_wrong(why) + (hours_wrong(hours, longest=longest) if hours is not None else [])
    if problems:
        raise Several(problems)
    return why


def _words(choices: Choices) -> str:
    return f"words_{choices.language}"
