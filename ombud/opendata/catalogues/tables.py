"""The dictionary of columns as others read it: Frictionless Table Schema and CSVW."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ombud.opendata.catalogues.entry import Entry
from ombud.opendata.export.forms import Suffix
from ombud.opendata.export.store import Kept
from ombud.opendata.rules.columns import Column, Kind

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_FRICTIONLESS: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.CALENDAR_DATE: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%f"},
    Kind.FIXED_TIMESTAMP: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    Kind.CHECKBOX: {"type": "boolean"},
    # Well-known text, for which neither has a type.
    Kind.POINT: {"type": "string"},
    Kind.MULTIPOLYGON: {"type": "string"},
}
_CSVW: dict[Kind, Any] = {
    Kind.TEXT: "string",
    Kind.NUMBER: "number",
    Kind.CALENDAR_DATE: {"base": "dateTime", "format": "yyyy-MM-ddTHH:mm:ss.SSS"},
    Kind.FIXED_TIMESTAMP: {"base": "dateTimeStamp"},
    Kind.CHECKBOX: {"base": "boolean", "format": "true|false"},
    Kind.POINT: "string",
    Kind.MULTIPOLYGON: "string",
}

Word = Callable[[str], str]


def package(
    entries: Sequence[Entry], *, name: str, title: str, word: Word, made: Mapping[str, Kept | None]
) -> dict[str, Any]:
    """
    Return a Data Package (v2) with the CSV of each data set, pinned to its version.

    `made` has the downloads that have been made already, by the ids of the data sets: their bytes and hashes are told.
    """
    publisher = entries[0].publisher if entries else None
    told: dict[str, Any] = {
        "$schema": PROFILE,
        "name": name,
        "title": title,
        "version": ".".join(str(entry.version) for entry in entries) or "0",
        "resources": [_resource(entry, word, made.get(entry.id)) for entry in entries],
    }
    if entries and publisher:
        told["id"] = entries[0].base if len(entries) == 1 else publisher.home
        told["created"] = max(entry.at for entry in entries).isoformat()
        told["contributors"] = [{"title": one, "roles": ["publisher"]} for one in _publishers(entries)]
        told["sources"] = [{"title": entry.title, "path": entry.base} for entry in entries]
    if publisher and publisher.license_url:
        told["licenses"] = [{"title": publisher.license_name or publisher.license_url, "path": publisher.license_url}]
    return told


def _publishers(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.publisher.name for entry in entries))


def _resource(entry: Entry, word: Word, made: Kept | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": entry.name,
        "type": "table",
        "title": entry.title,
        "description": entry.about,
        "path": entry.download(Suffix.CSV, pinned=True),
        "scheme": "https" if entry.base.startswith("https") else "http",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column, word) for column in entry.columns],
            "primaryKey": [":id"],
            "missingValues": [""],
        },
    }
    if made:
        told |= {"bytes": made.size, "hash": f"sha256:{made.sha256}"}
    return told


def _field(column: Column, word: Word) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, **_FRICTIONLESS[column.kind], "title": word(column.title)}
    if about := _about(column, word):
        told["description"] = about
    constraints: dict[str, Any] = {"required": True, "unique": True} if column.name == ":id" else {}
    if column.values:
        constraints["enum"] = [value for value, _ in column.values]
    return {**told, "constraints": constraints} if constraints else told


def csvw_group(entries: Sequence[Entry], *, word: Word, language: str) -> dict[str, Any]:
    """Return CSVW metadata of the CSVs of several data sets."""
    tables = [{k: v for k, v in csvw(one, word=word, language=language).items() if k != "@context"} for one in entries]
    return {"@context": _context(language), "@type": "TableGroup", "tables": tables}


def _context(language: str) -> list[Any]:
    return ["http://www.w3.org/ns/csvw", {"@language": language}]


def csvw(entry: Entry, *, word: Word, language: str) -> dict[str, Any]:
    """Return CSVW metadata of the CSV of a data set at its version."""
    columns = []
    for column in entry.columns:
        # A name of CSVW begins with neither a colon nor a low line.
        told = {"name": column.name.replace(":", "system_"), "titles": column.name, "datatype": _CSVW[column.kind]}
        told["dc:title"] = word(column.title)
        if about := _about(column, word):
            told["dc:description"] = about
        columns.append(told | ({"required": True} if column.name == ":id" else {}))
    return {
        "@context": _context(language),
        "@type": "Table",
        "url": entry.download(Suffix.CSV, pinned=True),
        "dc:title": entry.title,
        "dc:description": entry.about,
        "dc:publisher": entry.publisher.name,
        "dc:modified": {"@value": entry.at.isoformat(), "@type": "xsd:dateTime"},
        "dialect": {"header": True, "delimiter": ",", "encoding": "utf-8", "lineTerminators": ["\n"]},
        "tableSchema": {"columns": columns, "primaryKey": "system_id"},
    }


def _about(column: Column, word: Word) -> str:
    unit = f" ({word(column.unit)})" if column.unit else ""
    values = "".join(f" {value}: {word(meaning)}" for value, meaning in column.values)
    return f"{word(column.meaning)}{unit}{values}".strip()
