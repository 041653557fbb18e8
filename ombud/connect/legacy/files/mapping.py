"""
What a source's columns and values mean: a YAML file that an administrator edits, read once at the edge.

The file is copied into the database for its city and source when it is given, so that the next import and the
desk know it without the file.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ombud.catalog.city import City
from ombud.connect.legacy.files.instants import reader
from ombud.connect.legacy.files.said import MEANINGS
from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput
from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status

Column = str
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Part(BaseModel):
    """Frozen, and an unknown key is an error: a misspelt rule must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Meaning(Part):
    """What a status of the old system is in ours."""

    status: Status

    @model_validator(mode="after")
    def _no_waiting(self) -> Self:
        if self.status not in (Status.RECEIVED, Status.ACCEPTED, *ENDED):
            raise ValueError("a status becomes received, accepted, closed or withdrawn")
        return self


class StatusMissing(Part):
    """What a request without a status is, by whether a closing date is given."""

    with_closed_at: Status = Status.CLOSED
    without_closed_at: Status = Status.RECEIVED


class OutcomeWhen(Part):
    """When an outcome is claimed: the old status as it stands, or words in the sentence of the closing."""

    status: str = ""
    resolution_contains: str = ""


class OutcomeRule(Part):
    """One rule; the first that fits gives the outcome."""

    when: OutcomeWhen | None = None
    outcome: Outcome | None = None
    default: Outcome | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.default is None) == (self.when is None or self.outcome is None):
            raise ValueError("a rule is `when` with `outcome`, or a `default`")
        return self


class AreaCompare(Part):
    """How a district column of the file is held against one of our layers."""

    layer: str
    vintage: str
    match: Literal["id", "name", "number", "board"]
    ignore: tuple[str, ...] = ()
    aliases: dict[str, str] = {}
    boroughs: dict[str, str] = {}
    ignore_above: int = 99


class FileMapping(Part):
    """The whole mapping of one source for one city."""

    source: SourceName
    timezone: str
    columns: dict[str, tuple[Column, ...]]
    areas: dict[str, tuple[Column, ...]] = {}
    date_formats: tuple[str, ...] = Field(min_length=1)
    services: dict[str, str] = Field(min_length=1)
    agencies: dict[str, str] = {}
    units: dict[str, str] = {}
    channels: dict[str, str] = {}
    statuses: dict[str, Meaning] = {}
    anonymous: dict[str, bool] = {}
    status_missing: StatusMissing = StatusMissing()
    # Whoever knows that the old system changed nothing after a closing may say that its last change was the closing.
    closing_date_missing: Literal["hold", "last_change"] = "hold"
    outcomes: tuple[OutcomeRule, ...] = ()
    areas_compare: dict[str, AreaCompare] = {}

    @model_validator(mode="before")
    @classmethod
    def _areas_stand_among_the_columns(cls, raw: object) -> object:
        if not isinstance(raw, dict) or not isinstance(raw.get("columns"), dict):
            return raw
        columns = dict(raw["columns"])
        areas = columns.pop("areas", {}) or {}
        return {"areas": areas, **raw, "columns": columns}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if unknown := set(self.columns) - set(MEANINGS):
            raise ValueError(f"columns: {', '.join(sorted(unknown))} means nothing here")
        for needed in ("number", "service"):
            if not self.columns.get(needed):
                raise ValueError(f"columns: say which column holds the {needed}")
        if unknown := set(self.areas_compare) - set(self.areas):
            raise ValueError(f"areas_compare: {', '.join(sorted(unknown))} is not among columns: areas")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"timezone: there is no zone {self.timezone}") from None
        reader(self.date_formats)
        return self

    @property
    def default_outcome(self) -> Outcome:
        """What a closed row without any fitting rule gets."""
        return next((rule.default for rule in self.outcomes if rule.default), Outcome.UNSTATED)


def read_mapping_file(path: Path, *, city: City) -> FileMapping:
    """Return the mapping in a YAML file. Raises BadInput with the file and what is wrong in it."""
    try:
        raw = yaml_files.read(path)
    except OSError as why:
        raise BadInput(N_("%(file)s cannot be opened: %(why)s."), file=path.name, why=why.strerror) from None
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise BadInput(N_("%(file)s is not YAML: %(why)s"), file=path.name, why=str(broken)) from None
    return read_mapping(raw, city=city, name=path.name)


def read_mapping(raw: object, *, city: City, name: str) -> FileMapping:
    """Return the mapping, checked against the city's catalogue. Raises BadInput with all that is wrong."""
    try:
        mapping = FileMapping.model_validate(raw)
    except ValidationError as refused:
        problems = [
            f"{'.'.join(str(step) for step in problem['loc']) or 'file'}: {problem['msg']}"
            for problem in refused.errors()
        ]
        raise BadInput(N_("%(file)s: %(why)s"), file=name, why="; ".join(problems)) from None
    missing = _missing(mapping.services.values(), city.services)
    missing += _missing(mapping.agencies.values(), {agency.code: agency for agency in city.agencies()})
    if missing:
        raise BadInput(
            N_("%(file)s names what is not in the catalogue of %(city)s: %(missing)s."),
            file=name,
            city=city.id,
            missing=", ".join(missing),
        )
    return mapping


def _missing(codes: Iterable[str], known: Mapping[str, object]) -> list[str]:
    return sorted({code for code in codes if code not in known})
