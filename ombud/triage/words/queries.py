"""What is known of texts: suggestions for one, and how good suggestions have been in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.geo import LonLat
from ombud.triage.words import cities
from ombud.triage.words.models import ModelVersion, Prediction
from ombud.triage.words.rules.judging import Guess
from ombud.triage.words.rules.model import Suggestion

# Less likely ones are not shown to people; a program may ask for them.
SHOWN_FROM = 0.05
_FEW_WORDS = 3
# A call for another service than the one chosen needs to be this sure.
SURE = 0.6


def suggest(city: City, text: str, *, point: LonLat | None = None, limit: int = 5) -> list[Suggestion]:
    """Return the services offered here that a text may ask for, likeliest first."""
    offered = frozenset(service.code for service in city.offered())
    return cities.ready(city).model.suggest(text, facts=cities.facts(point), limit=limit, among=offered)


def found(city: City, text: str, suggestions: Sequence[Suggestion], *, limit: int = 8) -> list[ServiceDefinition]:
    """
    Return what to show for words that somebody types: the likely suggestions, then what the search by words finds.

    The search knows beginnings of words, so it helps while the first words are typed. It compares each word with each
    of the catalogue, which takes long for a whole story, and a story the suggestions understand better.
    """
    words = text.split()
    codes = [s.code for s in suggestions if s.probability >= SHOWN_FROM]
    searched: list[str] = []
    if not codes or len(words) <= _FEW_WORDS:
        searched = [service.code for service in city.search(" ".join(words[:_FEW_WORDS]), limit=limit)]
    if suggestions and suggestions[0].probability < SHOWN_FROM * 3:
        codes, searched = searched, codes
    return [city.services[code] for code in dict.fromkeys([*codes, *searched])][:limit]


def looks_like_another(city: City, text: str, *, chosen: str, point: LonLat | None = None) -> Suggestion | None:
    """Return the service that a text asks for where that is another than the one chosen, and rather surely."""
    best = next(iter(suggest(city, text, point=point, limit=1)), None)
    return best if best and best.code != chosen and best.probability >= SURE else None


def is_judged(jurisdiction_id: str, request_id: int) -> bool:
    """Say whether suggestions are kept for a request."""
    return Prediction.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id).exists()


def services_of_judged(jurisdiction_id: str, *, since: datetime) -> dict[int, str]:
    """Return for each request with suggestions kept the service that they know it has."""
    rows = Prediction.objects.filter(jurisdiction_id=jurisdiction_id, at__gte=since, request_id__isnull=False)
    values = rows.values_list("request_id", "chosen", "corrected")
    return {pk: corrected or chosen for pk, chosen, corrected in values if pk is not None}


@dataclass(frozen=True, slots=True)
class Settled:
    """A suggestion of which the end is known: when, whether it was seen, the service, the language, how good."""

    at: datetime
    shown: bool
    service: str
    language: str
    model: int
    guess: Guess


def settled(jurisdiction_id: str, *, since: datetime, most: int = 50_000) -> list[Settled]:
    """Return the suggestions of reports that were sent, newest first, with what they turned out to be."""
    rows = (
        Prediction.objects.filter(jurisdiction_id=jurisdiction_id, at__gte=since, request_id__isnull=False)
        .order_by("-at")
        .values_list("at", "shown", "chosen", "corrected", "language", "model", "codes", "probabilities")[:most]
    )
    return [
        Settled(
            at,
            shown,
            corrected or chosen,
            language,
            model,
            Guess(tuple(codes), probabilities[0] if probabilities else 0.0, frozenset([corrected or chosen])),
        )
        for at, shown, chosen, corrected, language, model, codes, probabilities in rows
    ]


def versions(jurisdiction_id: str) -> list[ModelVersion]:
    """Return the models that a city has learned, newest first."""
    return list(ModelVersion.objects.filter(jurisdiction_id=jurisdiction_id).order_by("-number"))
