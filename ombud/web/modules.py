"""Which of our JavaScript modules is served where: the import map of every page."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

STATIC = Path(__file__).parent / "static"
# What is heavy and fetched only where there is a map.
NAMED = {
    "maplibre-gl": "vendor/maplibre-gl/maplibre-gl.mjs",
    "maplibre-gl/worker": "vendor/maplibre-gl/maplibre-gl-worker.mjs",
    "map.css": "css/map.css",
}


@cache
def import_map() -> str:
    """
    Return the import map as JSON.

    Modules import each other by relative path, which Node and a bare checkout understand. Served files
    carry a hash in their name, so the map leads from each plain path to the hashed one.
    """
    names = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("js/**/*.js"))
    imports = {f"{settings.STATIC_URL}{name}": static(name) for name in names}
    imports = {plain: served for plain, served in imports.items() if plain != served}
    return json.dumps({"imports": imports | {name: static(path) for name, path in NAMED.items()}})
