"""What every catalogue says of a data set, before it says it in its own words."""

from dataclasses import dataclass
from datetime import datetime

from ombud.opendata.export.forms import MEDIA_TYPES, Suffix
from ombud.opendata.rules.columns import Column

TITLES = {Suffix.CSV: "CSV", Suffix.GEOJSON: "GeoJSON", Suffix.PARQUET: "GeoParquet"}


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and whom to ask. `home` is the address of the city's pages, without a slash at its end."""

    id: str
    name: str
    home: str
    contact_name: str
    contact_email: str
    # Name and address of the licence, empty where the city has not said.
    license_name: str = ""
    license_url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A data set at one version. Texts are in the reader's language, `box` is west, south, east, north."""

    publisher: Publisher
    id: str
    code: str
    title: str
    about: str
    keywords: tuple[str, ...]
    columns: tuple[Column, ...]
    version: int
    # The version before it that is still kept, or 0.
    previous: int
    first_at: datetime
    at: datetime
    rows: int
    sha256: str
    rule_set: str
    box: tuple[float, float, float, float] | None
    # The first and the last time of its rows, with a zone.
    since: datetime | None
    until: datetime | None

    @property
    def name(self) -> str:
        """A name of its own among those of all cities."""
        return f"{self.publisher.id}-{self.code}".replace("_", "-").lower()

    @property
    def base(self) -> str:
        """The address under which everything of it lies."""
        return f"{self.publisher.home}/data/{self.id}"

    def download(self, suffix: Suffix, *, pinned: bool = False) -> str:
        """Return the address of a download of the newest version, or of this one."""
        return f"{self.base}/rows.{suffix}{f'?version={self.version}' if pinned else ''}"

    @property
    def downloads(self) -> list[tuple[Suffix, str, str]]:
        """Each download with what it is called and its media type, without parameters."""
        return [(suffix, TITLES[suffix], MEDIA_TYPES[suffix].partition(";")[0]) for suffix in Suffix]

    @property
    def apis(self) -> list[tuple[str, str, str]]:
        """Each interface: what it is called, its address, and the address of its standard."""
        return [
            ("SODA 2.1", f"{self.publisher.home}/resource/{self.id}.json", "https://dev.socrata.com/"),
            (
                "OGC API Features",
                f"{self.publisher.home}/ogc/collections/{self.code}/items",
                "http://www.opengis.net/spec/ogcapi-features-1/1.0",
            ),
        ]
