"""A rule in words: when, and what then; and what is odd about it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.conversation.templatetags import wording
from ombud.kernel.texts import in_language
from ombud.places import queries as places
from ombud.service_requests.rules.decisions import TRIAGE_UNIT
from ombud.triage.routing.rules.analysis import Finding, Oddity
from ombud.triage.routing.rules.rule import CURRENT, AnyRule, InArea, Rule, Then, Unreadable, When

SHOWN = 4


def title_of(city: City, rule: AnyRule) -> str:
    """Return what a rule is called."""
    if isinstance(rule, Unreadable):
        return rule.code
    language = translation.get_language() or city.default_language
    return in_language(rule.title, language, fallback=city.default_language) or rule.code


def weekdays() -> dict[str, str]:
    """Return the days of the week."""
    return {
        "mon": _("Monday"),
        "tue": _("Tuesday"),
        "wed": _("Wednesday"),
        "thu": _("Thursday"),
        "fri": _("Friday"),
        "sat": _("Saturday"),
        "sun": _("Sunday"),
    }


def units() -> dict[str, str]:
    """Return the units in which a target is told."""
    return {"hours": _("hours"), "calendar_days": _("days"), "working_days": _("working days")}


def several(words: Iterable[str]) -> str:
    """Return some words with commas, and how many more there are."""
    listed = list(words)
    more = _(" and %(n)d more") % {"n": len(listed) - SHOWN} if len(listed) > SHOWN + 1 else ""
    return ", ".join(listed[: SHOWN if more else None]) + more


def when_words(city: City, when: When) -> list[str]:
    """Return the conditions of a rule, a line each; none where it fits everything."""
    return [line for line in _conditions(city, when) if line]


def _conditions(city: City, when: When) -> Iterator[str]:
    groups = {group.code: city.text(group.name) for group in city.groups}
    named = [city.text(city.services[c].name) if c in city.services else c for c in when.services]
    named += [_("all of “%(group)s”") % {"group": groups.get(code, code)} for code in when.groups]
    yield several(named)
    if when.criticality:
        yield _("criticality %(codes)s") % {"codes": several(when.criticality)}
    for question, values in when.answers.items():
        yield _("answer to “%(question)s”: %(values)s") % {"question": question, "values": several(values)}
    for area in when.areas:
        yield area_words(city, area)
    if when.asset:
        parts = [when.asset.layer, *when.asset.owners]
        parts += [f"{name} {several(values)}" for name, values in when.asset.attributes.items()]
        yield _("asset: %(parts)s") % {"parts": "; ".join(part for part in parts if part)}
    if when.channels:
        yield _("by %(channels)s") % {"channels": several(wording.channel_words(c) for c in when.channels)}
    yield several(weekdays()[day] for day in when.weekdays)
    if when.hours:
        yield _("from %(start)s to %(end)s") % {"start": when.hours.start, "end": when.hours.end}
    if when.season:
        yield _("each year from %(start)s to %(end)s (month-day)") % {
            "start": when.season.start,
            "end": when.season.end,
        }
    if when.danger is not None:
        yield _("with words of danger") if when.danger else _("without words of danger")


def area_words(city: City, area: InArea) -> str:
    """Return the areas of a condition by their names."""
    language = translation.get_language() or city.default_language
    layer = places.layer_index(city.id).get(area.layer)
    called = str(layer.name.get(language) or area.layer) if layer else area.layer
    if area.vintage != CURRENT:
        called = f"{called} {area.vintage}"
    return f"{called}: {several(area.codes)}"


def then_words(city: City, then: Then) -> list[str]:
    """Return what follows from a rule, a line each."""
    lines = [where_words(city, then.agency, then.unit, then.person)] if then.agency or then.unit or then.person else []
    if then.priority:
        lines.append(_("priority %(priority)s") % {"priority": wording.priority_words(then.priority)})
    if then.target:
        lines.append(target_words(f"{then.target.value:g} {then.target.unit}"))
    return lines


def where_words(city: City, agency: str, unit: str = "", person: str = "") -> str:
    """Return agency, unit and person in words."""
    named = dict(city.agency(agency).units) if agency else {}
    called = {TRIAGE_UNIT: _("Triage queue")}.get(unit, named.get(unit, unit))
    parts = [city.agency(agency).short_name if agency else "", called, person]
    return ", ".join(part for part in parts if part)


def target_words(target: str) -> str:
    """Return a target such as `3 working_days` in words."""
    value, _sep, unit = target.partition(" ")
    return (
        _("within %(value)s %(unit)s") % {"value": value, "unit": units().get(unit, unit)} if value else _("no target")
    )


def finding_words(finding: Finding) -> str:
    """Return what is odd about a rule, as a sentence."""
    others = several(finding.others)
    match finding.oddity:
        case Oddity.UNREACHABLE:
            return _("No request can ever fit it: look at its condition “%(about)s”.") % {
                "about": " ".join(finding.about)
            }
        case Oddity.SHADOWED:
            return _("It never counts: all that fits it is taken before by %(others)s.") % {"others": others}
        case Oddity.HALF_SHADOWED:
            return _("A part of it never counts (%(about)s): that is taken before by %(others)s.") % {
                "about": several(aspects()[a] for a in finding.about),
                "others": others,
            }
        case Oddity.CONFLICT:
            return _("It says something else than %(others)s where both fit (%(about)s); the one above counts.") % {
                "others": others,
                "about": several(aspects()[a] for a in finding.about),
            }
        case Oddity.NOT_THERE:
            return _("It names what is not there: %(what)s.") % {"what": " ".join(finding.about)}


def aspects() -> dict[str, str]:
    """Return what a rule can decide, in words."""
    return {"where": _("where it goes"), "priority": _("how urgent it is"), "target": _("by when")}


def line_of(city: City, rule: AnyRule, found: list[Finding]) -> dict[str, Any]:
    """Return a rule as the list shows it."""
    readable = rule if isinstance(rule, Rule) else None
    return {
        "code": rule.code,
        "title": title_of(city, rule),
        "when": when_words(city, readable.when) if readable else [],
        "then": then_words(city, readable.then) if readable else [],
        "off": bool(readable and readable.off),
        "broken": rule.why if isinstance(rule, Unreadable) else "",
        "findings": [
            {"words": finding_words(f), "bad": f.oddity in (Oddity.NOT_THERE, Oddity.UNREACHABLE, Oddity.SHADOWED)}
            for f in found
            if f.rule == rule.code
        ],
    }
