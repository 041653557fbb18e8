"""The formats that there are."""

from enum import StrEnum


class Format(StrEnum):
    """What an answer is written in; the value is the ending of its address."""

    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"

    @property
    def content_type(self) -> str:
        """As clients of SODA expect it."""
        return {
            Format.JSON: "application/json;charset=utf-8",
            Format.CSV: "text/csv; charset=utf-8",
            Format.GEOJSON: "application/vnd.geo+json;charset=utf-8",
        }[self]
