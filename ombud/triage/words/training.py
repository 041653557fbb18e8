"""Learn a city's model from its own requests, and say how it does on those that it has not seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import BadInput
from ombud.kernel.geo import LonLat
from ombud.service_requests import told
from ombud.service_requests.told import Told
from ombud.triage.words import cities, commands, phrase_set, queries
from ombud.triage.words.commands import Learned
from ombud.triage.words.rules import cold, features, fitting, judging
from ombud.triage.words.rules.cold import Lesson
from ombud.triage.words.rules.judging import Guess, Judgement
from ombud.triage.words.rules.model import LinearModel

# Of the requests with text, in the order of time: learned from, sharpened on, held out.
LEARNED, SHARPENED = 0.7, 0.1
AT_LEAST = 150
_RANKED = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """A new model beside the one in use, both judged on the same requests, which the new one has not seen."""

    model: LinearModel
    learned: Learned
    fresh: Sequence[Guess]
    used: Sequence[Guess]
    held_out: Sequence[Told]
    in_use: int
    with_places: bool

    @property
    def is_not_worse(self) -> bool:
        """Whether it may replace the one in use."""
        return judging.is_not_worse(self.fresh, self.used)


def attempt(jurisdiction_id: str) -> Trial:
    """Learn from a city's requests, oldest first; keep nothing. Raises BadInput where there are too few with text."""
    city = catalog.city(jurisdiction_id)
    rows = [one for one in told.told(jurisdiction_id) if one.text.strip()]
    if len(rows) < AT_LEAST or len({one.service_code for one in rows}) < 2:
        raise BadInput(
            "%(city)s has %(n)d requests with text; learning needs %(least)d, of two services or more. "
            "Until then suggestions come from the catalogue and our phrases.",
            city=city.short_name,
            n=len(rows),
            least=AT_LEAST,
        )
    learn, sharpen = int(len(rows) * LEARNED), int(len(rows) * (LEARNED + SHARPENED))
    first, then, held_out = rows[:learn], rows[learn:sharpen], rows[sharpen:]
    used = cities.ready(city)
    model, with_places = _best(city, first, then)
    guesses = _guesses(model, held_out)
    old = _guesses(used.model, held_out)
    report = {
        "new": told_of(guesses, held_out),
        "in_use": told_of(old, held_out),
        "in_use_was": used.version,
        "with_places": with_places,
        "held_out_from": held_out[0].at.isoformat(),
    }
    learned = Learned(city.version, len(first), len(held_out), report, rows[0].at, first[-1].at)
    return Trial(model, learned, guesses, old, held_out, used.version, with_places)


def renew(jurisdiction_id: str, *, now: datetime) -> int | None:
    """
    Make the model of the catalogue anew where the city uses one that is older than its catalogue, or none.

    A city that uses what it learned from its own requests keeps that. Returns the number of the new one, if any.
    """
    city = catalog.city(jurisdiction_id)
    in_use = next((v for v in queries.versions(jurisdiction_id) if v.in_use), None)
    if in_use and (in_use.n_learned or in_use.catalogue_version == city.version):
        return None
    lessons = of_catalogue(city)
    if len({code for lesson in lessons for code in lesson.codes}) < 2:
        return None
    model = fitting.fit(lessons, tuple(city.services))
    learned = Learned(city.version, n_learned=0, n_held_out=0, report={})
    number = commands.keep_model(jurisdiction_id=jurisdiction_id, model=model, learned=learned, at=now)
    commands.use_model(jurisdiction_id=jurisdiction_id, number=number, at=now)
    commands.forget_catalogue_models(jurisdiction_id=jurisdiction_id)
    return number


def of_catalogue(city: City) -> list[Lesson]:
    """Return what a city's catalogue and our phrases teach."""
    return cold.lessons(
        cold.known(d for d in city.services.values() if d.code not in city.inactive),
        phrase_set.phrases(),
        phrase_set.kinds(),
    )


def told_of(guesses: Sequence[Guess], rows: Sequence[Told]) -> dict[str, Any]:
    """Return a report of guesses as plain data: whole, by service, by language."""

    def by(key: Callable[[Told], str]) -> Mapping[str, Any]:
        pairs = zip((key(row) for row in rows), guesses, strict=True)
        return {str(name): plain(judgement) for name, judgement in judging.by(pairs).items()}

    return {
        "whole": plain(judging.judge(guesses)) | {"bins": [asdict(b) for b in judging.judge(guesses).bins]},
        "by_service": by(lambda row: row.service_code),
        "by_language": by(lambda row: row.language),
    }


def plain(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as plain data."""
    return {
        "n": judgement.first.n,
        "first": judgement.first.hits,
        "among": judgement.among.hits,
        "brier": judgement.brier,
        "gap": judgement.gap,
    }


def _best(city: City, first: Sequence[Told], then: Sequence[Told]) -> tuple[LinearModel, bool]:
    """Return the better of two models, one of words alone and one that knows places too, judged on `then`."""
    base, classes = of_catalogue(city), _classes(city, first)
    found: list[tuple[LinearModel, bool]] = []
    for with_places in (False, True):
        own = [Lesson(r.text, {r.service_code: 1.0}, _facts(r) if with_places else ()) for r in first]
        model = fitting.fit([*base, *own], classes)
        readings = [features.read(r.text, _facts(r) if with_places else ()) for r in then]
        found.append((fitting.sharpened(model, readings, [r.service_code for r in then]), with_places))
    (words, _), (places, _) = found
    better = judging.is_not_worse(_guesses(places, then), _guesses(words, then))
    return found[1] if better else found[0]


def _classes(city: City, rows: Sequence[Told]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*city.services, *(row.service_code for row in rows)]))


def _facts(row: Told) -> tuple[str, ...]:
    return cities.facts(LonLat.read(row.lon, row.lat))


def _guesses(model: LinearModel, rows: Sequence[Told]) -> list[Guess]:
    guesses = []
    for row in rows:
        found = model.suggest(row.text, facts=_facts(row), limit=_RANKED)
        guesses.append(
            Guess(tuple(s.code for s in found), found[0].probability if found else 0.0, frozenset([row.service_code]))
        )
    return guesses
