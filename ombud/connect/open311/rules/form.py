"""The questions of a service as Open311's attributes, and answers back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ombud.catalog.rules.answers import YES_NO
from ombud.catalog.rules.definition import Question, ServiceDefinition
from ombud.connect.open311.rules.instants import read_instant

Text = Callable[[Mapping[str, str]], str]

DATATYPES: Mapping[str, str] = {
    "text": "string",
    "longtext": "text",
    "select": "singlevaluelist",
    "multiselect": "multivaluelist",
    "yesno": "singlevaluelist",
    "checkbox": "singlevaluelist",
    "number": "number",
    "date": "datetime",
    "datetime": "datetime",
    # The rest is typed as words; what a word must look like is judged when it comes.
    "time": "string",
    "tel": "string",
    "email": "string",
    "asset": "string",
    "lookup": "string",
}


def has_attributes(definition: ServiceDefinition) -> bool:
    """Whether the definition of a service holds any attribute."""
    return any(question.type in DATATYPES for question in definition.questions)


def attributes(definition: ServiceDefinition, text: Text) -> list[dict[str, Any]]:
    """Return the attributes of a service in their order. Files travel as media, not as answers."""
    asked = [question for question in definition.questions if question.type in DATATYPES]
    return [_attribute(question, order, text) for order, question in enumerate(asked, start=1)]


def _attribute(question: Question, order: int, text: Text) -> dict[str, Any]:
    datatype = DATATYPES[question.type]
    tree: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": datatype,
        # Open311 knows no question that depends on another: such a one is required only where it applies.
        "required": question.required and question.when is None,
        "datatype_description": text(question.help) or None,
        "order": order,
        "description": text(question.label),
    }
    if datatype in ("singlevaluelist", "multivaluelist"):
        tree["values"] = _values(question, text)
    return tree


def _values(question: Question, text: Text) -> list[dict[str, str]]:
    if question.type == "yesno":
        return [{"key": key, "name": text(YES_NO[key])} for key in ("yes", "no")]
    if question.type == "checkbox":
        return [{"key": "yes", "name": text(YES_NO["yes"])}]
    return [{"key": option.code, "name": text(option.label)} for option in question.options]


def read_answers(
    definition: ServiceDefinition, sent: Mapping[str, Sequence[str]], *, zone: ZoneInfo
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """
    Return the answers in the way of our forms, and those to questions that the service does not ask.

    What cannot be read is passed on as it came, and refused where all answers are judged.
    """
    asked = {question.code: question for question in definition.questions if question.type in DATATYPES}
    answers: dict[str, list[str]] = {}
    unasked: dict[str, list[str]] = {}
    for code, values in sent.items():
        if question := asked.get(code):
            answers[code] = [_read(question, value, zone) for value in values]
        else:
            unasked[code] = list(values)
    return answers, unasked


def _read(question: Question, value: str, zone: ZoneInfo) -> str:
    if question.type not in ("date", "datetime"):
        return value
    try:
        at = read_instant(value, zone=zone)
    except ValueError:
        return value
    return at.astimezone(zone).date().isoformat() if question.type == "date" else at.isoformat()


def as_text(value: str | Sequence[str]) -> str:
    """Return an answer as one text."""
    return value if isinstance(value, str) else ", ".join(value)
