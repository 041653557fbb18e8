"""The data set of metrics: what the city's figures say, month by month, as the pages count them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ombud.catalog.city import City
from ombud.insight import queries as insight
from ombud.insight.queries import Period
from ombud.kernel import clock
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.rule_set import RuleSet

CODE = "metrics"
MONTHS = 13
_T, _N, _D = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE
_BY = ("", "service", "agency", "area")
COLUMNS = (
    Column("metric", _T, N_("Metric"), N_("One number has one definition: pages, this data set and the API share it.")),
    Column("question", _T, N_("Question"), N_("What it answers.")),
    Column("month_begins", _D, N_("Month"), N_("The first day of the month in which the requests were made.")),
    Column("split_by", _T, N_("Split by"), N_("Service, agency or area; empty for the whole city.")),
    Column("part", _T, N_("Part"), N_("Which service, agency or area.")),
    Column("value", _N, N_("Value"), N_("Empty where there is too little to say.")),
    Column("unit", _T, N_("Unit"), ""),
    Column("n", _N, N_("Requests counted"), N_("How many requests the value stands on."), unit=N_("requests")),
    Column("caveats", _T, N_("What to mind"), ""),
)
ABOUT = N_(
    "Each of the city's figures by month: for the whole city, by service, by agency and by area. Open requests are"
    " counted as open, not left out; late ones that are open stay in the share that is on time. Requests of services"
    " that are only counted are not in it, but in the counts with noise."
)


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(CODE, N_("Metrics"), ABOUT, N_("one figure of one month"), COLUMNS, ("performance",))


def made(city: City, rules: RuleSet) -> list[dict[str, Any]]:
    """Return each metric of the last months, of what stands in lists; what is only counted is in `counts`."""
    now = clock.now()
    return [row for since, until in _months(city, now) for row in _month(city, rules, since, until, now)]


def _months(city: City, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    first = now.astimezone(city.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = (first + timedelta(days=32)).replace(day=1)
    for _ in range(MONTHS):
        since = (until - timedelta(days=1)).replace(day=1)
        yield since, until
        until = since


def _month(city: City, rules: RuleSet, since: datetime, until: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    layer = str(city.settings.get("promise_layer", ""))
    period = Period(
        city=city.id, zone=str(city.zone), layer=layer, since=since, until=until, now=now, shown=rules.listed,
        delays=rules.delays,
    )  # fmt: skip
    for code, metric in insight.metrics().items():
        for by in _BY:
            for figure in insight.figures(code, period, by=by):
                yield {
                    "_id": ":".join((code, f"{since:%Y-%m}", by, figure.part)),
                    MONTH: "all",
                    "metric": code,
                    "question": metric.question,
                    "month_begins": since.replace(tzinfo=None),
                    "split_by": by or None,
                    "part": figure.part or None,
                    "value": None if figure.value is None else float(figure.value),
                    "unit": metric.unit,
                    "n": float(figure.n),
                    "caveats": metric.caveats,
                }
