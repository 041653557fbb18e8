"""Services from a file: a CSV that anybody can write, or a city's own YAML."""

import re
from pathlib import Path

import yaml

from ombud.catalog.rules.definition import read_definition
from ombud.kernel import yaml_files
from ombud.kernel.errors import BadInput, OmbudError
from ombud.triage.words import tables
from ombud.triage.words.rules.cold import Known, known


def read(path: Path) -> tuple[Known, ...]:
    """Return the services of a file. Raises BadInput, saying what is wrong with it."""
    found = _from_yaml(path) if path.suffix.lower() in (".yaml", ".yml") else _from_csv(path)
    if not found:
        raise BadInput("%(file)s names no service.", file=path.name)
    return found


def _from_csv(path: Path) -> tuple[Known, ...]:
    with tables.reading(path, needs=[]) as table:
        low = [column.lower() for column in table.columns]
        if "code" not in low and "service_code" not in low:
            raise BadInput("%(file)s has no column “code”.", file=path.name)
        code_at = low.index("code" if "code" in low else "service_code")
        texts: dict[str, list[str]] = {}
        for row in table.rows():
            whole = table.padded(row)
            # Keywords stand in one cell; each is a text of its own.
            cells = [cell for at, cell in enumerate(whole) if at != code_at]
            pieces = [piece.strip() for cell in cells for piece in re.split(r"[;|]", cell) if piece.strip()]
            if whole[code_at].strip():
                texts.setdefault(whole[code_at].strip(), []).extend(pieces)
    return tuple(Known(code, tuple(dict.fromkeys(said))) for code, said in texts.items())


def _from_yaml(path: Path) -> tuple[Known, ...]:
    try:
        raw = yaml_files.read(path)
    except (OSError, ValueError, yaml.YAMLError) as refused:
        raise BadInput("%(file)s cannot be read: %(why)s.", file=path.name, why=str(refused)[:300]) from refused
    if not isinstance(raw, list):
        raise BadInput("%(file)s is no list of services.", file=path.name)
    try:
        return known([read_definition(one) for one in raw])
    except OmbudError as refused:
        raise BadInput("%(file)s cannot be read: %(why)s.", file=path.name, why=str(refused)[:300]) from refused
