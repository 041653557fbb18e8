"""A question as its file tells it, and which there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, NotFound

FOLDER = Path(__file__).parent
NO_SUCH = N_("There is no question “%(code)s” here.")


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question of the requests of any city. Texts are in English; pages translate them.

    `choice` has the parameters of the explorer, where `{area}` stands for the areas that the city counts by; `numbers`
    is the beginning of a query that gets the same condition, for what is said in words. Values of both stand in `said`:
    each number under its name, and of the groups `first`, `last` and `top` with `_value`, `_share` or `_before`.
    """

    code: str
    title: str
    choice: Mapping[str, str]
    numbers: str
    numbers_end: str
    said: str
    nothing: str
    # A number that makes no sentence where it is 0, and what is said instead.
    unless: str
    otherwise: str
    caveats: tuple[str, ...]
    # What the reader has to choose where the city has not: a service, or a place.
    needs: str
    # Under which name the city's file says which services are meant.
    topic: str
    # Two years are compared, the newest of which there is enough.
    compares: bool
    # Single rows that are shown beside, by their own query.
    rows: str
    rows_end: str

    def pairs(self, *, area: str, services: Sequence[str]) -> list[tuple[str, str]]:
        """Return the parameters of the explorer for a city that counts by `area`, of some services or of all."""
        pairs = [(name, str(value).replace("{area}", area)) for name, value in self.choice.items()]
        return [*pairs, *(("is.service_code", code) for code in services)]


@cache
def questions() -> Mapping[str, Question]:
    """Return the questions by their codes, in the order in which they are asked."""
    return {one.code: one for one in map(_read, sorted(FOLDER.glob("*.yaml")))}


def question(code: str) -> Question:
    """Return one question. Raises NotFound."""
    try:
        return questions()[code]
    except KeyError:
        raise NotFound(NO_SUCH, code=code[:40]) from None


def _read(path: Path) -> Question:
    told: dict[str, Any] = yaml_files.read(path)
    return Question(
        code=path.stem.partition("-")[2],
        title=told.pop("title"),
        choice=told.pop("choice"),
        numbers=told.pop("numbers"),
        numbers_end=told.pop("numbers_end", ""),
        said=told.pop("said"),
        nothing=told.pop("nothing"),
        unless=told.pop("unless", ""),
        otherwise=told.pop("otherwise", ""),
        caveats=tuple(told.pop("caveats", ())),
        needs=told.pop("needs", ""),
        topic=told.pop("topic", ""),
        compares=told.pop("compares", False),
        rows=told.pop("rows", ""),
        rows_end=told.pop("rows_end", ""),
        **told,
    )
