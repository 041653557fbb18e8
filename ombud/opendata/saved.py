"""Saved views, for those who read them: by their ids, those that are listed, and those that wait for the city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import N_, NotFound
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.models import SavedView
from ombud.plumbing import walls

NO_SUCH = N_("There is no saved view “%(id)s” here.")
HIDDEN = N_("The city has hidden this view: %(reason)s")


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as others see it."""

    id: str
    dataset: str
    name: str
    about: str
    saved_by: str
    soql: str
    address: str
    saved_at: datetime
    saved_in: int
    opened: int
    is_listed: bool
    hidden_because: str


def view(jurisdiction_id: str, view_id: str) -> View:
    """Return a view that is not hidden. Raises NotFound, which says why where the city has hidden it."""
    row = SavedView.objects.filter(jurisdiction_id=jurisdiction_id, view_id=view_id).first()
    if row is None:
        raise NotFound(NO_SUCH, id=view_id[:40])
    if row.hidden_at:
        raise NotFound(HIDDEN, reason=row.hidden_because)
    return _seen(row)


def soql_of(city: City, dataset: DataSet, four_by_four: str) -> str:
    """Return the stored query of a view; empty where the id is the data set's own. Raises NotFound where it hides."""
    return "" if four_by_four == id_of(city, dataset) else view(city.id, four_by_four).soql


def data_set_of(four_by_four: str, *, jurisdiction_id: str = "") -> tuple[City, DataSet]:
    """Return the data set that a view is of, of one city or of whichever has the view. Raises NotFound."""
    ids = [jurisdiction_id] if jurisdiction_id else [row.id for row in catalog.jurisdictions() if not row.sandbox]
    for each in ids:
        with walls.inside(each):
            if SavedView.objects.filter(jurisdiction_id=each, view_id=four_by_four).exists():
                found = catalog.city(each)
                return found, registry.of_code(found, view(each, four_by_four).dataset)
    raise NotFound(registry.NO_SUCH, id=four_by_four[:40])


def listed(jurisdiction_id: str, *, limit: int = 50) -> Sequence[View]:
    """Return the views that the city shows to everybody, most opened first."""
    rows = SavedView.objects.filter(jurisdiction_id=jurisdiction_id, listed_at__isnull=False, hidden_at=None)
    return [_seen(row) for row in rows.order_by("-opened", "view_id")[:limit]]


def all_of(jurisdiction_id: str, *, limit: int = 500) -> Sequence[View]:
    """Return all views of a city, newest first, for those who judge them."""
    rows = SavedView.objects.filter(jurisdiction_id=jurisdiction_id).order_by("-saved_at", "view_id")
    return [_seen(row) for row in rows[:limit]]


def _seen(row: SavedView) -> View:
    return View(
        id=row.view_id, dataset=row.dataset, name=row.name, about=row.about, saved_by=row.saved_by, soql=row.soql,
        address=row.address, saved_at=row.saved_at, saved_in=row.saved_in, opened=row.opened,
        is_listed=row.listed_at is not None, hidden_because=row.hidden_because,
    )  # fmt: skip
