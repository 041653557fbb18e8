"""Take a photo in: judged by its content, turned upright, stripped, stored."""

from django.conf import settings

from ombud.kernel.geo import LonLat
from ombud.plumbing import media, photo_likeness, photos
from ombud.service_requests.commands.attach import StoredPhoto


def read_photos(many: list[bytes]) -> list[photos.Photo]:
    """Return the photos read. Raises PhotoRefused at the first that cannot be taken."""
    return [photos.read_photo(data, max_bytes=settings.OMBUD_PHOTO_MAX_BYTES) for data in many]


def keep_photo(photo: photos.Photo, *, city_id: str) -> StoredPhoto:
    """Store the original privately and the two copies without metadata, and return their keys."""
    store = media.MediaStore(city_id)
    return StoredPhoto(
        original_key=store.put("original", photo.original, photo.content_type),
        view_key=store.put("view", photo.public_jpeg, "image/jpeg"),
        thumb_key=store.put("thumb", photo.thumb_jpeg, "image/jpeg"),
        width=photo.width,
        height=photo.height,
        sha256=photo.sha256,
        likeness=photo_likeness.fingerprint(photo.thumb_jpeg),
    )


def store_photo(data: bytes, *, city_id: str) -> StoredPhoto:
    """Read and store one photo. Raises PhotoRefused."""
    return keep_photo(read_photos([data])[0], city_id=city_id)


def position_of(read: list[photos.Photo]) -> LonLat | None:
    """Return where the first photo that tells it was taken: offered as the place, never taken unasked."""
    return next((LonLat(*photo.position) for photo in read if photo.position), None)
