"""The data set of boundaries: each area at each vintage."""

from typing import Any

import shapely
from shapely.geometry import MultiPolygon

from ombud.catalog.city import City
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.rule_set import RuleSet
from ombud.places import queries as places

CODE = "boundaries"
_T = Kind.TEXT
COLUMNS = (
    Column("layer", _T, N_("Layer"), N_("Which kind of area: its name is the column's name in the requests.")),
    Column("vintage", _T, N_("Vintage"), N_("Which drawing of the areas. A request keeps the one it was made with.")),
    Column("code", _T, N_("Code"), N_("As it stands in the requests.")),
    Column("name", _T, N_("Name"), ""),
    Column("is_current", Kind.CHECKBOX, N_("Counts now"), N_("Whether requests are placed by this drawing today.")),
    Column("source", _T, N_("Source"), ""),
    Column("licence", _T, N_("Licence"), ""),
    Column(
        "population",
        Kind.NUMBER,
        N_("Residents"),
        N_("How many live there; empty where the city has given no count."),
        unit=N_("residents"),
    ),
    Column("population_year", Kind.NUMBER, N_("Year of the residents"), N_("In which they were counted or estimated.")),
    Column("population_source", _T, N_("Source of the residents"), N_("Who counted them.")),
    Column("geometry", Kind.MULTIPOLYGON, N_("Area"), N_("Longitude and latitude, WGS84.")),
)
ABOUT = N_("The areas by which requests are counted, at every vintage, so that old figures can be made again.")


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(CODE, N_("Boundaries"), ABOUT, N_("an area at one of its vintages"), COLUMNS, ("districts",))


def made(city: City, _rules: RuleSet) -> list[dict[str, Any]]:
    """Return a row for each area of each vintage."""
    return [
        {
            "_id": f"{area.layer}.{area.vintage}.{area.code}",
            MONTH: "all",
            "layer": area.layer,
            "vintage": area.vintage,
            "code": area.code,
            "name": area.name,
            "is_current": about.current,
            "source": about.source or None,
            "licence": about.licence or None,
            "population": None if people is None else float(people),
            "population_year": float(about.population_year) if people is not None and about.population_year else None,
            "population_source": about.population_source or None if people is not None else None,
            "geometry": shapely.to_wkb(_many(outline)),
        }
        for about, area, outline, people in places.every_area(city.id)
    ]


def _many(outline: Any) -> MultiPolygon:
    return outline if outline.geom_type == "MultiPolygon" else MultiPolygon([outline])
