"""The ten questions: each answered in words, with the number, the rows used, a chart, its caveats and the query."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.kernel.geo import LonLat
from ombud.opendata.datasets import registry, requests
from ombud.opendata.questions import question as asked
from ombud.opendata.questions.question import Question
from ombud.opendata.rules import choice_soql
from ombud.places import queries as places
from ombud.web.middleware import CityRequest
from ombud.web.portal import exploring
from ombud.web.portal.answering import ask
from ombud.web.portal.exploring import Looked
from ombud.web.portal.labels import day, moment, number

METRES_NEAR = 1_000
# Of a degree: about a hundred metres.
DECIMALS = 3
# A year with less than this share of the fullest one is no year to compare with.
YEAR_AT_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Short:
    """A question in the list, with its answer in a sentence."""

    code: str
    title: str
    answer: str


def short(request: CityRequest) -> list[Short]:
    """Return every question with its answer, as far as one can be given without asking back."""
    told = []
    for code, question in asked.questions().items():
        try:
            answer = answered(request, question, {})["answer"]
        except NotFound:
            answer = ""
        told.append(Short(code, _(question.title), answer))
    return told


@require_safe
def page(request: CityRequest, code: str) -> HttpResponse:
    """Answer a question, of the service and the place that were chosen."""
    question = asked.question(code)
    context = answered(request, question, request.GET.dict())
    return render(request, "portal/question.html", {"question": question, **context})


def answered(request: CityRequest, question: Question, chosen: dict[str, str]) -> dict[str, Any]:
    """Return a question with its answer. Raises NotFound where nothing is published."""
    city = request.city
    dataset = registry.of_code(city, requests.CODE)
    area = str(city.settings.get("promise_layer", ""))
    services = _services(city, question, chosen.get("service", ""))
    if question.topic and not services:
        return {"answer": "", "services": _offered(city), "service": "", "title": _(question.title)}
    pairs = question.pairs(area=area, services=services)
    place = _place(request, question, chosen)
    if place:
        lon, lat = place.point.lon, place.point.lat
        pairs.append(("near", f"{lon},{lat},{METRES_NEAR}"))
    looked = exploring.looked_at(request, dataset, pairs)
    if question.compares:
        pairs += _years(looked)
        looked = exploring.looked_at(request, dataset, pairs)
    shown = exploring.shown(looked)
    queries = [shown["soql"]]
    numbers_soql = _with_where(question.numbers, looked, question.numbers_end)
    found = ask(looked.snapshot, numbers_soql).rows
    queries.append(numbers_soql)
    words = {**_numbers(found[0] if found else {}), **_of_groups(looked, shown)}
    context = {
        **shown,
        "title": _(question.title),
        "chart_title": shown["title"],
        "answer": _sentence(question, words, shown),
        "caveats": [_(caveat) for caveat in question.caveats],
        "explore_at": looked.address(),
        "save_at": f"{reverse('data_save', args=[looked.id])}?{urlencode(looked.choice.pairs())}",
        "services": _offered(city) if question.topic or question.code == "district" else (),
        "service": services[0] if len(services) == 1 else "",
        "asks_place": question.needs == "place",
        "typed": chosen.get("place", "")[:100],
        "place": place,
        "queries": queries,
    }
    return context | _rows(question, looked)


def _services(city: City, question: Question, chosen: str) -> list[str]:
    """Return the services that are meant: the one chosen, else those that the city's file names for the topic."""
    if chosen in city.services:
        return [chosen]
    if not question.topic:
        return []
    topics = city.settings.get("open_data", {}).get("topics", {})
    return [code for code in topics.get(question.topic, ()) if code in city.services]


def _offered(city: City) -> list[tuple[str, str]]:
    named = ((code, city.text(service.name)) for code, service in city.services.items())
    listed = (pair for pair in named if city.services[pair[0]].visibility.value in ("public", "public_coarse"))
    return sorted(listed, key=lambda pair: pair[1])


def _place(request: CityRequest, question: Question, chosen: dict[str, str]) -> places.FoundAddress | None:
    """Return the place that was typed, else the one that the browser told, to about a hundred metres."""
    typed = chosen.get("place", "")
    if question.needs != "place":
        return None
    if not typed.strip():
        point = LonLat.read(chosen.get("lon"), chosen.get("lat"))
        rounded = point and LonLat(round(point.lon, DECIMALS), round(point.lat, DECIMALS))
        return places.FoundAddress(_("where you are"), rounded) if rounded else None
    return next(iter(places.find_addresses(request.city.id, typed[:100], limit=1)), None)


def _years(looked: Looked) -> list[tuple[str, str]]:
    """Return the days of the newest year of which there is enough, and the one before to compare it with."""
    on = choice_soql.named(looked.choice.on)
    found = ask(
        looked.snapshot,
        f"SELECT date_extract_y({on}) AS year, count(*) AS n, max({on}) AS newest\n"
        f"{choice_soql.where_soql(looked.choice)}\nGROUP BY year\nORDER BY year DESC",
    ).rows
    most = max((int(row["n"]) for row in found), default=0)
    enough = [row for row in found if row.get("year") is not None and int(row["n"]) >= YEAR_AT_LEAST * most]
    if len(enough) < 2:
        return []
    year, before = int(enough[0]["year"]), int(enough[1]["year"])
    newest = moment(enough[0]["newest"])
    # Of the running year the days that have been are compared; years that are over are compared whole.
    runs = year == looked.snapshot.at.astimezone(looked.city.zone).year
    until = newest.date() if runs and newest else date(year, 12, 31)
    return [("from", f"{year}-01-01"), ("to", until.isoformat()), ("against", str(before))]


def _with_where(begin: str, looked: Looked, end: str) -> str:
    return "\n".join(part for part in (begin, choice_soql.where_soql(looked.choice), end) if part)


def _numbers(row: dict[str, Any]) -> dict[str, str]:
    return {name: _told(value) for name, value in row.items()}


def _told(value: Any) -> str:
    at = None if isinstance(value, int | float) or value is None else moment(value)
    return day(at) if at else number(value)


def _of_groups(looked: Looked, shown: dict[str, Any]) -> dict[str, str]:
    """Return what can be said of the groups: the first, the last, and the one with the most."""
    groups = [group for group in shown.get("groups", ()) if group["value"] is not None and group["key"] is not None]
    choice = looked.choice
    words = {"year": str(choice.since.year) if choice.since else "", "before": str(choice.against or "")}
    if not groups:
        return words
    ends = {"first": groups[0], "last": groups[-1], "top": max(groups, key=lambda group: group["value"])}
    for name, group in ends.items():
        words[name] = group["label"]
        words[f"{name}_value"] = number(group["value"])
        words[f"{name}_share"] = number(round(100 * group["n"] / shown["rows_used"])) if shown["rows_used"] else "0"
        words[f"{name}_before"] = number(group["row"].get(f"per_1000_{choice.against}"))
    return words


def _sentence(question: Question, words: dict[str, str], shown: dict[str, Any]) -> str:
    if not shown["rows_used"] or (question.compares and not words.get("before")):
        return _(question.nothing)
    if question.unless and words.get(question.unless) in ("0", "-"):
        return _(question.otherwise) % words
    try:
        return _(question.said) % words
    except KeyError:  # no group is known well enough
        return _(question.nothing)


def _rows(question: Question, looked: Looked) -> dict[str, Any]:
    """Return the single rows that a question shows beside its chart."""
    if not question.rows:
        return {}
    answer = ask(looked.snapshot, _with_where(question.rows, looked, question.rows_end))
    labels = looked.labels
    return {
        "single_heads": [labels.title(name) for name in answer.names],
        "single_rows": [[labels.value(name, row.get(name)) for name in answer.names] for row in answer.rows],
    }
