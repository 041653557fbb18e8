"""
What the words of a report call for at once: danger makes it urgent; hate and threats raise it, and its photos stay.

A person is stopped and told to call for help, and may go on after that; a program cannot be stopped. So the report
itself says what was found: only kinds (`fire`, `threat`), never words.
"""

from collections.abc import Iterable

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.service_requests.screening import DANGER, HATE, PHOTOS_STAY, Screened, Told
from ombud.triage.words import cities, word_lists
from ombud.triage.words.rules import watch
from ombud.triage.words.rules.watch import Find
from ombud.triage.words.word_lists import Watch

# The reporter said so, whatever the words are.
ANSWERED = "answered"


def lists_of(city: City, language: str = "") -> Watch:
    """Return the lists of all languages that a city has, and of the one a text is in: people mix them."""
    return word_lists.watch([*city.languages, *([language] if language else [])], cities.more_words(city))


def danger_in(city: City, texts: Iterable[str], language: str = "") -> list[Find]:
    """Return what in these texts tells of danger to life."""
    return watch.danger_in(_whole(texts), lists_of(city, language).lists)


def screen(city: City, service: ServiceDefinition, told: Told) -> Screened:
    """Return what the words of a report call for; see `service_requests.screening`."""
    text = _whole(told.texts)
    lists = lists_of(city, told.language).lists if text else ()
    danger = {find.kind for find in watch.danger_in(text, lists)}
    hate = {find.kind for find in watch.hate_in(text, lists)} if service.watch_hate else set()
    if (when := service.hate_when) and not set(when.answers).isdisjoint(told.answers.get(when.question, ())):
        hate.add(ANSWERED)
    facts: dict[str, list[str] | bool] = {}
    if danger:
        facts[DANGER] = sorted(danger)
    if hate:
        facts |= {HATE: sorted(hate), PHOTOS_STAY: True}
    return Screened("urgent" if danger else "high" if hate else "low", facts)


def _whole(texts: Iterable[str]) -> str:
    # A line end parts them: no line of a list reaches over it.
    return "\n".join(text for text in texts if text)
