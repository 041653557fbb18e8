"""The page of figures: how well the city serves, with the definition and the table of each number."""

import csv
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import OUTCOMES
from ombud.insight import queries as insight
from ombud.kernel import clock
from ombud.kernel.errors import N_
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.counts import CODE, only_counted
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.queries import rules_of
from ombud.places import queries as places
from ombud.service_requests import promised
from ombud.service_requests.rules.promise import HIGH, LOW
from ombud.service_requests.rules.promise_kept import in_all
from ombud.web.middleware import CityRequest
from ombud.web.public.periods import span_of

HEADLINES = (
    "received",
    "open",
    "median_days",
    "p90_days",
    "on_time",
    "on_time_unpaused",
    "fixed_share",
    "stayed_fixed",
)
SPLITS = {"service": N_("Service"), "agency": N_("Agency"), "area": N_("Area"), "week": N_("Week")}
ROWS = 12


def words_of(code: str) -> dict[str, str]:
    """Return a metric's question, unit, what it counts and its caveats in the reader's language."""
    metric = insight.metric(code)
    return {
        "code": code,
        "question": _(metric.question),
        "unit": _(metric.unit),
        "counts": _(metric.counts),
        "caveats": _(metric.caveats),
    }


def part_name(city: City, by: str, part: str, language: str) -> str:
    """Return how a part of a dimension is called."""
    if not part:
        return _("not said")
    match by:
        case "service" if part in city.services:
            return city.text(city.services[part].name)
        case "agency":
            return city.agency(part).name
        case "outcome":
            return str(OUTCOMES.get(part, part))
        case "area":
            layer, _sep, code = part.partition(":")
            index = places.layer_index(city.id)
            return places.area_label(index[layer], code, language) if layer in index else code
        case _:
            return part


def promises(city: City, *, public: bool) -> dict[str, Any]:
    """Return how the promises of the last whole months held, in all and by service, most promised first."""
    listed = rules_of(city).listed
    held = {
        code: kept
        for code, kept in promised.kept_by_service(city.id).items()
        if not public or (code in city.services and city.services[code].visibility.value in listed)
    }
    whole = in_all(held.values())
    by_n = sorted(held.items(), key=lambda pair: -pair[1].n)
    return {
        "n": whole.n,
        "share": round(100 * whole.within / whole.n) if whole.n else None,
        "aim": round(100 * (HIGH - LOW)),
        "rows": [
            {
                "name": part_name(city, "service", code, ""),
                "n": kept.n,
                **{name: round(100 * getattr(kept, name) / kept.n) for name in ("within", "early", "late")},
            }
            for code, kept in by_n
            if kept.n
        ],
    }


def tidy(value: float) -> float | int:
    """Return a whole number as one, and others to one decimal."""
    return int(value) if value == int(value) else round(value, 1)


@require_safe
def page(request: CityRequest) -> HttpResponse:
    """Show the figures of a period, in all and by one dimension."""
    return render(request, "public/figures.html", context(request, public=True))


def context(request: CityRequest, *, public: bool) -> dict[str, Any]:
    """Return what a page of figures shows; staff see private services too."""
    city, now = request.city, clock.now()
    language = request.LANGUAGE_CODE
    span = span_of(request.GET, city, now)
    period = span.period(city, now, public=public)
    by = request.GET.get("by", "service")
    by = by if by in SPLITS else "service"
    code = request.GET.get("metric", "received")
    code = code if code in insight.metrics() else "received"
    weeks, _at = insight.shown("received", period, by="week")
    series = [f.value for f in weeks if f.value is not None][-26:]
    split, _at = insight.shown(code, period, by=by)
    ends, counted_at = insight.shown("closed", period, by="outcome")
    headlines: list[dict[str, Any]] = []
    for each in HEADLINES:
        found, at = insight.shown(each, period)
        counted_at = min(counted_at, at)
        figure = insight.first_of(found)
        headlines.append({**words_of(each), "figure": figure, "series": series if each == "received" else ()})
    order = (lambda f: f.part) if by == "week" else (lambda f: -(f.value or 0))
    rows = [(part_name(city, by, f.part, language), f.value, f.n) for f in sorted(split, key=order)]
    bars = [{"label": name, "value": tidy(value), "n": n} for name, value, n in rows if value is not None]
    return {
        "span": span,
        "counted_at": counted_at,
        "nothing": not any(each["figure"].n for each in headlines),
        "headlines": headlines,
        "promises": promises(city, public=public),
        "only_counted": sorted(city.text(city.services[each].name) for each in only_counted(city, rules_of(city)))
        if public
        else [],
        "counts_id": id_of(city, registry.of_code(city, CODE)),
        "outcomes": [
            {"label": part_name(city, "outcome", f.part, language), "value": tidy(f.value or 0), "n": f.n}
            for f in sorted(ends, key=lambda f: -(f.value or 0))
        ],
        "metrics": [words_of(c) for c in insight.metrics()],
        "chosen": words_of(code),
        "by": by,
        "bars": bars[-ROWS:] if by == "week" else bars[:ROWS],
        "rows": [(name, "-" if value is None else tidy(value), n) for name, value, n in rows],
        "head": _(SPLITS[by]),
        "splits": [(code, _(words)) for code, words in SPLITS.items()],
    }


@require_safe
def download(request: CityRequest, code: str) -> HttpResponse:
    """One metric as CSV, with its definition in the first lines."""
    city, now = request.city, clock.now()
    metric = insight.metric(code)
    by = request.GET.get("by", "")
    span = span_of(request.GET, city, now)
    found, counted_at = insight.shown(code, span.period(city, now), by=by)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{city.id}-{code}.csv"'
    writer = csv.writer(response)
    for name, words in (("question", metric.question), ("counts", metric.counts), ("caveats", metric.caveats)):
        writer.writerow([f"# {name}: {words}"])
    writer.writerow([f"# period: {span.first} to {span.last}"])
    writer.writerow([f"# counted at: {counted_at.astimezone(city.zone).isoformat(timespec='seconds')}"])
    writer.writerow([by or "all", "name", metric.unit, "n"])
    for f in found:
        writer.writerow([f.part, part_name(city, by, f.part, "en"), "" if f.value is None else round(f.value, 3), f.n])
    return response
