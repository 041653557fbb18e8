"""
The definition of a service, read once at the edge: from a city's YAML, from the editor, from the database.

Everything a service asks, promises and allows is here; nothing elsewhere knows a particular service.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ombud.kernel.errors import N_, BadInput, Several

Texts = Annotated[dict[str, str], Field(min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]


class Visibility(StrEnum):
    """How precisely the public may see a request of a service."""

    PUBLIC = "public"
    COARSE = "public_coarse"
    COUNT_ONLY = "public_count_only"
    PRIVATE = "private"


class Kind(StrEnum):
    """What asking for this leads to."""

    REQUEST = "service_request"
    CONTACT = "contact"
    HAND_OFF = "handoff"


class Part(BaseModel):
    """Frozen, and an unknown key is an error: a misspelt rule must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(Part):
    """The time the city aims for."""

    value: float = Field(ge=0, le=100_000)
    unit: Literal["hours", "calendar_days", "working_days"]
    basis: str = ""
    note: dict[str, str] = {}

    @model_validator(mode="after")
    def _days_are_whole(self) -> Self:
        if self.unit != "hours" and self.value != int(self.value):
            raise ValueError("a target in days needs a whole number; write hours instead")
        return self


class Option(Part):
    """One choice of a question."""

    code: Code
    label: Texts


class When(Part):
    """A question is asked only where an earlier answer is one of these."""

    question: Code
    answers: tuple[str, ...] = Field(alias="is", min_length=1)


class Stop(Part):
    """Answers that end the form, or pause it: an emergency, not the city's, another service."""

    when: tuple[str, ...] = Field(min_length=1)
    kind: Literal["emergency", "not_city", "other_service"]
    message: Texts
    phone: str = ""
    service: str = ""
    can_continue: bool = Field(default=False, alias="continue")


class Question(Part):
    """One question of the form."""

    code: Code
    label: Texts
    help: dict[str, str] = {}
    type: Literal[
        "text", "longtext", "select", "multiselect", "number", "date", "time", "datetime", "yesno", "tel", "email",
        "checkbox", "file", "asset", "lookup",
    ]  # fmt: skip
    required: bool = False
    options: tuple[Option, ...] = ()
    when: When | None = None
    stop: Stop | None = None

    @model_validator(mode="after")
    def _choices_have_options(self) -> Self:
        if self.type in ("select", "multiselect") and not self.options:
            raise ValueError(f"question {self.code}: a choice needs options")
        codes = [option.code for option in self.options]
        if len(codes) != len(set(codes)):
            raise ValueError(f"question {self.code}: two options share a code")
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """The codes that may be answered, where the answer is a choice."""
        fixed = {"yesno": ("yes", "no"), "checkbox": ("yes",)}
        return fixed.get(self.type) or tuple(option.code for option in self.options)


class Duplicates(Part):
    """
    When two reports are taken for one thing. What is not said follows the figures that come with Ombud.

    `join` and `ask` are the two bars, as probabilities: at the first a report joins by itself, from the second on the
    dispatcher is asked. `with` names services that this one is mistaken for. `window_days` is within how many days the
    same thing is usually reported again: a dead animal within two, a dark lamp within weeks. `again_days` counts from
    the end of a thing: reported within it, it has come back; without it the days to say "not fixed" count.
    """

    merge: Literal["auto", "ask", "never"] = "auto"
    join: float | None = Field(default=None, ge=0.5, le=1)
    ask: float | None = Field(default=None, ge=0, le=1)
    mistaken_for: tuple[Code, ...] = Field(default=(), alias="with")
    window_days: float | None = Field(default=None, gt=0, le=365)
    open_days: int | None = Field(default=None, ge=1, le=3650)
    again_days: int | None = Field(default=None, ge=0, le=365)
    # Answers that keep a report by itself, whatever lies beside it: a request for disability access has its own clock.
    never_when: tuple[When, ...] = ()

    @model_validator(mode="after")
    def _bars_rise(self) -> Self:
        if self.join is not None and self.ask is not None and self.ask > self.join:
            raise ValueError("the bar to ask must not be above the bar to join")
        return self


class ServedBy(Part):
    """For whom this is: kinds of building of one of the city's schemes, perhaps with a day to choose."""

    scheme: Code
    kinds: tuple[Code, ...] = Field(min_length=1)
    appointment: bool = False


class ServiceDefinition(Part):
    """All of one service."""

    code: Code
    name: Texts
    description: dict[str, str] = {}
    keywords: dict[str, tuple[str, ...]] = {}
    group: Code
    agency: Code
    unit: str = ""
    kind: Kind = Kind.REQUEST
    visibility: Visibility = Visibility.PRIVATE
    sensitivity: str = ""
    contact: tuple[Literal["name", "email", "phone", "email_or_phone"], ...] = ()
    place: Literal[
        "address_or_pin", "service_address", "asset_or_pin", "intersection", "street_segment",
        "park_facility", "optional", "none",
    ] = "address_or_pin"  # fmt: skip
    photo: Literal["none", "optional", "recommended", "encouraged", "required", "not_published"] = "optional"
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    criticality: str = ""
    # Words of hate or threats in what is reported raise the priority and keep the photos private; so does an answer.
    watch_hate: bool = False
    hate_when: When | None = None
    # The layer of assets this is about, one of which may be named: lights, trees.
    asset_layer: str = Field(default="", max_length=40)
    target: Target | None = None
    channels: tuple[str, ...] = ("web",)
    outcome_path: str = "work_order"
    outcomes: tuple[str, ...] = ()
    photo_to_close: bool = False
    not_fixed_days: int = Field(default=14, ge=0, le=365)
    duplicate_radius_m: float = Field(default=0, ge=0, le=2000)
    duplicates: Duplicates = Duplicates()
    eligibility: dict[str, str] = {}
    served_by: ServedBy | None = None
    popular: bool = False
    icon: str = ""
    hand_off: str = ""
    # What a program that reports is given at once: a number, a token that becomes one, or neither.
    open311: Literal["realtime", "batch", "blackbox"] = "realtime"
    legacy_names: tuple[str, ...] = ()
    # Services whose requests this one takes now, and those that take this one's: then it is offered no longer.
    was: tuple[Code, ...] = ()
    replaced_by: tuple[Code, ...] = ()
    questions: tuple[Question, ...] = ()

    @model_validator(mode="after")
    def _questions_fit(self) -> Self:
        seen: dict[str, Question] = {}
        for question in self.questions:
            if question.code in seen:
                raise ValueError(f"two questions share the code {question.code}")
            if (when := question.when) and when.question not in seen:
                raise ValueError(f"question {question.code} depends on {when.question}, which is not asked before")
            if question.when:
                _known(question.when.answers, seen[question.when.question], f"question {question.code}")
            if question.stop:
                _known(question.stop.when, question, f"stop of question {question.code}")
            seen[question.code] = question
        for when in self.duplicates.never_when:
            if when.question not in seen:
                raise ValueError(f"duplicates.never_when: there is no question {when.question}")
            _known(when.answers, seen[when.question], "duplicates.never_when")
        if self.hate_when:
            if self.hate_when.question not in seen:
                raise ValueError(f"hate_when waits for {self.hate_when.question}, which is not asked")
            _known(self.hate_when.answers, seen[self.hate_when.question], "hate_when")
        if self.kind is Kind.HAND_OFF and not self.hand_off:
            raise ValueError("a hand-off needs the body it is handed to")
        return self

    @property
    def needs_place(self) -> bool:
        """Whether a request must say where."""
        return self.place not in ("optional", "none")


def _known(answers: Sequence[str], question: Question, who: str) -> None:
    unknown = [a for a in answers if question.choices and a not in question.choices]
    if unknown:
        raise ValueError(f"{who} waits for an answer {question.code} does not offer: {', '.join(unknown)}")


def read_definition(raw: object) -> ServiceDefinition:
    """Return the definition. Raises Several, one BadInput for each thing that is wrong with it."""
    try:
        return ServiceDefinition.model_validate(raw)
    except ValidationError as refused:
        raise Several(
            [
                BadInput(
                    N_("%(where)s: %(what)s"),
                    field=".".join(str(step) for step in problem["loc"]),
                    where=".".join(str(step) for step in problem["loc"]) or "service",
                    what=problem["msg"],
                )
                for problem in refused.errors()
            ]
        ) from refused


def written(definition: ServiceDefinition) -> dict[str, object]:
    """Return the definition as plain data for the database, without what is left at its default."""
    return definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
