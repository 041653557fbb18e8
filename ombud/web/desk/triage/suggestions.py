"""How good suggestions have been in use: how often right, whether to be believed, and which model made them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.people.rules.permissions import Verb
from ombud.triage.words import cities, queries, watching
from ombud.triage.words.queries import Settled
from ombud.triage.words.rules import judging
from ombud.triage.words.rules.judging import Judgement, Share
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest

DAYS = 180
# A share of fewer says next to nothing.
FEW = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: what it is about and how good the suggestions were."""

    name: str
    judged: Judgement

    @property
    def first(self) -> str:
        """How often the first suggestion was right, with its interval."""
        return percent(self.judged.first)

    @property
    def among(self) -> str:
        """How often one of the first three was right."""
        return percent(self.judged.among)


@require_safe
@staff_page(Verb.SEE_LOG)
def page(request: CityRequest) -> HttpResponse:
    """Show it, for the last half year."""
    city, now = request.city, clock.now()
    settled = queries.settled(city.id, since=now - timedelta(days=DAYS))
    shown = [one for one in settled if one.shown]
    used = cities.version_in_use(city)
    watch = watching.lists_of(city)
    context = {
        **rail(request, None, now=now),
        "days": DAYS,
        "whole": Line("", judging.judge([one.guess for one in settled])) if settled else None,
        "parts": [
            Line(_("Chosen after a search"), judging.judge([one.guess for one in shown])),
            Line(_("Judged by what was written"), judging.judge([o.guess for o in settled if not o.shown])),
        ],
        "bins": judging.judge([one.guess for one in settled]).bins,
        "tables": [
            (_("By month"), _("Month"), _lines(settled, lambda one: one.at.astimezone(city.zone).strftime("%Y-%m"))),
            (_("By service"), _("Service"), _lines(settled, lambda one: _service(city, one.service))),
            (_("By language"), _("Language"), _lines(settled, lambda one: _language(one.language))),
            (_("By model"), _("Model"), _lines(settled, lambda one: _model(one.model))),
        ],
        "versions": queries.versions(city.id),
        "used": used,
        "uncovered": [_language(code) for code in watch.uncovered],
        "untried": [_language(code) for code in watch.untried],
    }
    return render(request, "desk/suggestions.html", context)


def percent(share: Share) -> str:
    """Return a share in words: "72 % (60 to 81)"."""
    if share.value is None:
        return "–"  # noqa: RUF001 - nothing was counted
    low, high = share.interval
    return _("%(share)d %% (%(low)d to %(high)d)") % {
        "share": round(share.value * 100),
        "low": round(low * 100),
        "high": round(high * 100),
    }


def _lines(settled: Sequence[Settled], name: Callable[[Settled], str]) -> list[Line]:
    return [Line(str(name), judged) for name, judged in judging.by((name(one), one.guess) for one in settled).items()]


def _service(city: City, code: str) -> str:
    service = city.services.get(code)
    return city.text(service.name) if service else code


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _model(number: int) -> str:
    return str(number) if number else _("Of the catalogue")
