"""
What the fields and words of another system mean here: YAML that an administrator edits, read once at the edge.

`docs/reference/bridge-mapping.md` explains every key.
"""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ombud.kernel.errors import N_, BadInput
from ombud.service_requests.rules.lifecycle import Kind, Outcome, Status

PRIORITIES = ("low", "normal", "high", "urgent")
# What both sides may hold of a request, by the name it has here; an answer is `answers.` and its question's code.
FIELDS = frozenset(
    {"service", "status", "sentence", "unit", "priority", "schedule", "requested_at", "closed_at"}
    | {"point", "address", "description"}
)
TIMES = frozenset({"requested_at", "closed_at", "schedule"})
# Fields whose words belong to a list: a word that is not in it is never guessed.
CODED = frozenset({"service", "status"})
_ANSWER = re.compile(r"answers\.[A-Za-z0-9_-]{1,60}")
# So many columns of the other side are one field here.
_COLUMNS = {"point": (2, 2), "schedule": (1, 2), "status": (1, 3)}
TEXT_OF = frozenset({Kind.REPLIED, Kind.QUESTION_ASKED, Kind.ANSWERED, Kind.COMMENTED, Kind.NOTED, Kind.REOPENED})


class Owner(StrEnum):
    """Whose value stands when both sides changed a field."""

    NEAR = "near"
    FAR = "far"
    NEWEST = "newest"
    ASK = "ask"


class Direction(StrEnum):
    """Which way changes of a field travel at all."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


def _several(raw: object) -> object:
    return (raw,) if isinstance(raw, str) else raw


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Part(BaseModel):
    """Frozen, and an unknown key is an error: a misspelt rule must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FieldRule(Part):
    """One field: where it stands there, its words both ways, whose it is, which way it goes."""

    far: Names = Field(min_length=1)
    in_: dict[str, str] = Field(default={}, alias="in")
    out: dict[str, str] = {}
    times: Names = ()
    zone: str = ""
    owner: Owner = Owner.NEWEST
    direction: Direction = Direction.BOTH

    @model_validator(mode="after")
    def _other_list(self) -> Self:
        # One list is enough where each word has one partner.
        for given, name in ((self.in_, "out"), (self.out, "in_")):
            other = getattr(self, name)
            if given and not other:
                if len(set(given.values())) < len(given) or any("*" in word for word in given):
                    if self._needs(name):
                        raise ValueError("several words become one, so say both `in` and `out`")
                    continue
                # Frozen for everybody else: this is still the making of it.
                object.__setattr__(self, name, {v: k for k, v in given.items()})
        return self

    def _needs(self, name: str) -> bool:
        return self.direction in (Direction.BOTH, Direction.OUT if name == "out" else Direction.IN)


class Remarks(Part):
    """What is said about a request: what their remarks are here, and which of ours go there."""

    direction: Direction = Direction.BOTH
    in_as: Literal["note", "reply"] = "note"
    out: tuple[Kind, ...] = (Kind.REPLIED, Kind.QUESTION_ASKED, Kind.ANSWERED, Kind.COMMENTED)

    @model_validator(mode="after")
    def _with_words(self) -> Self:
        if wrong := [kind.value for kind in self.out if kind not in TEXT_OF]:
            raise ValueError(f"out: {', '.join(wrong)} has no words; choose of {', '.join(sorted(TEXT_OF))}")
        return self


class Photos(Part):
    """Where addresses of photos stand there, with spaces or commas between; ours go out once the public sees them."""

    far: str
    direction: Direction = Direction.IN


class Sum(Part):
    """A number that is added up on both sides to compare them."""

    far: str
    answer: str


class LinkMapping(Part):
    """The whole mapping of one link."""

    zone: str = "UTC"
    times: Names = ("iso",)
    overlap_seconds: int = Field(default=120, ge=0, le=86_400)
    create_there: tuple[str, ...] = ()
    channel: str = Field(default="other", max_length=20)
    constants: dict[str, str] = {}
    fields: dict[str, FieldRule] = Field(min_length=1)
    remarks: Remarks | None = None
    photos: Photos | None = None
    sums: dict[str, Sum] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        unknown = [name for name in self.fields if name not in FIELDS and not _ANSWER.fullmatch(name)]
        if unknown:
            raise ValueError(f"fields: {', '.join(sorted(unknown))} means nothing here")
        for needed in ("service", "status", "requested_at"):
            if needed not in self.fields:
                raise ValueError(f"fields: say where the {needed} stands")
        for name, rule in self.fields.items():
            least, most = _COLUMNS.get(name, (1, 1))
            if not least <= len(rule.far) <= most:
                raise ValueError(f"fields: {name}: far: names {least} to {most} columns")
            if name in CODED and not (rule.in_ or rule.out):
                raise ValueError(f"fields: {name}: say what its words mean, with `in` and `out`")
        for zone in {self.zone, *(rule.zone for rule in self.fields.values() if rule.zone)}:
            _check_zone(zone)
        for word in _words(self.fields["status"]):
            _check_status(word)
        for word in _words(self.fields.get("priority")):
            if word not in PRIORITIES:
                raise ValueError(f"fields: priority: {word} is not one of {', '.join(PRIORITIES)}")
        return self

    def creates(self, service: str) -> bool:
        """Whether a request for this service that is made here is made there too."""
        if "*" in self.create_there:
            return service in self.fields["service"].out
        return service in self.create_there

    def zone_of(self, rule: FieldRule) -> ZoneInfo:
        """Return the zone of a field's times."""
        return ZoneInfo(rule.zone or self.zone)

    def times_of(self, rule: FieldRule) -> tuple[str, ...]:
        """Return how a field's times are written; the first is how we write them."""
        return rule.times or self.times


def _words(rule: FieldRule | None) -> Iterator[str]:
    if rule:
        yield from rule.in_.values()
        yield from rule.out


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone: there is no zone {zone}") from None


def _check_status(word: str) -> None:
    status, colon, outcome = word.partition(":")
    if status not in set(Status):
        raise ValueError(f"fields: status: {word} begins with none of {', '.join(Status)}")
    if (status == Status.CLOSED) != bool(colon):
        raise ValueError(f"fields: status: {word}: closed, and only closed, says how, such as closed:fixed")
    if colon and outcome != "*" and outcome not in set(Outcome) - {Outcome.WAITING_LIST}:
        raise ValueError(f"fields: status: {word} is no way to close; a waiting list is on_list")


def read_mapping(text: str, *, services: Collection[str]) -> LinkMapping:
    """Return a mapping from YAML, checked against the city's services. Raises BadInput with all that is wrong."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        raise BadInput(N_("This is not YAML: %(why)s"), field="text", why=_where(broken)) from None
    try:
        mapping = LinkMapping.model_validate(raw)
    except ValidationError as refused:
        problems = [f"{_place(problem['loc'])}{_said(problem['msg'])}" for problem in refused.errors()]
        raise BadInput(N_("The mapping does not fit: %(why)s"), field="text", why="; ".join(problems)) from None
    rule = mapping.fields["service"]
    named = {*rule.in_.values(), *rule.out, *mapping.create_there} - {"*"}
    if missing := sorted(named - set(services)):
        raise BadInput(
            N_("The mapping names services that are not in the catalogue: %(missing)s."),
            field="text",
            missing=", ".join(missing),
        )
    return mapping


def _place(steps: tuple[int | str, ...]) -> str:
    return "".join(f"{step}: " for step in steps if step != "[key]")


def _said(words: str) -> str:
    return words.removeprefix("Value error, ")


def _where(broken: yaml.YAMLError) -> str:
    mark = getattr(broken, "problem_mark", None)
    problem = str(getattr(broken, "problem", "") or "it cannot be read")
    return f"line {mark.line + 1}: {problem}" if mark else problem
