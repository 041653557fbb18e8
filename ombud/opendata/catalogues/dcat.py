"""The catalogue as DCAT-US has it: 1.1, which most harvesters read, and 3.0."""

from collections.abc import Sequence
from typing import Any

from ombud.opendata.catalogues.entry import Entry, Publisher
from ombud.opendata.rules.values import number_text

V1_SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
V3_SCHEMA = "https://resources.data.gov/dcat-us/3.0.0"


def v1(entries: Sequence[Entry], *, address: str) -> dict[str, Any]:
    """Return the catalogue as DCAT-US 1.1. `address` is its own."""
    return {
        "@context": f"{V1_SCHEMA}/catalog.jsonld",
        "@id": address,
        "@type": "dcat:Catalog",
        "conformsTo": V1_SCHEMA,
        "describedBy": f"{V1_SCHEMA}/catalog.json",
        "dataset": [_v1_dataset(entry) for entry in entries],
    }


def _v1_dataset(entry: Entry) -> dict[str, Any]:
    publisher = entry.publisher
    files = [
        {
            "@type": "dcat:Distribution",
            "title": title,
            "format": title,
            "mediaType": media_type,
            "downloadURL": entry.download(suffix),
        }
        for suffix, title, media_type in entry.downloads
    ]
    apis = [
        {"@type": "dcat:Distribution", "title": title, "format": "API", "accessURL": url, "conformsTo": standard}
        for title, url, standard in entry.apis
    ]
    told: dict[str, Any] = {
        "@type": "dcat:Dataset",
        "identifier": entry.base,
        "title": entry.title,
        "description": entry.about,
        "keyword": list(entry.keywords) or ["311"],
        "issued": entry.first_at.isoformat(),
        "modified": entry.at.isoformat(),
        "accrualPeriodicity": "R/PT1S",
        "publisher": {"@type": "org:Organization", "name": publisher.name},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": publisher.contact_name,
            "hasEmail": f"mailto:{publisher.contact_email}",
        },
        "accessLevel": "public",
        "landingPage": f"{entry.base}/",
        "describedBy": entry.dictionary[0],
        "describedByType": entry.dictionary[1],
        "distribution": files + apis,
    }
    if publisher.license_url:
        told["license"] = publisher.license_url
    if entry.box:
        told["spatial"] = ",".join(number_text(end) or "" for end in entry.box)
    if entry.since and entry.until:
        told["temporal"] = f"{entry.since.isoformat()}/{entry.until.isoformat()}"
    return told


def v3(entries: Sequence[Entry], *, address: str) -> dict[str, Any]:
    """Return the catalogue as DCAT-US 3.0."""
    return {
        "@context": f"{V3_SCHEMA}/context.jsonld",
        "@id": address,
        "@type": "Catalog",
        "conformsTo": {"@type": "Standard", "@id": V3_SCHEMA, "title": "DCAT-US 3.0"},
        "dataset": [_v3_dataset(entry) for entry in entries],
        "service": [
            {
                "@type": "DataService",
                "@id": url,
                "title": f"{entry.title}: {title}",
                "endpointURL": [url],
                "publisher": _organisation(entry.publisher),
                "contactPoint": [_contact(entry.publisher)],
                "conformsTo": [{"@type": "Standard", "@id": standard, "title": title}],
                "servesDataset": [_short(entry)],
            }
            for entry in entries
            for title, url, standard in entry.apis
        ],
    }


def _short(entry: Entry) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "@id": entry.base,
        "title": entry.title,
        "description": entry.about,
        "identifier": _identifier(entry),
        "publisher": _organisation(entry.publisher),
        "contactPoint": [_contact(entry.publisher)],
    }


def _v3_dataset(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {
        **_short(entry),
        "keyword": list(entry.keywords) or ["311"],
        "issued": entry.first_at.isoformat(),
        "modified": entry.at.isoformat(),
        "version": str(entry.version),
        "versionNotes": entry.notes,
        "accessRights": "public",
        "landingPage": {"@type": "Document", "title": entry.title, "accessURL": f"{entry.base}/"},
        "describedBy": {
            "@type": "Distribution",
            "title": "Columns",
            "downloadURL": entry.dictionary[0],
            "mediaType": entry.dictionary[1],
        },
        "distribution": [
            {
                "@type": "Distribution",
                "@id": entry.download(suffix),
                "title": title,
                "format": title,
                "mediaType": media_type,
                "downloadURL": entry.download(suffix),
            }
            for suffix, title, media_type in entry.downloads
        ],
    }
    if entry.previous:
        told["previousVersion"] = f"{entry.base}/manifest.json?version={entry.previous}"
    if entry.publisher.license_url:
        told["license"] = entry.publisher.license_url
    if entry.box:
        told["spatial"] = [{"@type": "Location", "bbox": _wkt(entry.box)}]
    if entry.since and entry.until:
        span = {"startDate": entry.since.isoformat(), "endDate": entry.until.isoformat()}
        told["temporal"] = [{"@type": "PeriodOfTime", **span}]
    return told


def _identifier(entry: Entry) -> dict[str, str]:
    return {"@type": "Identifier", "notation": entry.base}


def _organisation(publisher: Publisher) -> dict[str, str]:
    return {"@type": "Organization", "name": publisher.name}


def _contact(publisher: Publisher) -> dict[str, str]:
    return {"@type": "Kind", "fn": publisher.contact_name, "hasEmail": f"mailto:{publisher.contact_email}"}


def _wkt(box: tuple[float, float, float, float]) -> str:
    west, south, east, north = (number_text(end) for end in box)
    return f"POLYGON (({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
