"""The part of a service's editor that says when two reports are about one thing."""

import re
from typing import Any

from django.utils.translation import gettext as _

from ombud.catalog.rules.definition import Duplicates
from ombud.kernel.texts import cleaned

Raw = dict[str, Any]
ALONE_AT_MOST = 10
_SHARES = ("join", "ask")
_DAYS = ("window_days", "open_days", "again_days")


def read(sent: Any, base: Raw) -> Raw:
    """Return the settings that the form describes; those of the version it began with where it has no such part."""
    if not sent.get("dup.merge"):
        return base
    raw: Raw = {"merge": cleaned(sent.get("dup.merge"))}
    raw |= {name: _share(told) for name in _SHARES if (told := cleaned(sent.get(f"dup.{name}")))}
    raw |= {name: _days(told) for name in _DAYS if (told := cleaned(sent.get(f"dup.{name}")))}
    raw["with"] = [cleaned(code) for code in sent.getlist("dup.with")]
    rows = [(cleaned(sent.get(f"dup.alone.{n}.question")), sent.get(f"dup.alone.{n}.is")) for n in range(ALONE_AT_MOST)]
    raw["never_when"] = [{"question": code, "is": _words(answers)} for code, answers in rows if code]
    return {name: value for name, value in raw.items() if value not in ([], Duplicates.model_fields["merge"].default)}


def _share(typed: str) -> float | str:
    """Return percent as a share where it is a number; else the words, which the definition will refuse by name."""
    typed = typed.rstrip("% ").replace(",", ".")
    return round(float(typed) / 100, 4) if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed) else typed[:20]


def _days(typed: str) -> float | int | str:
    typed = typed.replace(",", ".")
    if re.fullmatch(r"\d{1,5}", typed):
        return int(typed)
    return float(typed) if re.fullmatch(r"\d{1,5}\.\d{1,2}", typed) else typed[:20]


def _words(typed: str) -> list[str]:
    return [word for part in typed.split(",") if (word := cleaned(part))]


def as_fields(raw: Raw, questions: list[Raw]) -> Raw:
    """Return the settings as the template draws them: shares in percent, and one row more for an answer."""
    told: Raw = raw.get("duplicates") or {}
    rows = [*told.get("never_when", ()), {}][:ALONE_AT_MOST]
    return {
        "merge": told.get("merge", "auto"),
        **{name: _percent(told.get(name)) for name in _SHARES},
        **{name: told.get(name, "") for name in _DAYS},
        "with": list(told.get("with", ())),
        "alone": [
            {"at": f"dup.alone.{n}", "question": row.get("question", ""), "answers": ", ".join(row.get("is", ()))}
            for n, row in enumerate(rows)
        ],
        "questions": [("", "")] + [(q["code"], q["code"]) for q in questions],
    }


def _percent(share: Any) -> Any:
    return f"{share * 100:g}" if isinstance(share, int | float) else share or ""


def merges() -> list[tuple[str, str]]:
    """Return what is done with reports of one thing, in words."""
    return [
        ("auto", _("joined by themselves when it is rather sure, else somebody is asked")),
        ("ask", _("somebody is asked, always")),
        ("never", _("never compared")),
    ]
