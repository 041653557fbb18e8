"""Prepared texts, and how a contact may end."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ombud.catalog.rules.edited import Texts, problems_of, read_texts
from ombud.kernel.errors import N_, BadInput, Several

_FIELD = re.compile(r"\(\(\s*([a-z_ ]+?)\s*\)\)")
_BRACKETS = re.compile(r"\(\((.*?)\)\)")
# What a prepared text may leave open; the desk fills it for each request.
FIELDS = ("name", "number", "service", "agency", "place", "city", "link", "phone", "booked", "expected", "target")


class WrapUp(StrEnum):
    """How a contact ended: each one ends with exactly one of these."""

    REQUEST_MADE = "request_made"
    INFORMATION_GIVEN = "information_given"
    STATUS_GIVEN = "status_given"
    TRANSFERRED = "transferred"
    COULD_NOT_HELP = "could_not_help"
    ESCALATED = "escalated"
    WRONG_NUMBER = "wrong_number"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text to write to residents with, in the city's languages; of one service, or of all."""

    title: Texts
    body: Texts
    service_code: str = ""
    outcome: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as columns."""
        return asdict(self)


def read_prepared(raw: Mapping[str, Any], *, language: str, services: Collection[str]) -> Prepared:
    """Return a prepared text. Raises Several, each problem with the field it is about: `title.en`, `body.es`."""
    text = Prepared(
        title=read_texts(raw.get("title") or {}),
        body=read_texts(raw.get("body") or {}),
        service_code=str(raw.get("service_code") or raw.get("service") or ""),
        outcome=str(raw.get("outcome") or ""),
    )
    problems = list(problems_of("title", text.title, language=language, longest=120))
    problems += problems_of("body", text.body, language=language)
    # A title in a language without its text would be half of it, and the other way round.
    for code in sorted((set(text.title) ^ set(text.body)) - {language}):
        missing = "body" if code in text.title else "title"
        problems.append(BadInput(N_("Write title and text in this language, or neither."), field=f"{missing}.{code}"))
    for code, words in text.body.items():
        unknown = [name for name in _BRACKETS.findall(words) if name.strip().replace(" ", "_") not in FIELDS]
        if unknown:
            problems.append(
                BadInput(
                    N_("There is no field ((%(name)s)). There are: %(fields)s."),
                    field=f"body.{code}",
                    name=unknown[0].strip(),
                    fields=", ".join(FIELDS),
                )
            )
    if text.service_code and text.service_code not in services:
        problems.append(BadInput(N_("Choose a service of the city."), field="service_code"))
    if problems:
        raise Several(problems)
    return text


def filled(template: str, fields: Mapping[str, str]) -> str:
    """
    Return a prepared text with its ((fields)) filled.

    Raises BadInput for a field that is not known or empty: half a sentence is not sent to anybody.
    """
    missing = [name for name in _FIELD.findall(template) if not fields.get(name.replace(" ", "_"))]
    if missing:
        raise BadInput(N_("This text needs %(fields)s, which is not known here."), fields=", ".join(missing))
    return _FIELD.sub(lambda found: fields[found.group(1).replace(" ", "_")], template)


def read_wrap_up(word: str) -> WrapUp:
    """Return the wrap-up code. Raises BadInput."""
    try:
        return WrapUp(word)
    except ValueError:
        raise BadInput(N_("Choose how the contact ended."), field="wrap_up") from None
