"""What the API takes and gives: the names of Open311 where it has them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import AliasChoices, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(max_length=300)]


class NewRequest(Schema):
    """A report. Send it again with the same `client_id` after a lost answer: the first number comes back."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID = Field(description="Made by you, new for each report; it is what makes sending again safe")
    service_code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    description: Annotated[str, StringConstraints(max_length=100_000)] = ""
    answers: dict[str, str | list[str]] = Field(default={}, description="By the question's code")
    lon: float | None = Field(default=None, description="WGS84 degrees", validation_alias=AliasChoices("lon", "long"))
    lat: float | None = Field(default=None, description="WGS84 degrees")
    accuracy_m: float | None = Field(default=None, ge=0, lt=100_000, description="Metres")
    address: Line = Field(default="", description="Or where it is in words, where there is no point")
    place_note: Line = ""
    name: Line = ""
    email: Line = ""
    phone: Line = ""
    language: Annotated[str, StringConstraints(max_length=12)] = Field(
        default="", description="Of the reporter; ours to them are in it too"
    )
    same_as: Annotated[str, StringConstraints(max_length=20)] = Field(
        default="", description="The number of a request about the same thing: both become one incident"
    )


class Kept(Schema):
    """What became of a report."""

    number: str
    again: bool = Field(description="Whether this `client_id` was sent before")
    url: str = Field(description="Public page")
    secret_url: str = Field(description="The reporter's own page: whoever has it may answer, withdraw, say not fixed")
    danger: list[str] = Field(description="Kinds of danger that the words tell of. Show `call` to the person at once")
    call: str = Field(description="The emergency number, where the words tell of danger; else empty")


class Asked(Schema):
    """Words in search of a service."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    language: Annotated[str, StringConstraints(max_length=12)] = ""
    lon: float | None = None
    lat: float | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class SuggestedService(Schema):
    """A service that words may ask for."""

    service_code: str
    service_name: str
    probability: float = Field(description="0 to 1")
    because: list[str] = Field(description="The words that counted most")


class Suggested(Schema):
    """What words ask for, and whether somebody should call for help first."""

    suggestions: list[SuggestedService] = Field(description="Likeliest first; none where nothing is likely")
    danger: list[str] = Field(description="Kinds of danger that the words tell of")
    call: str = Field(description="The emergency number, where the words tell of danger; else empty")
    not_checked: list[str] = Field(description="Languages of the city in which danger was not looked for")


class Point(Schema):
    """A place, as precisely as the service's visibility allows."""

    lon: float
    lat: float
    precision: str = Field(description="exact or coarse")


class Shown(Schema):
    """A request as everybody may see it. Of a private one there is only the number."""

    number: str
    service_code: str
    status: str
    outcome: str
    agency: str
    requested_at: datetime | None
    closed_at: datetime | None
    target_at: datetime | None
    expected_from: datetime | None
    expected_to: datetime | None
    reopened: int
    address: str
    areas: list[str]
    point: Point | None


class EventRequest(Schema):
    """A request as everybody may see it when the event is fetched. The names are those of Open311."""

    service_request_id: str
    url: str
    service_code: str
    status: str = Field(description="open or closed, as Open311 has it")
    status_detail: str = Field(description="received, accepted, scheduled, on_list, closed, withdrawn")
    outcome: str | None
    agency_responsible: str
    requested_datetime: datetime | None
    closed_datetime: datetime | None
    target_datetime: datetime | None
    expected_from_datetime: datetime | None
    expected_datetime: datetime | None
    times_reopened: int
    address: str | None
    lat: float | None
    long: float | None
    precision: str = Field(description="exact, coarse or none")
    areas: list[str]


class EventData(Schema):
    """What an event is about. Of a request that is not public any more there is only the number."""

    jurisdiction_id: str
    service_request_id: str
    said: dict[str, Any] | None = Field(default=None, description="What the event itself set or found")
    service_request: EventRequest | None = None


class Event(Schema):
    """One thing that happened: the same as the body of a webhook."""

    id: str = Field(description="The webhook-id, where the event comes as a webhook too")
    type: str
    timestamp: datetime
    schema_version: int
    data: EventData


class Events(Schema):
    """Some events in the order in which they are read, and where to go on."""

    events: list[Event]
    cursor: str = Field(description="Send it as `after` to read on; at the end it stays the same")
    more: bool = Field(description="Whether there are more already")


class ServiceLine(Schema):
    """One service in the list."""

    service_code: str
    service_name: str
    description: str
    group: str
    agency: str


class ServiceWhole(ServiceLine):
    """A service with what it asks."""

    version: int
    needs_place: bool
    photo: str
    contact: list[str]
    visibility: str
    questions: list[dict[str, Any]]


class Trouble(Schema):
    """One thing that is wrong with what was sent."""

    field: str
    message: str


class Refusal(Schema):
    """Why nothing was kept or found, in a sentence, and each thing that is wrong."""

    message: str
    problems: list[Trouble] = []
