"""The data set of old names: what services were called in older catalogues and archives."""

from datetime import date, datetime
from typing import Any

from ombud.catalog.queries import City
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.crosswalk import OldName, read_crosswalk
from ombud.opendata.rules.rule_set import RuleSet

CODE = "crosswalk"
_T, _D = Kind.TEXT, Kind.CALENDAR_DATE
_CERTAINTY = (
    ("exact", N_("The same under another name.")),
    ("merged", N_("Several were told apart that are one service now.")),
    ("split", N_("One that is several services now; this is the nearest.")),
    ("guessed", N_("Nobody has said so; the words suggest it.")),
)
COLUMNS = (
    Column("old_name", _T, N_("Old name"), N_("As it stands there, letter for letter.")),
    Column("source", _T, N_("Where it stands"), N_("An archive, an older catalogue, a system.")),
    Column("service_code", _T, N_("Service code"), N_("The service that it is counted as.")),
    Column("since", _D, N_("Valid from"), N_("The first day on which it was seen; empty where nobody knows.")),
    Column("until", _D, N_("Valid to"), N_("The last day on which it was seen; empty where nobody knows.")),
    Column("certainty", _T, N_("How sure"), "", values=_CERTAINTY),
    Column("said_by", _T, N_("Said by"), ""),
)
ABOUT = N_(
    "What services were called in older catalogues and archives, and which service each is counted as, so that years"
    " can be compared under one name."
)


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(CODE, N_("Old names of services"), ABOUT, N_("a name of a service"), COLUMNS, ("catalogue",))


def names_of(city: City) -> tuple[OldName, ...]:
    """Return the old names of a city's services, as its file has them."""
    return read_crosswalk(city.settings.get(CODE))


def made(city: City, _rules: RuleSet) -> list[dict[str, Any]]:
    """Return a row for each old name."""
    return [
        {
            "_id": f"{name.source}:{name.old_name}:{name.service_code}",
            MONTH: "all",
            "old_name": name.old_name,
            "source": name.source,
            "service_code": name.service_code,
            "since": _day(name.since),
            "until": _day(name.until),
            "certainty": name.certainty,
            "said_by": name.said_by,
        }
        for name in names_of(city)
    ]


def _day(on: date | None) -> datetime | None:
    return datetime(on.year, on.month, on.day) if on else None  # noqa: DTZ001  a day of the city has no zone
