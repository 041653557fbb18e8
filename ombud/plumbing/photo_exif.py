"""
What a photo says of itself: which way is up, where and when it was taken.

Cameras and strangers write anything here. What does not make sense counts as not said; nothing raises.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

ORIENTATION = 0x0112
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
TAKEN, TAKEN_OFFSET = 0x9003, 0x9011
# Closer to 0° N 0° E than this is a receiver without a fix, not a boat off Ghana.
NO_FIX_DEGREES = 0.001


def read(image: Image.Image) -> Image.Exif:
    """Return what the photo says of itself; empty where it cannot be read."""
    try:
        exif = image.getexif()
        exif.get(ORIENTATION)  # parsed on the first look
    except Exception:  # a parser fed with anything raises anything
        return Image.Exif()
    return exif


def orientation(exif: Image.Exif) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where none is said."""
    said = exif.get(ORIENTATION)
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def position(exif: Image.Exif) -> tuple[float, float] | None:
    """Return (longitude, latitude) in degrees, WGS84, or None."""
    gps = _ifd(exif, GPS_IFD)
    datum = "".join(filter(str.isalnum, _text(gps.get(18)))).upper()
    if _text(gps.get(9)) == "V" or (datum and not datum.startswith("WGS")):
        return None  # the receiver said it had no fix, or measured from another globe
    latitude = _degrees(gps.get(2), _text(gps.get(1)), positive="N", negative="S", limit=90)
    longitude = _degrees(gps.get(4), _text(gps.get(3)), positive="E", negative="W", limit=180)
    if latitude is None or longitude is None:
        return None
    if abs(latitude) < NO_FIX_DEGREES and abs(longitude) < NO_FIX_DEGREES:
        return None
    return longitude, latitude


def taken_at(exif: Image.Exif) -> datetime | None:
    """
    Return the instant it was taken, UTC, or None.

    Only where the photo tells the zone, or the satellites' own time: an hour on a clock is no instant.
    """
    camera = _ifd(exif, EXIF_IFD)
    try:
        local = datetime.strptime(_text(camera.get(TAKEN)) + _text(camera.get(TAKEN_OFFSET)), "%Y:%m:%d %H:%M:%S%z")
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return _satellite_time(_ifd(exif, GPS_IFD))


def _satellite_time(gps: Mapping[int, Any]) -> datetime | None:
    try:
        day = datetime.strptime(_text(gps.get(29)), "%Y:%m:%d").replace(tzinfo=UTC)
        hours, minutes, seconds = _three(gps.get(7))
        return day + timedelta(hours=hours, minutes=minutes, seconds=int(seconds))
    except (ValueError, OverflowError):
        return None


def _degrees(value: Any, side: str, *, positive: str, negative: str, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = _three(value)
    except ValueError:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if side not in (positive, negative) or not (0 <= minutes <= 60 and 0 <= seconds <= 60 and 0 <= total <= limit):
        return None
    return total if side == positive else -total


def _three(value: Any) -> tuple[float, float, float]:
    """Return three finite numbers, or raise ValueError."""
    try:
        first, second, third = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as wrong:
        raise ValueError(value) from wrong
    if not all(map(math.isfinite, (first, second, third))):
        raise ValueError(value)
    return first, second, third


def _text(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 \t\r\n") if isinstance(text, str) else ""


def _ifd(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(tag)
    except Exception:  # a parser fed with anything raises anything
        return {}
