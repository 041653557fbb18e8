"""What stands around a page: its messages, its languages, the way to its neighbours, its modules."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ombud.web import modules, words

register = template.Library()


@register.inclusion_tag("parts/notices.html", takes_context=True)
def notices(context: dict[str, Any]) -> dict[str, Any]:
    """Draw Django's messages: success is green, a warning amber, an error red, the rest the brand's."""
    meanings = {"success": "fixed", "warning": "waiting", "error": "late"}
    return {
        "messages": [
            {
                "words": message,
                "meaning": (meaning := meanings.get(message.level_tag, "")),
                "icon": f"state-{meaning}" if meaning else "info",
            }
            for message in context.get("messages") or []
        ]
    }


@register.inclusion_tag("parts/pagination.html", takes_context=True)
def pagination(
    context: dict[str, Any],
    page: Page[Any] | None = None,
    words: str = "",
    previous: object = None,
    next: object = None,
    parameter: str = "page",
) -> dict[str, Any]:
    """
    Draw the way to the page before and the next, keeping what else the address says.

    Takes Django's page, or what `parameter` is on the page before and the next, as lists by cursor know it.
    """
    request = context.get("request")
    if page is not None:
        previous = page.previous_page_number() if page.has_previous() else None
        next = page.next_page_number() if page.has_next() else None
        words = words or _("Page %(now)s of %(of)s") % {"now": page.number, "of": page.paginator.num_pages}

    def way(value: object) -> str:
        if value is None:
            return ""
        asked = request.GET.copy() if request else QueryDict(mutable=True)
        asked[parameter] = str(value)
        return f"?{asked.urlencode()}"

    return {"previous": way(previous), "next": way(next), "words": words}


@register.simple_tag
def city_mark(name: str | None) -> str:
    """Return a city's short name as its mark has room for it: "NYC", and "LA" for Los Angeles."""
    words = (name or "311").split()
    return words[0] if len(words) == 1 and len(words[0]) <= 4 else "".join(word[0] for word in words)[:4].upper()


@register.inclusion_tag("parts/languages.html", takes_context=True)
def languages(context: dict[str, Any], offered: Sequence[tuple[str, str]], room: int = 3) -> dict[str, Any]:
    """Draw the ways to the languages: as many as there is room for, the current among them, then "More"."""
    now = context.get("LANGUAGE_CODE", "")
    offered = [(code, name[:1].upper() + name[1:]) for code, name in offered]
    shown = list(offered) if len(offered) <= room else list(offered[: room - 1])
    if now not in dict(shown):
        shown[-1:] = [pair for pair in offered if pair[0] == now] or shown[-1:]
    others = [pair for pair in offered if pair not in shown]
    return {"request": context.get("request"), "now": now, "shown": shown, "others": others}


@register.simple_tag(takes_context=True)
def import_map(context: dict[str, Any]) -> SafeString:
    """Tell the browser where our modules are served, so that they can name each other by plain paths."""
    nonce = getattr(context.get("request"), "csp_nonce", "")
    paths = mark_safe(modules.import_map())  # noqa: S308 - names of our own files
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, paths)


@register.simple_tag
def script_words() -> SafeString:
    """Put on the page what scripts say in its language, and where the icons are."""
    icons = format_html('<meta name="icons" content="{}">', static("icons.svg"))
    return icons + json_script(words.translated(), "words")
