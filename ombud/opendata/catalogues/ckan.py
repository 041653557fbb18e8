"""The catalogue as CKAN's Action API tells it."""

from typing import Any

from ombud.opendata.catalogues.entry import Entry
from ombud.opendata.rules.columns import Column, Kind

# As PostgreSQL calls them, which is what tools for CKAN expect.
TYPES = {
    Kind.TEXT: "text",
    Kind.NUMBER: "numeric",
    Kind.CALENDAR_DATE: "timestamp",
    Kind.FIXED_TIMESTAMP: "timestamptz",
    Kind.CHECKBOX: "bool",
    Kind.POINT: "json",
    Kind.MULTIPOLYGON: "json",
}


def package(entry: Entry) -> dict[str, Any]:
    """Return a data set as a package. The CSV has the id of the data set, so that `datastore_search` takes either."""
    publisher = entry.publisher
    resources = [
        {
            "id": entry.id if title == "CSV" else f"{entry.id}-{suffix}",
            "package_id": entry.id,
            "name": title,
            "format": title,
            "mimetype": media_type,
            "url": entry.download(suffix),
            "datastore_active": title == "CSV",
            "last_modified": entry.at.isoformat(),
            "position": position,
        }
        for position, (suffix, title, media_type) in enumerate(entry.downloads)
    ]
    return {
        "id": entry.id,
        "name": entry.name,
        "title": entry.title,
        "notes": entry.about,
        "url": f"{entry.base}/",
        "version": str(entry.version),
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": True,
        "author": publisher.name,
        "maintainer": publisher.contact_name,
        "maintainer_email": publisher.contact_email,
        "license_title": publisher.license_name or None,
        "license_url": publisher.license_url or None,
        "metadata_created": entry.first_at.isoformat(),
        "metadata_modified": entry.at.isoformat(),
        "organization": {"id": publisher.id, "name": publisher.id, "title": publisher.name, "type": "organization"},
        "owner_org": publisher.id,
        "tags": [{"name": word, "display_name": word} for word in entry.keywords],
        "num_tags": len(entry.keywords),
        "resources": resources,
        "num_resources": len(resources),
        "extras": [{"key": "sha256", "value": entry.sha256}, {"key": "rule_set", "value": entry.rule_set}],
    }


def fields(columns: tuple[Column, ...]) -> list[dict[str, str]]:
    """Return columns as `datastore_search` lists them."""
    return [{"id": column.name, "type": TYPES[column.kind]} for column in columns]
