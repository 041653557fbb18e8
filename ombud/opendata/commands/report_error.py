"""A request says that a row of the record is wrong: which row is kept beside it."""

from datetime import datetime

from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.opendata.datasets import registry
from ombud.opendata.models import ErrorReport
from ombud.service_requests import queries as requests


def keep(*, city: City, report_id: int, said: str, number: str, at: datetime) -> None:
    """
    Keep which row a request is about; in the transaction that keeps the request.

    `said` is `Meant.written`, read before; saying it again changes nothing. `number` is the request that the row names.
    """
    dataset_id, version, row_id = said.split(" ", 2)
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=city.id)
    try:
        about_id = requests.by_number(city.id, number).pk if number else None
    except NotFound:  # a row of another system's past
        about_id = None
    ErrorReport.objects.get_or_create(
        report_id=report_id,
        defaults={
            "jurisdiction_id": city.id,
            "dataset": dataset.code,
            "version": int(version),
            "row_id": row_id,
            "about_id": about_id,
            "at": at,
        },
    )
