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
    def dictionary(self) -> tuple[str, str]:
        """The address that tells of its columns, and the media type of that."""
        return f"{self.base}/rows.csv-metadata.json", "application/csvm+json"

    @property
    def notes(self) -> str:
        """What there is to say of the version."""
        return f"{self.rows} rows, sha256:{self.sha256}, privacy rules {self.rule_set}"

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


@dataclass(frozen=True, slots=True)
class ViewEntry(Entry):
    """A saved view that the city lists: a query of a data set, with a page and an interface of its own."""

    @property
    def name(self) -> str:
        """A name of its own among those of all cities."""
        return f"{self.publisher.id}-view-{self.id}".replace("_", "-").lower()

    @property
    def base(self) -> str:
        """The address of its page, without a slash at its end."""
        return f"{self.publisher.home}/data/views/{self.id}"

    def download(self, suffix: Suffix, *, pinned: bool = False) -> str:
        """Return the address of its rows, of the newest version or of this one."""
        return f"{self.publisher.home}/resource/{self.id}.{suffix}{f'?$$asof={self.version}' if pinned else ''}"

    @property
    def downloads(self) -> list[tuple[Suffix, str, str]]:
        """Its rows as CSV, with what that is called and its media type."""
        return [(Suffix.CSV, TITLES[Suffix.CSV], MEDIA_TYPES[Suffix.CSV].partition(";")[0])]

    @property
    def dictionary(self) -> tuple[str, str]:
        """The address that tells of its columns, and the media type of that."""
        return f"{self.publisher.home}/api/views/{self.id}.json", "application/json"

    @property
    def notes(self) -> str:
        """Say of which version of which data set it is."""
        return f"A query of version {self.version} of {self.code}"

    @property
    def apis(self) -> list[tuple[str, str, str]]:
        """Its interface: what it is called, its address, and the address of its standard."""
        return [("SODA 2.1", f"{self.publisher.home}/resource/{self.id}.json", "https://dev.socrata.com/")]
