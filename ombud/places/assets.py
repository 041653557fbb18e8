"""What the city looks after one by one: which lies near a point, and which one a number means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.db.models import F

from ombud.kernel.geo import LonLat, Metres, box_around, distance
from ombud.places.models import Asset, AssetLayer
from ombud.plumbing import visit


@dataclass(frozen=True, slots=True)
class AssetView:
    """One asset as others see it; `away` is how far it lies from the point that was asked about."""

    layer: str
    code: str
    point: LonLat
    owner: str
    attributes: Mapping[str, str]
    label: Mapping[str, str]
    away: Metres | None = None
    gone: str = ""

    @property
    def tag(self) -> str:
        """How a request names it: `lights:4711`."""
        return f"{self.layer}:{self.code}"

    def called(self, language: str) -> str:
        """Return what to call it: `Street light 4711`."""
        text = self.label.get(language) or self.label.get("en") or "{code}"
        for name, value in {**self.attributes, "code": self.code}.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


def asset_layers(jurisdiction_id: str) -> dict[str, AssetLayer]:
    """Return the layers of a city by code."""
    rows = AssetLayer.objects.filter(jurisdiction_id=jurisdiction_id).order_by("code")
    return visit.once(("asset_layers", jurisdiction_id), lambda: {row.code: row for row in rows})


def asset(jurisdiction_id: str, tag: str) -> AssetView | None:
    """Return the asset of a tag such as `lights:4711`, also one that is gone; None where there never was one."""
    layer, _, code = tag.replace("\x00", "").partition(":")
    rows = Asset.objects.filter(jurisdiction_id=jurisdiction_id, layer__code=layer, code=code)
    row = rows.select_related("layer").first()
    return _view(row, row.layer) if row else None


def nearest_assets(
    jurisdiction_id: str, layer: str, point: LonLat, *, within: Metres, limit: int = 6
) -> list[AssetView]:
    """Return the assets of a layer within a distance along the ground, nearest first; those that are gone left out."""
    found = asset_layers(jurisdiction_id).get(layer)
    if found is None:
        return []
    low, high = box_around(point, within)
    # A degree of longitude is that much shorter than one of latitude.
    shrunk = cos(radians(point.lat))
    east, north = F("lon") - point.lon, F("lat") - point.lat
    rows = (
        Asset.objects.filter(
            jurisdiction_id=jurisdiction_id,
            layer=found,
            gone="",
            lon__range=(low.lon, high.lon),
            lat__range=(low.lat, high.lat),
        )
        .annotate(squared=east * east * shrunk * shrunk + north * north)
        .order_by("squared", "code")
    )
    views = [_view(row, found, distance(point, LonLat(row.lon, row.lat))) for row in rows[: limit * 2]]
    return [view for view in views if view.away is not None and view.away <= within][:limit]


def _view(row: Asset, layer: AssetLayer, away: Metres | None = None) -> AssetView:
    attributes: dict[str, Any] = row.attributes
    point = LonLat(row.lon, row.lat)
    return AssetView(layer.code, row.code, point, row.owner, attributes, layer.label, away, row.gone)


def of_tags(jurisdiction_id: str, tags: Sequence[str]) -> dict[str, AssetView]:
    """Return the assets of many tags at once, by tag."""
    wanted = {tag for tag in tags if tag}
    codes = {tag.partition(":")[2] for tag in wanted}
    rows = Asset.objects.filter(jurisdiction_id=jurisdiction_id, code__in=codes).select_related("layer")
    views = (_view(row, row.layer) for row in rows)
    return {view.tag: view for view in views if view.tag in wanted}
