"""
Figures. Each metric is one SQL file in `metrics/` with its question, unit, what it counts and its caveats.

Pages, downloads and the API read them here; nothing computes a number a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import connection

from ombud.insight.keeping import Keeper
from ombud.kernel.errors import N_, NotFound
from ombud.service_requests.rules.delays import Delay

FOLDER = Path(__file__).parent / "metrics"
DIMENSIONS = ("", "service", "agency", "outcome", "week", "area")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's definition, as its file says it."""

    code: str
    question: str
    unit: str
    counts: str
    caveats: str
    sql: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: the part it is about (empty: all), its value (None: too little to say) and its n."""

    part: str
    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Period:
    """Of which requests, and for whose eyes."""

    city: str
    zone: str
    layer: str
    since: datetime
    until: datetime
    now: datetime
    public: bool = True
    # For the public: requests of these visibilities, once no delay holds them back.
    shown: tuple[str, ...] = ("public", "public_coarse")
    delays: tuple[Delay, ...] = ()


@cache
def metrics() -> Mapping[str, Metric]:
    """Return every metric by its code."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.sql"))}


def metric(code: str) -> Metric:
    """Return one metric. Raises NotFound."""
    try:
        return metrics()[code]
    except KeyError:
        raise NotFound(N_("There is no metric “%(code)s”."), code=code[:40]) from None


def figures(code: str, period: Period, *, by: str = "") -> list[Figure]:
    """Return a metric's figures, one for each part of a dimension, or one for all."""
    if by not in DIMENSIONS:
        raise NotFound(N_("Figures cannot be split by “%(by)s”."), by=by[:40])
    with connection.cursor() as cursor:
        cursor.execute(
            metric(code).sql,
            {
                "by": by,
                "city": period.city,
                "zone": period.zone,
                "layer": period.layer,
                "since": period.since,
                "until": period.until,
                "now": period.now,
                "public": period.public,
                "shown": list(period.shown),
                "held_visibilities": [delay.visibility for delay in period.delays],
                "held_services": [delay.service_code for delay in period.delays],
                "held_days": [delay.days for delay in period.delays],
            },
        )
        return [Figure(part or "", value, n) for part, value, n in cursor.fetchall()]


def headline(code: str, period: Period) -> Figure:
    """Return a metric's one figure for all; where nothing matches, no value of n = 0."""
    return first_of(figures(code, period))


def first_of(found: Sequence[Figure]) -> Figure:
    """Return the one figure for all; where nothing matches, no value of n = 0."""
    return found[0] if found else Figure("", None, 0)


_keeper = Keeper[list[Figure]]()


def shown(code: str, period: Period, *, by: str = "") -> tuple[list[Figure], datetime]:
    """Return a metric's figures for a page, and when they were counted: what is dear to count is kept a while."""
    key = (code, by, replace(period, now=period.since))
    return _keeper.get(key, lambda: figures(code, period, by=by))


def _read(path: Path) -> Metric:
    text = path.read_text(encoding="utf-8")
    said = dict(
        line.removeprefix("-- ").split(": ", 1) for line in text.splitlines() if line.startswith("-- ") and ": " in line
    )
    return Metric(path.stem, said["question"], said["unit"], said["counts"], said["caveats"], _whole(text))


def _whole(text: str) -> str:
    """Return a metric's SQL with what it shares with others written in: `{part}` is `shared/part.sql`."""
    for path in sorted((FOLDER / "shared").glob("*.sql"), reverse=True):
        text = text.replace(f"{{{path.stem}}}", path.read_text(encoding="utf-8"))
    return text
