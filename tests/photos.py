"""Photos on their way to the public, as tests need them: searched already, and let through."""

from collections.abc import Sequence
from datetime import UTC, datetime

from PIL import Image

from ombud.catalog.models import Jurisdiction
from ombud.intake.photos import store_photo
from ombud.kernel import clock
from ombud.opendata.photos.ports import Found
from ombud.service_requests.commands import photos
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.rules.photo_boxes import Box, Looked
from ombud.service_requests.timeline import SYSTEM, Actor
from tests.street import jpeg_of


def finds_nothing(jpeg: bytes, /) -> Found:
    """Search as quickly as can be; only tests of the search itself wait for the real one."""
    return Found((), "nobody")


def rule(city_id: str, service: str, photos: str) -> None:
    """Have a city say who lets photos of a service through."""
    row = Jurisdiction.objects.get(pk=city_id)
    row.settings = {**row.settings, "publishing": {"services": {service: {"photos": photos}}}}
    row.catalogue_version += 1
    row.catalogue_changed_at = datetime.now(UTC)
    row.save()


def stored(city_id: str, image: Image.Image | None = None) -> StoredPhoto:
    """Return a photo in the media store, small and grey unless told otherwise."""
    return store_photo(jpeg_of(image or Image.new("RGB", (64, 48), "grey")), city_id=city_id)


def searched(city_id: str, photo_id: int, *boxes: Box, looked: Looked = Looked.DONE) -> None:
    """Say what the search of a photo found."""
    photos.keep_looked(
        jurisdiction_id=city_id, photo_id=photo_id, looked=looked, boxes=boxes, detector="a test", at=clock.now()
    )


def let_through(city_id: str, photo_id: int, *, boxes: Sequence[Box] = (), actor: Actor = SYSTEM) -> None:
    """Have a photo searched and shown."""
    searched(city_id, photo_id, *boxes)
    photos.show(jurisdiction_id=city_id, photo_id=photo_id, shown=True, actor=actor, at=clock.now())
