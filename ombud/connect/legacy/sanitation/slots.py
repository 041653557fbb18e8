"""The ten item slots of a stop: what is to be picked up, how many, and whether it was."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SLOTS = 10
JOIN = ", "


@dataclass(frozen=True, slots=True)
class Slot:
    """One kind of item on a stop; `code` is the other side's number for it."""

    code: int
    count: int
    picked: bool = False


def spread(codes: Sequence[int], total: int) -> list[Slot]:
    """
    Return a slot for each kind, with counts that add up to the total.

    People say which kinds and how many in all: each kind is taken once, and what is left over for the first.
    """
    counts = [1 if place < total else 0 for place in range(len(codes))]
    if counts:
        counts[0] += max(0, total - len(codes))
    return [Slot(code, count) for code, count in zip(codes, counts, strict=True)]


def columns() -> list[str]:
    """Return the names of the columns of a stop, slot by slot."""
    return [f"item_{n}_{part}" for n in range(1, SLOTS + 1) for part in ("cd", "cnt", "pkd")]


def stops(slots: Sequence[Slot]) -> Iterator[dict[str, object]]:
    """Yield the columns of as many stops as the slots need, ten to each; those not used are empty."""
    for begin in range(0, len(slots), SLOTS):
        row: dict[str, object] = dict.fromkeys(columns())
        for n, slot in enumerate(slots[begin : begin + SLOTS], 1):
            row |= {f"item_{n}_cd": slot.code, f"item_{n}_cnt": slot.count, f"item_{n}_pkd": "NY"[slot.picked]}
        yield row


def read(rows: Iterable[Mapping[str, object]]) -> list[Slot]:
    """Return the slots in use of a record's stops, in their order."""
    found = []
    for row in rows:
        for n in range(1, SLOTS + 1):
            if (code := row[f"item_{n}_cd"]) is not None:
                count, picked = row[f"item_{n}_cnt"] or 0, row[f"item_{n}_pkd"] == "Y"
                found.append(Slot(int(str(code)), int(str(count)), picked))
    return found
