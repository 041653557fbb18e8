"""Rows of the record that somebody says are wrong: which are meant, and the requests that say so."""

import re
from dataclasses import dataclass
from typing import Any

from ombud.catalog.city import City
from ombud.kernel.errors import N_, NotFound
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.models import ErrorReport
from ombud.service_requests import queries as requests

_ROW = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._|-]{0,79}")


@dataclass(frozen=True, slots=True)
class Meant:
    """A row of one version of a data set; `number` is the request that it is about, where it is about one."""

    dataset: DataSet
    dataset_id: str
    version: int
    row_id: str
    number: str = ""

    @property
    def written(self) -> str:
        """The same as a text: four-by-four, version, row."""
        return f"{self.dataset_id} {self.version} {self.row_id}"


def service_of(city: City) -> str:
    """Return the code of the service that takes reports of wrong records, if the city names one it offers."""
    code = str(city.settings.get("open_data", {}).get("report_service", ""))
    return code if code in city.services and code not in city.inactive else ""


def where(row_id: str) -> str:
    """Return what finds a row, in SoQL. Raises NotFound for what is no id of a row."""
    if not _ROW.fullmatch(row_id):
        raise NotFound(N_("There is no such record here."))
    return f"SELECT * WHERE :id = '{row_id}' LIMIT 1"


def meant(city: City, dataset: DataSet, snapshot: Snapshot, row: dict[str, Any], row_id: str) -> Meant:
    """Return the row that is meant, as it was found in a version."""
    return Meant(dataset, id_of(city, dataset), snapshot.version, row_id, str(row.get("service_request_id") or ""))


def about(city: City, report_id: int) -> Meant | None:
    """Return the row that a request says is wrong; None where it says nothing of the kind."""
    kept = ErrorReport.objects.filter(jurisdiction_id=city.id, report_id=report_id).first()
    if kept is None:
        return None
    dataset = registry.of_code(city, kept.dataset)
    number = requests.by_id(city.id, kept.about_id).number if kept.about_id else ""
    return Meant(dataset, id_of(city, dataset), kept.version, kept.row_id, number)


def reports_on(city: City, request_id: int) -> list[str]:
    """Return the numbers of the requests that say something is wrong in the record of this one, newest first."""
    kept = ErrorReport.objects.filter(jurisdiction_id=city.id, about_id=request_id).order_by("-at")
    return [requests.by_id(city.id, pk).number for pk in kept.values_list("report_id", flat=True)[:20]]
