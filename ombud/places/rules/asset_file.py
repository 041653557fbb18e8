"""A file of assets: what its mapping says, and each row read or refused with a reason."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned

CODE_LIMIT = 60
Texts = Annotated[dict[str, str], Field(min_length=1)]


class Mapped(BaseModel):
    """How a file becomes a layer: which column is what. An unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    vintage: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    name: Texts
    label: Texts
    file: str
    code: str
    lon: str = ""
    lat: str = ""
    owner: str = ""
    owner_column: str = ""
    owners: dict[str, str] = {}
    attributes: dict[str, str] = {}
    keep: dict[str, tuple[str, ...]] = {}
    source: str = ""
    licence: str = ""


def read_mapping(raw: object, *, file: str) -> Mapped:
    """Return a mapping. Raises BadInput with the first thing that is wrong with it."""
    try:
        return Mapped.model_validate(raw)
    except ValidationError as refused:
        problem = refused.errors()[0]
        where = ".".join(str(step) for step in problem["loc"])
        raise BadInput(N_("%(file)s: %(why)s"), file=file, why=f"{where}: {problem['msg']}") from None


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset as a file tells it."""

    code: str
    point: LonLat
    owner: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no asset: its number in the file, and why."""

    row: int
    why: str


def read_rows(mapped: Mapped, rows: Iterable[Mapping[str, Any]]) -> Iterator[AssetRow | Refused]:
    """Yield each row as an asset or a refusal; rows that `keep` leaves out are neither. A GeoJSON row has lon, lat."""
    seen: set[str] = set()
    for n, row in enumerate(rows, start=1):
        if any(_text(row, column) not in values for column, values in mapped.keep.items()):
            continue
        code = _text(row, mapped.code)
        point = LonLat.read(row.get(mapped.lon or "lon"), row.get(mapped.lat or "lat"))
        if not code or len(code) > CODE_LIMIT:
            yield Refused(n, "no number" if not code else "the number is too long")
        elif point is None:
            yield Refused(n, "no point")
        elif code in seen:
            yield Refused(n, f"number {code} again")
        else:
            seen.add(code)
            yield AssetRow(code, point, _owner(mapped, row), _attributes(mapped, row))


def _owner(mapped: Mapped, row: Mapping[str, Any]) -> str:
    said = _text(row, mapped.owner_column) if mapped.owner_column else ""
    return mapped.owners.get(said, said or mapped.owner)[:40]


def _attributes(mapped: Mapped, row: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text(row, column)[:120] for name, column in mapped.attributes.items()}
    return {name: value for name, value in found.items() if value}


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return cleaned(str(value)) if value is not None else ""


def missing_columns(mapped: Mapped, columns: Iterable[str]) -> list[str]:
    """Return the columns that the mapping names and the file does not have."""
    wanted = {mapped.code, mapped.lon, mapped.lat, mapped.owner_column, *mapped.attributes.values(), *mapped.keep}
    return sorted(wanted - set(columns) - {""})
