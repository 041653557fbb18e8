"""From what a form sent to answers that fit the questions, or the reasons why not."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from ombud.catalog.rules.definition import Question, ServiceDefinition, Stop
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned, in_language

LIMITS = {"text": 300, "longtext": 4000, "asset": 80, "lookup": 120, "tel": 40, "email": 254}
# Kept with the answer for good, so in the catalogue's way and not the page's.
YES_NO = {"yes": {"en": "Yes", "es": "Sí"}, "no": {"en": "No", "es": "No"}}
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}(?:[.,][0-9]{0,9})?|\.[0-9]{1,9})(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, word for word, and what was answered: readable when the form has long changed."""

    code: str
    question: str
    value: str | list[str]
    text: str

    def written(self) -> dict[str, object]:
        """The answer as plain data."""
        return {"code": self.code, "question": self.question, "value": self.value, "text": self.text}


@dataclass(frozen=True, slots=True)
class Stopped:
    """An answer that stops the form."""

    question: Question
    stop: Stop


Raw = Mapping[str, Sequence[str]]


def asked(definition: ServiceDefinition, raw: Raw) -> list[Question]:
    """Return the questions that apply, given the answers so far, in order."""
    applying: list[Question] = []
    open_codes: set[str] = set()
    for question in definition.questions:
        when = question.when
        if when is None or (when.question in open_codes and set(raw.get(when.question, ())) & set(when.answers)):
            applying.append(question)
            open_codes.add(question.code)
    return applying


def needed_in_short(definition: ServiceDefinition, *, asked_elsewhere: Collection[str] = ()) -> frozenset[str]:
    """
    Return the codes of the questions that even the shortest form asks.

    Those that must be answered, those whose answer may stop the form (danger, not the city's), those that decide what
    becomes of a report, and what `asked_elsewhere` names; and those on which one of these depends.
    """
    deciding = {when.question for when in definition.duplicates.never_when} | set(asked_elsewhere)
    deciding |= {definition.hate_when.question} if definition.hate_when else set()
    kept: set[str] = set()
    # A question depends on an earlier one only, so that the last comes first here.
    for question in reversed(definition.questions):
        if question.required or question.stop or question.code in deciding | kept:
            kept |= {question.code} | ({question.when.question} if question.when else set())
    return frozenset(kept)


def stopped_by(definition: ServiceDefinition, raw: Raw) -> Stopped | None:
    """Return the first answer that stops the form, or None."""
    for question in asked(definition, raw):
        if question.stop and set(raw.get(question.code, ())) & set(question.stop.when):
            return Stopped(question, question.stop)
    return None


def read_answers(definition: ServiceDefinition, raw: Raw, *, language: str) -> tuple[list[Answer], list[BadInput]]:
    """
    Return the answers to the questions that apply and the problems found.

    Values for questions that do not apply are left out: they were answered before another answer changed.
    """
    answers: list[Answer] = []
    problems: list[BadInput] = []
    for question in asked(definition, raw):
        if question.type == "file":
            continue  # photos and files travel by the request's own attachments
        values = [cleaned(value, lines=question.type == "longtext") for value in raw.get(question.code, ())]
        values = [value for value in values if value]
        if not values:
            if question.required:
                problems.append(_problem(question, N_("Answer this question.")))
            continue
        problem = _trouble(question, values)
        if problem:
            problems.append(problem)
            continue
        value: str | list[str] = values if question.type == "multiselect" else values[0]
        answers.append(
            Answer(
                code=question.code,
                question=in_language(question.label, language),
                value=value,
                text=", ".join(_shown(question, one, language) for one in values),
            )
        )
    return answers, problems


def _shown(question: Question, value: str, language: str) -> str:
    if question.type in ("yesno", "checkbox"):
        return in_language(YES_NO.get(value, {}), language) or value
    labels = {option.code: in_language(option.label, language) for option in question.options}
    return labels.get(value, value)


def _problem(question: Question, msgid: str, **params: object) -> BadInput:
    return BadInput(msgid, field=f"q.{question.code}", **params)


def _trouble(question: Question, values: list[str]) -> BadInput | None:
    if question.choices and (unknown := [v for v in values if v not in question.choices]):
        return _problem(question, N_("“%(answer)s” is not one of the choices."), answer=unknown[0][:40])
    if question.type != "multiselect" and len(values) > 1:
        return _problem(question, N_("Give one answer."))
    if len(values) > 200:
        return _problem(question, N_("Choose fewer."))
    limit = LIMITS.get(question.type)
    if limit and len(values[0]) > limit:
        return _problem(
            question, N_("Use %(limit)d characters at most; this has %(n)d."), limit=limit, n=len(values[0])
        )
    return _wrong_shape(question, values[0])


def _wrong_shape(question: Question, value: str) -> BadInput | None:
    match question.type:
        case "number" if not _NUMBER.fullmatch(value):
            return _problem(question, N_("Write a number, such as 3."))
        case "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                return _problem(question, N_("Write the date as year-month-day, such as 2026-11-24."))
        case "time":
            try:
                time.fromisoformat(value)
            except ValueError:
                return _problem(question, N_("Write the time as hours and minutes, such as 14:30."))
        case "datetime":
            try:
                datetime.fromisoformat(value)
            except ValueError:
                return _problem(question, N_("Write the day and the time, such as 2026-11-24 14:30."))
        case "email" if not _EMAIL.match(value):
            return _problem(question, N_("Write an e-mail address, such as name@example.org."))
    return None
