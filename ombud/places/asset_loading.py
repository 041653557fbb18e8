"""The only writes to assets: load layers from files. What a newer file does not know any more is marked as gone."""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput
from ombud.places.models import Asset, AssetLayer
from ombud.places.rules.asset_file import AssetRow, Mapped, Refused, missing_columns, read_mapping, read_rows

AT_ONCE = 2000
# A file with fewer of what was there is more likely cut off than right.
LEAST_SHARE = 0.5


@dataclass(slots=True)
class LoadedLayer:
    """What loading a layer did."""

    layer: str
    vintage: str
    loaded: int = 0
    new: int = 0
    gone: int = 0
    refused: list[Refused] = field(default_factory=list)


def load_assets(
    folder: Path, *, jurisdiction_id: str, at: datetime, dry_run: bool = False, shrinks: bool = False
) -> list[LoadedLayer]:
    """
    Load every layer that `assets.yaml` of a folder lists; all of it or nothing. Again is safe.

    Raises BadInput where a file cannot be read, lacks a column, or knows less than half of the assets that are there
    (unless it `shrinks` on purpose).
    """
    listed = folder / "assets.yaml"
    try:
        raw = yaml_files.read(listed)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as broken:
        raise BadInput(N_("%(file)s: %(why)s"), file=listed.name, why=str(broken)) from None
    mappings = [read_mapping(one, file=listed.name) for one in raw or ()]
    with transaction.atomic():
        loaded = [_load(folder, m, jurisdiction_id=jurisdiction_id, at=at, shrinks=shrinks) for m in mappings]
        if dry_run:
            transaction.set_rollback(True)
        return loaded


def _load(folder: Path, mapped: Mapped, *, jurisdiction_id: str, at: datetime, shrinks: bool) -> LoadedLayer:
    layer, _ = AssetLayer.objects.update_or_create(
        jurisdiction_id=jurisdiction_id,
        code=mapped.layer,
        defaults={
            "vintage": mapped.vintage,
            "name": mapped.name,
            "label": mapped.label,
            "source": mapped.source,
            "licence": mapped.licence,
            "loaded_at": at,
        },
    )
    standing = Asset.objects.filter(jurisdiction_id=jurisdiction_id, layer=layer)
    before, known = standing.filter(gone="").count(), standing.count()
    told = LoadedLayer(mapped.layer, mapped.vintage)
    fresh = (row for row in read_rows(mapped, _rows(folder / mapped.file, mapped)) if _is_asset(row, told))
    for rows in _chunks(fresh):
        Asset.objects.bulk_create(
            [
                Asset(
                    jurisdiction_id=jurisdiction_id,
                    layer=layer,
                    code=row.code,
                    lon=row.point.lon,
                    lat=row.point.lat,
                    owner=row.owner,
                    attributes=dict(row.attributes),
                    since=mapped.vintage,
                    loaded_at=at,
                )
                for row in rows
            ],
            update_conflicts=True,
            unique_fields=["layer", "code"],
            update_fields=["lon", "lat", "owner", "attributes", "gone", "loaded_at"],
        )
        told.loaded += len(rows)
    if told.loaded < before * LEAST_SHARE and not shrinks:
        raise BadInput(
            N_("%(file)s knows %(n)d of the %(before)d assets that are there. Say that it shrinks, if it does."),
            file=mapped.file,
            n=told.loaded,
            before=before,
        )
    told.new = standing.count() - known
    told.gone = standing.filter(gone="").exclude(loaded_at=at).update(gone=mapped.vintage)
    return told


def _is_asset(row: AssetRow | Refused, told: LoadedLayer) -> bool:
    if isinstance(row, Refused):
        told.refused.append(row)
        return False
    return True


def _chunks(rows: Iterator[Any]) -> Iterator[list[AssetRow]]:
    chunk: list[AssetRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _rows(path: Path, mapped: Mapped) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a CSV or GeoJSON file, packed or not."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError) as broken:
        raise BadInput(N_("%(file)s: %(why)s"), file=path.name, why=str(broken)) from None
    if ".csv" in path.suffixes:
        reader = csv.DictReader(io.StringIO(text))
        if missing := missing_columns(mapped, reader.fieldnames or ()):
            raise BadInput(N_("%(file)s has no column %(missing)s."), file=path.name, missing=", ".join(missing))
        yield from reader
        return
    try:
        features = json.loads(text)["features"]
        for feature in features:
            lon, lat = (feature.get("geometry") or {}).get("coordinates", (None, None))[:2]
            yield {**(feature.get("properties") or {}), "lon": lon, "lat": lat}
    except (ValueError, KeyError, TypeError) as broken:
        raise BadInput(N_("%(file)s: %(why)s"), file=path.name, why=f"no GeoJSON of points ({broken})") from None
