"""Words that several pages need for the same things."""

from typing import Any

from django import forms, template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.kernel.errors import OmbudError
from ombud.web.resident.telling import how_long as _how_long
from ombud.web.saying import said as _said

register = template.Library()


@register.filter
def how_long(seconds: int | None) -> str:
    """Return a length of time in words."""
    return _how_long(seconds)


@register.filter
def said(refusal: OmbudError) -> str:
    """Return a refusal's sentence in the reader's language."""
    return _said(refusal)


@register.filter
def visibility_words(visibility: str) -> str:
    """Return who sees a request of a service."""
    return {
        "public": _("Everybody can see what, where and how it ends, never who asked."),
        "public_coarse": _("Everybody can see what and roughly where, never who asked."),
        "public_count_only": _("It is counted in public; only you and the city see it."),
    }.get(visibility, _("Only you and the city see it."))


@register.filter
def target_words(target: Any) -> str:
    """Return a target in words."""
    n = int(target.value)
    if n == 0:
        return _("the same day")
    return {
        "hours": ngettext("%(n)d hour", "%(n)d hours", n),
        "calendar_days": ngettext("%(n)d day", "%(n)d days", n),
        "working_days": ngettext("%(n)d working day", "%(n)d working days", n),
    }[target.unit] % {"n": n}


@register.filter
def photo_help(wish: str) -> str:
    """Return what to say about photos."""
    if wish == "required":
        return _("At least one. Show the whole thing and something that tells where it is.")
    return _("They help the crew. Show the whole thing and something that tells where it is.")


@register.filter
def when_of(name: str, form: forms.Form) -> str:
    """Return the condition of a question for the script that hides it: `q.size=large,small`."""
    when = form.when[name]  # type: ignore[attr-defined]
    return f"q.{when.question}={','.join(when.answers)}"


@register.filter
def meaning_of(entry: Any) -> str:
    """Return the meaning of an event's node: only what changes how the request stands has one."""
    if entry.kind == "closed":
        return "fixed" if entry.changes.get("outcome") == "fixed" else "ended"
    return {"scheduled": "booked", "accepted": "waiting", "reopened": "waiting", "listed": "waiting"}.get(
        entry.kind, ""
    )


@register.simple_tag
def promise_words(promise: dict[str, Any]) -> dict[str, str]:
    """Return the sentence of the promise, and the words at its range and its goal."""
    low, high, goal = promise["low"], promise["high"], promise["goal"]
    if high is None:
        sentence = _("The goal is %(day)s. Too few like it have ended lately to say what is usual.") % {
            "day": promise["goal_day"]
        }
    elif promise["past"]:
        sentence = _("This takes longer than usual: most end within %(high)d days, and today is day %(today)d.") % {
            "high": high,
            "today": promise["today"],
        }
    else:
        sentence = _("Usually ended in %(low)d to %(high)d days here: between %(from)s and %(to)s.") % {
            "low": low or 0,
            "high": high,
            "from": promise["from_day"],
            "to": promise["to_day"],
        }
    return {
        "sentence": sentence,
        "range": _("%(low)d to %(high)d days") % {"low": low or 0, "high": high} if high is not None else "",
        "goal": _("goal: %(day)s") % {"day": promise["goal_day"]} if goal is not None else "",
    }
