"""The only writes to places: load boundaries and addresses."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from shapely import make_valid
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import folded
from ombud.places.models import Address, Boundary, BoundaryLayer


def load_boundaries(folder: Path, *, jurisdiction_id: str, at: datetime) -> int:
    """
    Load every layer that `boundaries.yaml` lists and return the number of areas.

    A layer and vintage loaded before is replaced. The newest vintage of a layer is the current one.
    """
    listed = yaml_files.read(folder / "boundaries.yaml")
    listed = listed["layers"] if isinstance(listed, dict) else listed
    newest = {entry["layer"]: max(e["vintage"] for e in listed if e["layer"] == entry["layer"]) for entry in listed}
    count = 0
    with transaction.atomic():
        for entry in listed:
            current = entry.get("current", entry["vintage"] == newest[entry["layer"]])
            count += _load_layer(folder, entry, jurisdiction_id=jurisdiction_id, current=current, at=at)
    return count


def _load_layer(folder: Path, entry: Mapping[str, Any], *, jurisdiction_id: str, current: bool, at: datetime) -> int:
    layer, _ = BoundaryLayer.objects.update_or_create(
        jurisdiction_id=jurisdiction_id,
        code=entry["layer"],
        vintage=str(entry["vintage"]),
        defaults={
            "name": entry["name"],
            "label": entry["label"],
            "current": current,
            "source": entry.get("source", ""),
            "licence": entry.get("licence", ""),
            "loaded_at": at,
            "population_year": entry.get("population", {}).get("year"),
            "population_source": entry.get("population", {}).get("source", ""),
        },
    )
    path = folder / entry["file"]
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    features = json.loads(raw)["features"]
    layer.areas.all().delete()
    areas = [_boundary(layer, entry, feature, path) for feature in features]
    if told := entry.get("population"):
        _people(areas, folder / told["file"])
    Boundary.objects.bulk_create(areas)
    return len(features)


def _people(areas: Sequence[Boundary], path: Path) -> None:
    """Put in how many live in each area, from a file with the columns `code` and `population`. Raises BadInput."""
    known = {area.code: area for area in areas}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code, told = row.get("code") or "", row.get("population") or ""
            if code not in known or not told.isdecimal():
                raise BadInput(
                    N_("%(file)s: %(what)s is not a population of an area"), file=path.name, what=f"{code}, {told}"
                )
            known[code].population = int(told)


def _boundary(layer: BoundaryLayer, entry: Mapping[str, Any], feature: Mapping[str, Any], path: Path) -> Boundary:
    properties = feature["properties"]
    try:
        geometry = mapping(make_valid(shape(feature["geometry"])))
    except (ShapelyError, ValueError, TypeError, AttributeError) as broken:
        raise BadInput(
            N_("%(file)s has a shape that cannot be read: %(why)s"), file=path.name, why=str(broken)
        ) from None
    return Boundary(
        jurisdiction_id=layer.jurisdiction_id,
        layer=layer,
        code=str(properties[entry["id_property"]]),
        name=str(properties[entry.get("name_property", entry["id_property"])]),
        geometry=geometry,
    )


def add_addresses(found: Iterable[tuple[str, LonLat]], *, jurisdiction_id: str) -> int:
    """Add addresses that can be found from now on; ones already known stay as they are. Returns how many came."""
    rows = {folded(label): (label, point) for label, point in found if label}
    before = Address.objects.in_city(jurisdiction_id).count()
    with transaction.atomic():
        Address.objects.bulk_create(
            (
                Address(jurisdiction_id=jurisdiction_id, label=label[:200], folded=key[:200], lon=p.lon, lat=p.lat)
                for key, (label, p) in rows.items()
            ),
            ignore_conflicts=True,
            batch_size=2000,
        )
        Address.objects.in_city(jurisdiction_id).filter(words=None).update(
            words=SearchVector("folded", config="simple")
        )
    return Address.objects.in_city(jurisdiction_id).count() - before
