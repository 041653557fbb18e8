"""The reasons of a score as people read them: 12 m away, same address, three hours apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_PLAIN: dict[str, Promise | str] = {
    "asset:same": gettext_lazy("same number on it"),
    "address:same": gettext_lazy("same address"),
    "address:other": gettext_lazy("another address"),
    "service:other": gettext_lazy("a service often taken for the other"),
    "words:same": gettext_lazy("the same words"),
    "words:close": gettext_lazy("nearly the same words"),
    "words:some": gettext_lazy("some of the same words"),
    "words:other": gettext_lazy("other words"),
    "details:same": gettext_lazy("the same answers"),
    "details:some": gettext_lazy("some other answers"),
    "details:other": gettext_lazy("other answers"),
    "photo:same": gettext_lazy("the same picture"),
    "photo:close": gettext_lazy("pictures look alike"),
    "reporter:same": gettext_lazy("from the same person"),
}


def in_words(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the reasons in the reader's language, in the order in which they were found."""
    return [words for reason in reasons if (words := _said(str(reason.get("found", "")), reason.get("n")))]


def _said(found: str, number: Any) -> str:
    if found in _PLAIN:
        return str(_PLAIN[found])
    aspect = found.partition(":")[0]
    n = float(number) if isinstance(number, int | float) else 0.0
    if aspect == "distance":
        return _("%(m)d m away") % {"m": round(n)}
    if aspect == "gap":
        return _apart(n) if number is not None else ""
    if aspect == "ended":
        days = round(n / 86_400)
        return ngettext("closed %(n)d day before", "closed %(n)d days before", days) % {"n": days}
    if aspect == "reports":
        return ngettext("%(n)d report already", "%(n)d reports already", round(n)) % {"n": n}
    if aspect == "rivals":
        return ngettext("%(n)d other could be meant", "%(n)d others could be meant", round(n)) % {"n": n}
    return ""


def _apart(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return ngettext("%(n)d minute apart", "%(n)d minutes apart", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = round(minutes / 60)
        return ngettext("%(n)d hour apart", "%(n)d hours apart", hours) % {"n": hours}
    days = round(minutes / 1440)
    return ngettext("%(n)d day apart", "%(n)d days apart", days) % {"n": days}
