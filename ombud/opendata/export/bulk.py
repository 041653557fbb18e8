"""The requests of a version as GeoReport Bulk: the one layout that all cities' 311 share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ombud.opendata.export import scan
from ombud.opendata.export.forms import Suffix
from ombud.opendata.export.lines import harmless, number, quoted, written
from ombud.opendata.lake.versions import Snapshot

COLUMNS = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
    "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
    "lat", "long",
)  # fmt: skip
# When it last changed, as Open311 means it: for a closed one, when it was closed.
_CHANGED = "greatest(requested_datetime, coalesce(closed_datetime, updated_datetime))"


@dataclass(frozen=True, slots=True)
class Names:
    """What agencies, outcomes and states are called in the city's language, by their codes."""

    agencies: Mapping[str, str]
    outcomes: Mapping[str, str]
    statuses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bulk:
    """
    A version as GeoReport Bulk. Instants are in UTC; `zone` is that of the city's times.

    What is not published, descriptions and the sentences of closings, stays empty. `names_hash` tells it from the
    same version with other names.
    """

    zone: str
    names: Names
    names_hash: str
    suffix: Suffix = Suffix.CSV

    @property
    def file_name(self) -> str:
        """What the file is called within its version."""
        return f"open311-{self.names_hash}.csv"

    def write(self, snapshot: Snapshot, target: Path) -> None:
        """Write the requests of a version to a file."""
        with target.open("wb") as file, scan.opened(snapshot) as connection:
            file.write((",".join(COLUMNS) + "\n").encode())
            for part in written(connection, (), f"concat({', chr(44), '.join(self._cells())}, chr(10))"):
                file.write(part)
                file.flush()

    def _cells(self) -> Iterator[str]:
        cells = {
            "service_request_id": "service_request_id",
            "requested_datetime": self._instant("requested_datetime"),
            "updated_datetime": self._instant(_CHANGED),
            "closed_date": self._instant("closed_datetime"),
            "status_description": "status",
            "status_notes": f"coalesce({_named('outcome', self.names.outcomes)},"
            f" {_named('status_detail', self.names.statuses)})",
            "source": "channel",
            "service_name": "service_name",
            "agency_responsible": f"coalesce({_named('agency_responsible', self.names.agencies)}, agency_responsible)",
            "address": "coalesce(address, printf('%.6f, %.6f', latitude, longitude))",
        }
        for name in COLUMNS:
            if name in ("lat", "long"):
                yield number(f"round({'latitude' if name == 'lat' else 'longitude'}, 6)")
            else:
                yield quoted(harmless(cells[name])) if name in cells else "''"

    def _instant(self, local: str) -> str:
        return f"strftime(timezone('{self.zone}', {local}), '%Y-%m-%dT%H:%M:%SZ')"


def _named(column: str, names: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {_literal(code)} THEN {_literal(called)}" for code, called in sorted(names.items()))
    return f"CASE {column} {cases} END" if cases else "NULL"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
