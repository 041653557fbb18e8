"""Where the marks of a chart stand, as shares of its width. Plain numbers in, plain numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
# The lines of words under a promise, in pixels from its top.
FIRST_LINE, LINE = 54, 18


@dataclass(frozen=True, slots=True)
class Label:
    """A word under or over a bar: `x` is in percent, `y` in pixels."""

    x: float
    y: int
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, in percent of its width."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class PromiseDrawing:
    """Everything parts/promise_bar.html draws."""

    height: int
    span_days: float
    late: bool
    band: Stretch | None
    band_label: Label | None
    over: Stretch | None
    goal: float | None
    goal_label: Label | None
    now: float | None
    now_label: Label | None


def percent(value: float) -> float:
    """Return the share as a number with two decimals, which is finer than any screen."""
    return round(value, 2)


@dataclass(frozen=True, slots=True)
class Scale:
    """The length of a bar in days or any unit; mirrored where the page reads from the right."""

    span: float
    mirrored: bool = False

    def place(self, value: float) -> float:
        """Return where the value stands, in percent from the left edge."""
        share = 100 * value / self.span
        return percent(100 - share if self.mirrored else share)

    def stretch(self, low: float, high: float) -> Stretch:
        """Return the part of the bar between two values."""
        return Stretch(min(self.place(low), self.place(high)), percent(100 * (high - low) / self.span))

    def label(self, value: float, y: int) -> Label:
        """Return a label at the value that stays inside the bar: near an end it grows inward."""
        share = 100 * value / self.span
        if 15 <= share <= 85:
            return Label(self.place(value), y, "middle")
        at = 0 if share < 6 else self.span if share > 94 else value
        return Label(self.place(at), y, "start" if share < 15 else "end")


def promise(
    low: float | None,
    high: float | None,
    target: float | None,
    today: float | None,
    *,
    mirrored: bool = False,
) -> PromiseDrawing:
    """
    Return the drawing of a promise, in days since the request was made.

    `low` to `high` is what is usual here, `target` what the city set itself, `today` how far we are. It is
    late once today is past both what is usual and what was promised.
    """
    scale = Scale(1.1 * max(1.0, *(day for day in (high, target, today) if day is not None)), mirrored)
    usual = None if low is None or high is None else (low, high)
    promised = max((day for day in (high, target) if day is not None), default=None)
    late = today is not None and promised is not None and today > promised
    # The words for today and for the goal share a line unless they would touch, on a phone and in any language.
    crowded = today is not None and target is not None and abs(today - target) / scale.span < 0.6
    goal_line = FIRST_LINE + LINE if crowded else FIRST_LINE
    return PromiseDrawing(
        height=goal_line + 6,
        span_days=scale.span,
        late=late,
        band=scale.stretch(*usual) if usual else None,
        band_label=scale.label(sum(usual) / 2, 14) if usual else None,
        over=scale.stretch(promised, today) if late and promised is not None and today is not None else None,
        goal=None if target is None else scale.place(target),
        goal_label=None if target is None else scale.label(target, goal_line),
        now=None if today is None else scale.place(today),
        now_label=None if today is None else scale.label(today, FIRST_LINE),
    )


def spark(values: Sequence[float], width: int = 144, height: int = 36) -> list[tuple[float, float]]:
    """Return the points of a sparkline from a zero baseline, oldest first, inset so that ends are not cut."""
    if len(values) < 2:
        return []
    top = max(*values, 1e-9)
    step = (width - 6) / (len(values) - 1)
    return [(percent(3 + i * step), percent(height - 3 - (height - 6) * v / top)) for i, v in enumerate(values)]


@dataclass(frozen=True, slots=True)
class ClockDrawing:
    """A row's clock: the part that is spent, and where the goal's tick stands, in pixels."""

    spent: float
    spent_x: float
    goal_x: float


def clock(elapsed: float, target: float, *, width: int = 56, mirrored: bool = False) -> ClockDrawing:
    """Return the clock of a request: the tick is at four fifths, what is beyond it is late."""
    tick = width * 0.8
    spent = min(tick * elapsed / target, width) if target > 0 else width
    if mirrored:
        return ClockDrawing(percent(spent), percent(width - spent), percent(width - tick - 1))
    return ClockDrawing(percent(spent), 0, percent(tick - 1))
