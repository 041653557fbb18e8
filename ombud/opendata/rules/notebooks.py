"""A notebook as somebody sent it: its cells as texts, for reading. It is never run, its output never shown. Pure."""

import json
from dataclasses import dataclass

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned

BYTES_AT_MOST = 2 * 1024 * 1024
CELLS_SHOWN = 300
TOO_LARGE = N_("A notebook may have 2 MB at most. Clear its outputs and save it again.")
UNREADABLE = N_("This file is no notebook: it has to be an .ipynb of version 4.")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `kind` is code, markdown or raw."""

    kind: str
    text: str


def cells_of(data: bytes) -> list[Cell]:
    """Return the cells of a notebook, the first ones of a long one. Raises BadInput."""
    if len(data) > BYTES_AT_MOST:
        raise BadInput(TOO_LARGE, field="file")
    try:
        tree = json.loads(data.decode())
        if tree["nbformat"] != 4:
            raise ValueError
        return [_cell(told) for told in tree["cells"][:CELLS_SHOWN]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(UNREADABLE, field="file") from None


def _cell(told: dict[str, object]) -> Cell:
    source = told["source"]
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    kind = str(told["cell_type"])
    if kind not in ("code", "markdown", "raw"):
        raise ValueError(kind)
    return Cell(kind, cleaned(text, lines=True))
