"""Why a request is where it is: which rules said so, as its events tell it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.service_requests.queries import Entry
from ombud.service_requests.rules.decisions import TRIAGE_UNIT
from ombud.triage.routing import queries
from ombud.triage.routing.words import fault_words
from ombud.web.desk.triage import rule_words


def because(city: City, row: Any, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Return the last decision of the rules about a request, in words; None where only the catalogue decided."""
    told = next((e.facts["routing"] for e in reversed(entries) if e.facts.get("routing")), None)
    if told is None:
        return None
    rules = {rule.code: rule for rule in queries.rules_at(city.id, told.get("version", 0))}

    def title(code: str) -> str:
        return rule_words.title_of(city, rules[code]) if code in rules else code or _("the catalogue")

    by = told.get("by", {})
    failed = told.get("failed", ())
    return {
        "version": told.get("version"),
        "lines": [
            {"about": words, "rule": title(by[aspect]), "code": by[aspect]}
            for aspect, words in rule_words.aspects().items()
            if by.get(aspect)
        ],
        "failed": [{"rule": title(f["rule"]), "words": fault_words(f["fault"], f["what"])} for f in failed],
        "in_triage": row.unit == TRIAGE_UNIT,
    }
