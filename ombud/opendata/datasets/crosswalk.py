"""The data set of old names: what services were called in older catalogues and archives."""

from datetime import date, datetime
from typing import Any

from ombud.catalog.city import City
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lives import of_services
from ombud.opendata.rules.became import Became, became
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
_CHANGE = (
    ("renamed", N_("The same service under another name.")),
    ("replaced", N_("Another service has taken its place.")),
    ("merged", N_("One service has taken its place and that of others.")),
    ("split", N_("Several services have taken its place; there is a row for each.")),
    ("retired", N_("It ended, and nothing has taken its place.")),
    ("new", N_("There was no such service before.")),
)
_SURE = {"renamed": "exact", "replaced": "exact", "merged": "merged", "split": "split"}
CATALOGUE = "catalogue"
COLUMNS = (
    Column(
        "old_name", _T, N_("Old name"), N_("As it stands there, letter for letter; empty for a service that is new.")
    ),
    Column("source", _T, N_("Where it stands"), N_("An archive, an older catalogue, a system.")),
    Column(
        "old_code",
        _T,
        N_("Old service code"),
        N_("Where the name stands in this catalogue: its code. Requests keep the code they were made with."),
    ),
    Column("change", _T, N_("What became of it"), N_("Where the catalogue's versions tell."), values=_CHANGE),
    Column(
        "service_code",
        _T,
        N_("Service code"),
        N_("The service of today that it has come to; empty where it was retired."),
    ),
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


def changes_of(city: City) -> list[Became]:
    """Return what became of a city's services, as the versions of its catalogue tell."""
    return became(*of_services(city))


def made(city: City, _rules: RuleSet) -> list[dict[str, Any]]:
    """Return a row for each old name of the city's file, and for each change of its catalogue."""
    return [_told(name) for name in names_of(city)] + [_derived(city, change) for change in changes_of(city)]


def _told(name: OldName) -> dict[str, Any]:
    return {
        "_id": f"{name.source}:{name.old_name}:{name.service_code}",
        MONTH: "all",
        "old_name": name.old_name,
        "source": name.source,
        "old_code": None,
        "change": None,
        "service_code": name.service_code,
        "since": _day(name.since),
        "until": _day(name.until),
        "certainty": name.certainty,
        "said_by": name.said_by,
    }


def _derived(city: City, change: Became) -> dict[str, Any]:
    since, until = (at.astimezone(city.zone).date() if at else None for at in (change.since, change.until))
    # A name can come again: its beginning belongs to the id.
    begun = change.since.isoformat() if change.since else ""
    return {
        "_id": f"{CATALOGUE}:{change.old_code}:{begun}:{change.service_code}",
        MONTH: "all",
        "old_name": change.old_name or None,
        "source": CATALOGUE,
        "old_code": change.old_code or None,
        "change": change.change,
        "service_code": change.service_code or None,
        "since": _day(since),
        "until": _day(until),
        "certainty": _SURE.get(change.change),
        "said_by": CATALOGUE,
    }


def _day(on: date | None) -> datetime | None:
    return datetime(on.year, on.month, on.day) if on else None  # noqa: DTZ001  a day of the city has no zone
