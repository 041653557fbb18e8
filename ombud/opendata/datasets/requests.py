"""The data set of requests: one row for each that may be published, as it stands now."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import N_, NotFound
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import in_language
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.public_row import Facts, combination, row
from ombud.opendata.rules.rare import Rung, rungs
from ombud.opendata.rules.rule_set import Place, Rule, RuleSet
from ombud.places import queries as places
from ombud.service_requests.publishing import Requested

CODE = "requests"
_T, _N, _D, _B = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE, Kind.CHECKBOX

_STATUS = (("open", N_("It has not ended.")), ("closed", N_("It has ended. That alone does not say that it is fixed.")))
_DETAIL = (
    ("received", N_("Nobody has taken it on yet.")),
    ("accepted", N_("An agency has taken it on.")),
    ("scheduled", N_("There is a day for it.")),
    ("on_list", N_("It waits on the list of a programme.")),
    ("closed", N_("It was closed with an outcome.")),
    ("withdrawn", N_("The reporter took it back.")),
)
_OUTCOME = (
    ("fixed", N_("It was fixed.")),
    ("made_safe", N_("The danger is gone; the rest waits.")),
    ("nothing_found", N_("The city looked and found nothing.")),
    ("not_eligible", N_("The city does not do this there.")),
    ("duplicate_of", N_("It is told on with another request.")),
    ("referred_to", N_("Somebody outside the city does it.")),
    ("waiting_list", N_("It is on the list of a programme.")),
    ("unstated", N_("The system it was brought in from did not say.")),
)
_PRECISION = (
    ("exact", N_("Where it was reported, or the asset it is about.")),
    ("block", N_("Somewhere in the block: the hundred of the address, the middle of a cell of about 130 m.")),
    ("cell", N_("Somewhere in a cell of about 0.7 km².")),
    ("area", N_("Somewhere in the areas named.")),
    ("none", N_("It has no place, or too few share it to say where.")),
)
COLUMNS = (
    Column("service_request_id", _T, N_("Number"), N_("The number the reporter was given.")),
    Column(
        "requested_datetime",
        _D,
        N_("Requested"),
        N_("When it was reported, in the city's time. For services shown coarsely the day, or the first of the month."),
    ),
    Column("updated_datetime", _D, N_("Updated"), N_("When something last happened to it.")),
    Column(
        "closed_datetime",
        _D,
        N_("Closed"),
        N_("When it ended last; empty while it is open. A request that was reopened has its newest end here."),
    ),
    Column("status", _T, N_("Status"), N_("As Open311 has it."), values=_STATUS),
    Column("status_detail", _T, N_("Where it stands"), N_("As Ombud has it."), values=_DETAIL),
    Column("outcome", _T, N_("Outcome"), N_("What the closing says was done."), values=_OUTCOME),
    Column(
        "service_code", _T, N_("Service code"), N_("Which service was asked for. The data set of services says more.")
    ),
    Column("service_name", _T, N_("Service"), N_("What the service was called when it was asked for.")),
    Column("service_group", _T, N_("Group"), N_("The shelf that the service lay on.")),
    Column("agency_responsible", _T, N_("Agency"), N_("Who has it now, or had it when it ended.")),
    Column("channel", _T, N_("Channel"), N_("How it came in.")),
    Column("target_datetime", _D, N_("Target"), N_("By when the city means to be done. Empty where it has no target.")),
    Column(
        "expected_datetime",
        _D,
        N_("Expected"),
        N_(
            "By when the reporter is told to expect an end, from what such requests really took."
            " It moves when things slip."
        ),
    ),
    Column(
        "days_to_close",
        _N,
        N_("Days to close"),
        N_(
            "From the report to its newest end. Empty while open: medians over closed requests alone are too short,"
            " since what takes long is still open."
        ),
        unit=N_("days"),
    ),
    Column(
        "on_time", _B, N_("On time"), N_("Whether it ended by its target. Empty while it is open or has no target.")
    ),
    Column("times_reopened", _N, N_("Times reopened"), N_("How often somebody said that it was not fixed.")),
    Column("times_transferred", _N, N_("Times sent on"), N_("How often it went from one agency to another.")),
    Column("incident_id", _T, N_("Incident"), N_("What several requests are about has one number here; else empty.")),
    Column("again_of", _T, N_("Came back"), N_("The request that had ended and came back as this one.")),
    Column(
        "place_precision", _T, N_("How exact the place is"), N_("How precisely the place is told."), values=_PRECISION
    ),
    Column(
        "address", _T, N_("Address"), N_("As it was matched or told, where the place is exact or told by its block.")
    ),
    Column("longitude", _N, N_("Longitude"), "", unit=N_("degrees, WGS84")),
    Column("latitude", _N, N_("Latitude"), "", unit=N_("degrees, WGS84")),
    Column(
        "location", Kind.POINT, N_("Place"), N_("Longitude and latitude as a point."), parts=("longitude", "latitude")
    ),
    Column("cell", _T, N_("Cell"), N_("The H3 cell of resolution 8, about 0.7 km², that it lies in.")),
    Column("rule_set", _T, N_("Privacy rules"), N_("The rules that the row was made with.")),
)
ABOUT = N_(
    "Every request for service that may be published, one row each, as it stands now. Closed is not fixed: the outcome"
    " says what was done, and a request that came back is counted again."
)


VINTAGE_OF = N_("%(area)s: boundaries of")


def dataset(city: City) -> DataSet:
    """Return the data set of a city, with its own areas and its own other names of columns."""
    layers = sorted(places.layers(city.id), key=lambda layer: layer.code)
    areas = [
        column
        for layer in layers
        for column in (
            Column(
                layer.code, _T, city.text(layer.name), N_("The code of the area it lay in when reported."), in_more=True
            ),
            Column(
                f"{layer.code}_vintage",
                _T,
                gettext(VINTAGE_OF) % {"area": city.text(layer.name)},
                N_("Which drawing of the areas that was."),
                in_more=True,
            ),
        )
    ]
    return DataSet(
        CODE,
        N_("Requests for service"),
        ABOUT,
        N_("a request for service"),
        (*COLUMNS, *areas),
        ("311", "service requests", "open311"),
    )


def made(
    city: City, rows: Sequence[Requested], rules: RuleSet, *, now: datetime
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """
    Return what is published of requests, and the numbers of those that are not with the reason.

    Where a rule asks for company (k), the rows must hold all requests of their services and months.
    """
    ruled = [(one, rules.rule_for(one.service_code, Visibility(one.visibility))) for one in rows]
    left_out = {one.number: "hidden" for one, rule in ruled if not rule.is_listed(one.requested_at, now=now)}
    due = [(facts_of(city, one, rule), rule) for one, rule in ruled if one.number not in left_out]
    found = _rungs(city, due)
    left_out |= {
        facts.number: "rare" for (facts, _), rung in zip(due, found, strict=True) if rung is Rung.NOT_PUBLISHED
    }
    names = {column.stored for column in dataset(city).columns}
    published_rows = [
        _only(row(facts, rule, rung, zone=city.zone, rule_set=rules.name), names)
        for (facts, rule), rung in zip(due, found, strict=True)
        if rung is not Rung.NOT_PUBLISHED
    ]
    return published_rows, left_out


def _only(made_row: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in made_row.items() if name in names or name in ("_id", "month")}


def _rungs(city: City, due: Iterable[tuple[Facts, Rule]]) -> list[Rung]:
    layer = city.settings.get("promise_layer", "")
    return rungs([combination(facts, rule, layer=layer, zone=city.zone) for facts, rule in due])


@lru_cache(maxsize=20_000)
def _service_name(jurisdiction_id: str, code: str, version: int, language: str) -> str:
    try:
        definition = catalog.definition_at(jurisdiction_id, code, version)
    except NotFound:
        return code
    return in_language(definition.name, language)


def facts_of(city: City, one: Requested, rule: Rule) -> Facts:
    """Return what is known of a request, as far as any of it may leave by a rule."""
    point = LonLat(one.lon, one.lat) if one.lon is not None and one.lat is not None else None
    cell = places.cell_of(point) if point else ""
    service = city.services.get(one.service_code)
    return Facts(
        number=one.number,
        service_code=one.service_code,
        service_name=_service_name(city.id, one.service_code, one.service_version, city.default_language),
        service_group=service.group if service else "",
        status=one.status,
        outcome=one.outcome or "",
        agency=one.agency,
        channel=one.channel,
        requested_at=one.requested_at,
        updated_at=one.updated_at,
        closed_at=one.closed_at,
        target_at=one.target_at,
        expected_at=one.expected_to,
        reopened=one.reopened,
        bounces=one.bounces,
        incident=one.incident or "",
        again_of=one.again_of or "",
        address=one.address,
        point=point,
        # What no rule asks for is not worked out.
        block=_block(point) if point and rule.place is Place.BLOCK else None,
        cell=places.cell_centre(cell) if cell and rule.place is Place.CELL else None,
        cell_name=cell,
        areas={area["layer"]: (area.get("vintage", ""), area["code"]) for area in one.areas or ()},
    )


def _block(point: LonLat) -> LonLat:
    return places.cell_centre(places.cell_of(point, resolution=places.BLOCK_RESOLUTION))
