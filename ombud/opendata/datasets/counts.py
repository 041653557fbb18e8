"""The data set of counts: services whose requests are not shown, counted by month and area with noise."""

from collections.abc import Mapping
from datetime import datetime
from random import SystemRandom
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.noise import drawn, half_width, scale_for
from ombud.opendata.rules.rule_set import RuleSet
from ombud.places import queries as places

CODE = "counts"
_T, _N, _D = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE
COLUMNS = (
    Column("month_begins", _D, N_("Month"), N_("The first day of the month in which the requests were made.")),
    Column("service_code", _T, N_("Service code"), ""),
    Column("layer", _T, N_("Layer"), N_("Which kind of area.")),
    Column("area", _T, N_("Area"), N_("The code of the area; empty for requests in none.")),
    Column(
        "requests",
        _N,
        N_("Requests, with noise"),
        N_("The count with noise added, drawn once and for all. It can be below nought; that keeps sums right."),
        unit=N_("requests"),
    ),
    Column(
        "low", _N, N_("At least, probably"), N_("In 19 of 20 cases the true count is not below."), unit=N_("requests")
    ),
    Column(
        "high", _N, N_("At most, probably"), N_("In 19 of 20 cases the true count is not above."), unit=N_("requests")
    ),
    Column("noise_scale", _N, N_("Scale of the noise"), N_("Of discrete Laplace noise."), unit=N_("requests")),
)
ABOUT = N_(
    "Requests of services of which the city shows none, because each would tell about somebody. They are counted by"
    " month and area, with noise so that nobody shows. Single cells are rough; sums over many cells are good."
)
Counted = Mapping[tuple[str, str], int]


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(
        CODE, N_("Counts with noise"), ABOUT, N_("a count of one service, month and area"), COLUMNS, ("privacy",)
    )


def made(city: City, rules: RuleSet, month: datetime, counted: Counted) -> list[dict[str, Any]]:
    """
    Return the counts of one month, each with fresh noise. They are drawn once only: see the ledger.

    Every cell there is gets noise, the empty ones too: which cells are there must not tell where there were requests.
    """
    layer = str(city.settings.get("promise_layer", ""))
    noise = rules.noise
    scale = scale_for(epsilon=noise.epsilon_a_release, reports_a_person=noise.reports_a_person)
    width, dice = float(half_width(scale)), SystemRandom()
    areas = ["", *sorted(area.code for area, _ in places.atlas(city.id).layer(layer))]
    rows = []
    for service_code in sorted(only_counted(city, rules)):
        for area in areas:
            requests = float(counted.get((service_code, area), 0) + drawn(scale, dice))
            rows.append(
                {
                    "_id": f"{month:%Y-%m}:{service_code}:{area}",
                    MONTH: f"{month:%Y-%m}",
                    "month_begins": month.replace(tzinfo=None),
                    "service_code": service_code,
                    "layer": layer or None,
                    "area": area or None,
                    "requests": requests,
                    "low": requests - width,
                    "high": requests + width,
                    "noise_scale": float(scale),
                }
            )
    return rows


def only_counted(city: City, rules: RuleSet) -> set[str]:
    """Return the services whose requests are counted and not shown."""
    return {
        code
        for code, service in city.services.items()
        if service.visibility is not Visibility.PRIVATE and not rules.rule_for(code, service.visibility).rows
    }
