"""What lies near a report: the assets it may mean, and whose they are."""

from typing import Any

from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.kernel.geo import Metres
from ombud.kernel.texts import cleaned
from ombud.places import assets as places_assets
from ombud.places.assets import AssetView
from ombud.web.resident.drafts import Draft

NEAR = Metres(80)
OFFERED = 6


def near(city: City, draft: Draft) -> list[AssetView]:
    """Return the assets that a report may mean, nearest first."""
    layer = city.service(draft.service).asset_layer
    if not layer or draft.point is None:
        return []
    return places_assets.nearest_assets(city.id, layer, draft.point, within=NEAR, limit=OFFERED)


def offers(city: City, draft: Draft) -> bool:
    """Whether there is something to choose from."""
    return bool(near(city, draft))


def by_number(city: City, draft: Draft, typed: str) -> AssetView | None:
    """Return the asset that has the number typed, None where there is none today."""
    layer = city.service(draft.service).asset_layer
    number = cleaned(typed)[:60]
    found = places_assets.asset(city.id, f"{layer}:{number}") if layer and number else None
    return found if found and not found.gone else None


def body_of(city: City, chosen: AssetView | None) -> Any:
    """Return the outside body that owns an asset; None where the city's own agencies do, or nobody is known to."""
    if chosen is None or not chosen.owner:
        return None
    try:
        return city.body(chosen.owner)
    except NotFound:
        return None
