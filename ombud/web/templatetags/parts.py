"""
The parts pages are made of, as tags: docs/explanation/look.md lists them, parts/style_guide.html shows them.

Words come in translated; a part adds none that a page could want to change.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ombud.web import standing

register = template.Library()

# What points along the line of reading, and so turns round where that runs from right to left.
MIRRORED = {
    "arrow-left", "arrow-right", "chevron-left", "chevron-right", "external-link", "list", "log-in",
    "log-out", "message-square", "send", "undo-2",
}  # fmt: skip


def _attributes(given: Mapping[str, Any]) -> str:
    """Return `hx_post="/x"` as ` hx-post="/x"`; what is None or False is left out, True stands alone."""
    return flatatt({name.rstrip("_").replace("_", "-"): v for name, v in given.items() if v not in (None, False)})


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """Draw an icon of icons.svg. Without a label it is silent, since words stand beside it."""
    return _drawn(name, str(label), size, static("icons.svg"))


# A list draws a hundred of them, and there are few in all.
@lru_cache(maxsize=1000)
def _drawn(name: str, label: str, size: str, sprite: str) -> SafeString:
    return format_html(
        '<svg class="icon"{}><use href="{}#{}"></use></svg>',
        _attributes(
            {
                "data_size": size or None,
                "data_mirror": name in MIRRORED,
                "role": "img" if label else None,
                "aria_label": label or None,
                "aria_hidden": None if label else "true",
            }
        ),
        sprite,
        name,
    )


@register.simple_tag
def button(
    words: str,
    kind: str = "quiet",
    icon: str = "",
    href: str = "",
    size: str = "",
    after: bool = False,
    **attrs: Any,
) -> SafeString:
    """
    Draw a button, or a link that looks like one where `href` is given.

    Kinds: primary (one a page), quiet, plain, danger. Sizes: s, l, icon (the words are then only heard).
    """
    picture = _icon(icon) if icon else ""
    said = format_html('<span class="unseen">{}</span>', words) if size == "icon" else words
    tag = "a" if href else "button"
    attrs = {"class": "button", "data_kind": kind, "data_size": size or None, "href": href or None} | attrs
    if tag == "button":
        attrs.setdefault("type", "submit")
    inner = format_html("{}{}", said, picture) if after else format_html("{}{}", picture, said)
    return format_html("<{}{}>{}</{}>", mark_safe(tag), _attributes(attrs), inner, mark_safe(tag))  # noqa: S308


_icon = icon


@register.inclusion_tag("parts/field.html")
def field(
    bound: forms.BoundField,
    label: str = "",
    help: str = "",
    words: str = "",
    across: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    """
    Draw a form's field: label, help, error and input, tied together for who cannot see them.

    `words` stands after the label; by default "optional" where the field may be left out, and a blank where
    it may be left out and that goes without saying.
    """
    widget = bound.field.widget
    grouped = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    single = isinstance(widget, forms.CheckboxInput)
    help = help or str(bound.help_text)
    described = [f"{bound.auto_id}_help"] if help else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attributes = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "bound": bound,
        "grouped": grouped,
        "single": single,
        "across": across,
        "label": label or bound.label,
        "help": help,
        "words": words.strip() if words else "" if bound.field.required or single else _("optional"),
        "described": " ".join(described),
        "control": None if grouped else bound.as_widget(attrs=attributes),
    }


@register.inclusion_tag("parts/error_summary.html")
def error_summary(*forms_: forms.Form) -> dict[str, Any]:
    """Draw what was refused, as links to the fields; it takes focus. Nothing where nothing was refused."""
    refusals = [
        (
            {
                "href": f"#{form[name].id_for_label or form[name].auto_id}",
                "label": form[name].label,
                "words": words,
            }
            if name in form.fields
            else {"href": "", "label": "", "words": words}
        )
        for form in forms_
        for name, errors in form.errors.items()
        for words in errors
    ]
    return {"refusals": refusals}


@register.simple_tag
def state_mark(status: str, outcome: str = "", late: bool = False, kind: str = "", words: str = "") -> SafeString:
    """Draw a state: shape, word, colour. Kinds: tag (on its paper), word (no shape), shape (the word only heard)."""
    meaning, said = standing.standing_of(status, outcome, late=late)
    return format_html(
        '<span class="mark"{}>{}{}</span>',
        _attributes({"data_meaning": meaning, "data_kind": kind or None}),
        "" if kind == "word" else icon(f"state-{meaning}"),
        format_html('<span class="unseen">{}</span>', words or said) if kind == "shape" else words or said,
    )


@register.simple_tag
def options(choices: Iterable[tuple[str, Any]], chosen: str = "") -> SafeString:
    """Draw the options of a select: (value, words), or (label, choices) for a group."""
    drawn = [
        (
            format_html('<optgroup label="{}">{}</optgroup>', value, options(words, chosen))
            if isinstance(words, list)
            else format_html('<option value="{}"{}>{}</option>', value, _SELECTED if value == chosen else "", words)
        )
        for value, words in choices
    ]
    return mark_safe("".join(drawn))  # noqa: S308 - each is escaped above


_SELECTED = mark_safe(" selected")


@register.inclusion_tag("parts/standing.html")
def standing_sentence(
    status: str, sentence: str, outcome: str = "", late: bool = False, words: str = ""
) -> dict[str, Any]:
    """Draw the sentence that tells a tracked request's state, large; `words` is a smaller line under it."""
    return {
        "meaning": standing.standing_of(status, outcome, late=late)[0],
        "sentence": sentence,
        "words": words,
    }


@register.simple_block_tag
def timeline_entry(
    content: str,
    at: datetime,
    who: str = "",
    what: str = "",
    by: str = "city",
    meaning: str = "",
    icon: str = "",
    new: bool = False,
    channel: str = "",
) -> SafeString:
    """
    Draw one entry of the story; what stands inside the tag is its body.

    `by` is resident, city, note (staff only) or system. `meaning` gives the node a state's shape and colour.
    """
    pictures = {"resident": "user", "city": "building-2", "note": "state-note", "system": "history"}
    context = {
        "content": mark_safe(content.strip()),  # noqa: S308 - rendered by the page's own template
        "at": at,
        "who": who,
        "what": what,
        "by": by,
        "meaning": meaning or ("note" if by == "note" else ""),
        "icon": icon or (f"state-{meaning}" if meaning else pictures.get(by, "history")),
        "new": new,
        "channel": channel,
    }
    return render_to_string("parts/timeline_entry.html", context)


@register.inclusion_tag("parts/photo.html")
def photo(src: str, alt: str, caption: str = "", width: int = 800, height: int = 600, href: str = "") -> dict[str, Any]:
    """Draw a photo with its words; `alt` says what is seen, `caption` when and by whom."""
    return {"src": src, "alt": alt, "caption": caption, "width": width, "height": height, "href": href}


@register.inclusion_tag("parts/blank.html")
def empty(title: str, words: str = "", href: str = "", action: str = "", icon: str = "inbox") -> dict[str, Any]:
    """Say why there is nothing, and what would fill it."""
    return {"title": title, "words": words, "href": href, "action": action, "icon": icon, "meaning": ""}


@register.inclusion_tag("parts/blank.html")
def failing(title: str, words: str = "", href: str = "", action: str = "") -> dict[str, Any]:
    """Say what did not come, what was kept, and offer to try again."""
    action = action or _("Try again")
    return {
        "title": title,
        "words": words,
        "href": href,
        "action": action,
        "icon": "refresh-cw",
        "meaning": "late",
    }


@register.inclusion_tag("parts/loading.html")
def loading(words: str, rows: int = 3) -> dict[str, Any]:
    """Show the shape of what comes."""
    return {"words": words, "rows": range(rows)}


@register.simple_block_tag
def stop_message(
    content: str,
    title: str,
    meaning: str = "",
    icon: str = "hand",
    phone: str = "",
    href: str = "",
    action: str = "",
) -> SafeString:
    """Say no early: an emergency (`meaning="late"`), not ours, not here. The body says where to go."""
    context = {
        "content": mark_safe(content.strip()),  # noqa: S308 - rendered by the page's own template
        "title": title,
        "meaning": meaning,
        "icon": icon,
        "phone": phone,
        "href": href,
        "action": action,
    }
    return render_to_string("parts/stop_message.html", context)


@register.simple_block_tag
def notice(content: str, meaning: str = "", icon: str = "info") -> SafeString:
    """Draw a word from us; `meaning` gives it a state's colour and shape."""
    context = {
        "content": mark_safe(content.strip()),  # noqa: S308 - rendered by the page's own template
        "meaning": meaning,
        "icon": f"state-{meaning}" if meaning else icon,
    }
    return render_to_string("parts/notice.html", context)


@register.inclusion_tag("parts/receipt_number.html")
def receipt_number(number: str, url: str = "", title: str = "") -> dict[str, Any]:
    """Draw a request's public number, with ways to copy it and to share its page."""
    return {"number": number, "url": url, "title": title or number}


@register.inclusion_tag("parts/steps.html")
def steps(now: int, of: int, back: str = "", words: str = "") -> dict[str, Any]:
    """Say "Step 2 of 5" and offer the way back."""
    return {"words": words or _("Step %(now)s of %(of)s") % {"now": now, "of": of}, "back": back}


@register.inclusion_tag("parts/service_tile.html")
def service_tile(name: str, href: str, icon: str = "", words: str = "") -> dict[str, Any]:
    """Draw a service one can ask for; `words` may say how long it usually takes."""
    return {"name": name, "href": href, "icon": icon, "words": words}
