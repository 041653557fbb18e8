"""What words find: the services they may ask for, and whether somebody has to call for help first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.triage.words import commands, queries, watching
from ombud.triage.words.rules.model import Suggestion
from ombud.triage.words.rules.watch import Find

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Found:
    """The services to show, best first, what the model made of the words, and what in them tells of danger."""

    services: Sequence[ServiceDefinition]
    suggestions: Sequence[Suggestion]
    danger: Sequence[Find]


NOTHING = Found((), (), ())


def look(city: City, text: str, *, language: str, point: LonLat | None = None, limit: int = 8) -> Found:
    """Return what words find in a city."""
    if not text:
        return NOTHING
    suggestions = queries.suggest(city, text, point=point)
    return Found(
        queries.found(city, text, suggestions, limit=limit), suggestions, watching.danger_in(city, [text], language)
    )


def chosen(city: City, text: str, *, code: str, channel: str, language: str, client_id: UUID) -> None:
    """Keep which service was chosen after these words had found some; the words themselves are forgotten."""
    if text:
        commands.keep_prediction(
            city=city,
            suggestions=queries.suggest(city, text),
            chosen=code,
            channel=channel,
            language=language,
            at=clock.now(),
            shown=True,
            client_id=client_id,
        )
