"""
The editor of a service: what its form sent, as plain data of a definition, and back.

What the form does not show is carried over from the version it began with; whether the whole is a definition is
decided by `catalog.rules.definition`, and by nothing here.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.texts import cleaned, folded
from ombud.web.desk import editor_duplicates

Raw = dict[str, Any]
DEFAULTS = {name: ServiceDefinition.model_fields[name].default for name in ("not_fixed_days", "duplicate_radius_m")}
QUESTIONS_AT_MOST = 40
OPTIONS_AT_MOST = 80


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent; a field that did not come is an empty text."""

    post: Mapping[str, Any]

    def get(self, key: str) -> str:
        """Return the last value of a field."""
        return str(self.post.get(key) or "")

    def getlist(self, key: str) -> list[str]:
        """Return all values of a field."""
        return list(self.post.getlist(key))  # type: ignore[attr-defined]


def begin(code: str, city: City) -> Raw:
    """Return an empty definition for a new service."""
    return {
        "code": code,
        "name": {},
        "group": city.groups[0].code if city.groups else "other",
        "agency": next((a.code for a in city.agencies()), ""),
        "channels": ["web", "phone"],
    }


def read(sent: Sent, base: Raw, *, languages: tuple[str, ...]) -> Raw:
    """Return the definition that the form describes, on top of the version it began with."""
    raw = deepcopy(base)
    raw["name"] = _texts(sent, "name", base.get("name", {}), languages)
    raw["description"] = _texts(sent, "description", base.get("description", {}), languages)
    raw["eligibility"] = _texts(sent, "eligibility", base.get("eligibility", {}), languages)
    words = {lang: _words(sent.get(f"keywords.{lang}")) for lang in languages}
    others = {lang: kept for lang, kept in base.get("keywords", {}).items() if lang not in languages}
    raw["keywords"] = others | {lang: told for lang, told in words.items() if told}
    for name in ("agency", "group", "visibility", "photo", "place", "priority"):
        if value := cleaned(sent.get(name)):
            raw[name] = value
    raw["contact"] = [cleaned(v) for v in sent.getlist("contact")]
    raw["outcomes"] = [cleaned(v) for v in sent.getlist("outcomes")]
    raw["photo_to_close"] = sent.get("photo_to_close") == "yes"
    raw["popular"] = sent.get("popular") == "yes"
    for name in ("not_fixed_days", "duplicate_radius_m"):
        raw[name] = _number(sent.get(name), base.get(name, DEFAULTS[name]))
    raw["target"] = _target(sent, base)
    raw["duplicates"] = editor_duplicates.read(sent, base.get("duplicates", {}))
    if sent.get("lineage"):  # forms without that part leave it alone
        for name in ("was", "replaced_by"):
            raw[name] = [cleaned(v) for v in sent.getlist(name)]
    raw["questions"] = [
        _question(sent, base, i, languages) for i in range(_count(sent, "questions", QUESTIONS_AT_MOST))
    ]
    return {key: value for key, value in raw.items() if value not in ({}, [], None) or key in ("name",)}


def _texts(sent: Sent, name: str, before: Mapping[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    # Languages the city has no longer keep their words.
    others = {lang: text for lang, text in before.items() if lang not in languages}
    told = {lang: cleaned(sent.get(f"{name}.{lang}"), lines=True)[:2000] for lang in languages}
    return others | {lang: text for lang, text in told.items() if text}


def _number(typed: str, default: Any) -> Any:
    """Return a number where it is one; else the words, which the definition will refuse by name."""
    typed = cleaned(typed).replace(",", ".")
    if not typed:
        return default
    return int(typed) if re.fullmatch(r"\d{1,9}", typed) else typed[:20]


def _count(sent: Sent, name: str, most: int) -> int:
    typed = sent.get(name)
    return min(int(typed), most) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0


def _target(sent: Sent, base: Raw) -> Raw | None:
    value = cleaned(sent.get("target_value")).replace(",", ".")
    if not value:
        return None
    kept = dict(base.get("target") or {})
    number = float(value) if re.fullmatch(r"\d{1,6}(\.\d{1,2})?", value) else value[:20]
    return kept | {"value": number, "unit": cleaned(sent.get("target_unit")) or "working_days"}


def _question(sent: Sent, base: Raw, i: int, languages: tuple[str, ...]) -> Raw:
    at = f"q.{i}"
    code = cleaned(sent.get(f"{at}.code"))
    before: Raw = next((q for q in base.get("questions", ()) if q["code"] == code), {})
    question: Raw = {
        "code": code,
        "label": _texts(sent, f"{at}.label", before.get("label", {}), languages),
        "help": _texts(sent, f"{at}.help", before.get("help", {}), languages),
        "type": cleaned(sent.get(f"{at}.type")) or "text",
        "required": sent.get(f"{at}.required") == "yes",
    }
    if question["type"] in ("select", "multiselect"):
        kept = {o["code"]: o for o in before.get("options", ())}
        question["options"] = [
            {
                "code": option,
                "label": _texts(sent, f"{at}.o.{j}.label", kept.get(option, {}).get("label", {}), languages),
            }
            for j in range(_count(sent, f"{at}.options", OPTIONS_AT_MOST))
            for option in [cleaned(sent.get(f"{at}.o.{j}.code"))]
        ]
    if depends := cleaned(sent.get(f"{at}.when.question")):
        question["when"] = {"question": depends, "is": _words(sent.get(f"{at}.when.is"))}
    if sent.get(f"{at}.stop.kind"):
        question["stop"] = {
            "when": _words(sent.get(f"{at}.stop.when")),
            "kind": cleaned(sent.get(f"{at}.stop.kind")),
            "message": _texts(sent, f"{at}.stop.message", (before.get("stop") or {}).get("message", {}), languages),
            "phone": cleaned(sent.get(f"{at}.stop.phone")),
            "service": cleaned(sent.get(f"{at}.stop.service")),
            "continue": sent.get(f"{at}.stop.continue") == "yes",
        }
    return {key: value for key, value in question.items() if value not in ({}, "") or key in ("code", "label")}


def _words(typed: str) -> list[str]:
    return [word for part in typed.split(",") if (word := cleaned(part))]


def changed(raw: Raw, do: str, *, languages: tuple[str, ...]) -> Raw:
    """Return the definition after a button of the question editor: `add`, `up:2`, `remove:2`, `option:2` ..."""
    verb, _, rest = do.partition(":")
    questions: list[Raw] = raw.setdefault("questions", [])
    numbers = [int(n) for n in rest.split(":") if n.isascii() and n.isdigit() and len(n) < 4]
    if verb == "add" and len(questions) < QUESTIONS_AT_MOST:
        questions.append({"code": _free_code(questions), "label": {}, "type": "text"})
    if not numbers or numbers[0] >= len(questions):
        return raw
    at, question = numbers[0], questions[numbers[0]]
    match verb:
        case "remove":
            questions.pop(at)
        case "up" if at > 0:
            questions.insert(at - 1, questions.pop(at))
        case "down" if at < len(questions) - 1:
            questions.insert(at + 1, questions.pop(at))
        case "option" if len(question.get("options", ())) < OPTIONS_AT_MOST:
            options = question.setdefault("options", [])
            options.append({"code": _free_code(options), "label": {}})
        case "drop" if len(numbers) == 2 and numbers[1] < len(question.get("options", ())):
            question["options"].pop(numbers[1])
        case "when":
            question["when"] = {"question": questions[at - 1]["code"] if at else "", "is": []}
        case "always":
            question.pop("when", None)
        case "stop":
            question["stop"] = {"when": [], "kind": "emergency", "message": {}, "phone": ""}
        case "go":
            question.pop("stop", None)
    return raw


def _free_code(taken: list[Raw]) -> str:
    codes = {entry.get("code") for entry in taken}
    return next(f"q{n}" for n in range(1, 1000) if f"q{n}" not in codes)


@dataclass(frozen=True, slots=True)
class Written:
    """A text in one language, as a field of the form."""

    name: str
    language: str
    called: str
    value: str


def as_fields(raw: Raw, city: City, called: Mapping[str, str]) -> Raw:
    """Return the definition as the template draws it: texts by language, lists as words with commas."""

    def texts(name: str, words: Mapping[str, Any] | None) -> list[Written]:
        return [
            Written(f"{name}.{lang}", lang, called[lang], str((words or {}).get(lang, ""))) for lang in city.languages
        ]

    keywords = {lang: ", ".join(words) for lang, words in (raw.get("keywords") or {}).items()}
    return {
        "names": texts("name", raw.get("name")),
        "descriptions": texts("description", raw.get("description")),
        "eligibility": texts("eligibility", raw.get("eligibility")),
        "keywords": texts("keywords", keywords),
        "target": raw.get("target") or {},
        "duplicates": editor_duplicates.as_fields(raw, raw.get("questions", [])),
        **{name: raw.get(name, default) for name, default in DEFAULTS.items()},
        "questions": [_shown(i, q, raw, texts) for i, q in enumerate(raw.get("questions", ()))],
    }


def _shown(i: int, question: Raw, raw: Raw, texts: Any) -> Raw:
    at = f"q.{i}"
    stop, when = question.get("stop"), question.get("when")
    return {
        **question,
        "at": at,
        "n": i,
        "labels": texts(f"{at}.label", question.get("label")),
        "helps": texts(f"{at}.help", question.get("help")),
        "takes_options": question.get("type") in ("select", "multiselect"),
        "options": [
            {
                "at": f"{at}.o.{j}",
                "n": j,
                "code": option["code"],
                "labels": texts(f"{at}.o.{j}.label", option.get("label")),
            }
            for j, option in enumerate(question.get("options", ()))
        ],
        "when": {**when, "answers": ", ".join(when.get("is", ()))} if when else None,
        "stop": (
            {
                **stop,
                "answers": ", ".join(stop.get("when", ())),
                "messages": texts(f"{at}.stop.message", stop.get("message")),
            }
            if stop
            else None
        ),
        "earlier": [q["code"] for q in raw["questions"][:i]],
    }


def code_from(name: str) -> str:
    """Return a code made of a name, for a new service."""
    return re.sub(r"[^A-Z0-9]+", "-", folded(name).upper()).strip("-")[:40]
