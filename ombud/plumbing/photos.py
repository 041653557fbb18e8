"""
Photos as they come from phones: judged by their bytes, turned upright, and copied without a word about where.

JPEG, PNG, WebP, HEIC and still GIF are taken. The name and the type a browser claims are never asked. The
original stays as it was received, for those who may see it; what the public sees is painted anew, so that
nothing but the picture comes along.
"""

import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import pillow_heif
from PIL import Image, ImageCms

from ombud.kernel.errors import N_, OmbudError
from ombud.plumbing import photo_exif

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)

PUBLIC_SIDE = 1600
THUMB_SIDE = 400
QUALITY = 82
# A progressive JPEG paints itself in passes, ten as a rule. Each costs time by the size of the picture and
# may cost its maker twenty bytes, so that a small file could keep a processor busy for days.
MOST_SCANS = 100
# A picture of 49 million pixels takes 120 MB to unpack as JPEG, 400 as HEIC and 800 as WebP: of the large ones
# a process unpacks one at a time, of all of them two, and the others wait.
LARGE_PIXELS = 16_000_000
_unpacking = threading.BoundedSemaphore(2)
_unpacking_large = threading.Lock()

MARKER = re.compile(rb"\xff+[^\x00\xff]", re.DOTALL)
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xDA)))
LYING = (5, 6, 7, 8)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
PROGRAM = re.compile(rb"<\?php|<script|<html|<iframe", re.IGNORECASE)


class PhotoRefused(OmbudError):
    """A file that is not taken as a photo; the message tells the person what to do."""


@dataclass(frozen=True, slots=True)
class Photo:
    """
    A photo taken in.

    `original` is what was received, of type `content_type`, with `sha256` in hexadecimal. The two JPEGs are
    sRGB without metadata, 1600 and 400 pixels on the longer side at most. `width` and `height` are the
    original's in pixels, upright. `position` is (longitude, latitude), WGS84; `taken_at` is UTC.
    """

    original: bytes
    content_type: str
    sha256: str
    public_jpeg: bytes
    thumb_jpeg: bytes
    width: int
    height: int
    position: tuple[float, float] | None
    taken_at: datetime | None


def read_photo(data: bytes | IO[bytes], *, max_bytes: int, max_pixels: int = 50_000_000) -> Photo:
    """
    Read a photo from its bytes, or from a file of which at most `max_bytes` and one more are read.

    Raise PhotoRefused, and nothing else whatever the bytes are, when it is not a photo, is damaged, moves,
    hides another file, or is larger than `max_bytes` or `max_pixels` (width times height).
    """
    content = bytes(data) if isinstance(data, bytes | bytearray | memoryview) else data.read(max_bytes + 1)
    _check_size(content, max_bytes)
    kind = kind_of(content)
    _check_for_stowaways(content, kind)
    with _unpacking, _trusting_nothing(max_pixels):
        image = _opened(content, kind, max_pixels)
        exif = photo_exif.read(image)
        turn = photo_exif.orientation(exif)
        width, height = image.size[::-1] if turn in LYING else image.size
        with _unpacking_large if width * height > LARGE_PIXELS else nullcontext():
            public = _painted_anew(image, turn)
    return Photo(
        original=content,
        content_type=f"image/{kind.lower()}",
        sha256=hashlib.sha256(content).hexdigest(),
        public_jpeg=jpeg(public),
        thumb_jpeg=jpeg(fitted(public, THUMB_SIDE)),
        width=width,
        height=height,
        position=photo_exif.position(exif),
        taken_at=photo_exif.taken_at(exif),
    )


def kind_of(content: bytes) -> str:
    """Return the format that the first bytes show: JPEG, PNG, GIF, WEBP or HEIF. Raise PhotoRefused for others."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        length = int.from_bytes(content[:4], "big")
        if HEIF_BRANDS & {content[at : at + 4] for at in (8, *range(16, min(length, 256), 4))}:
            return "HEIF"
        raise PhotoRefused(N_("This looks like a video. Send a photo instead."))
    raise PhotoRefused(N_("This file is not a photo we can read. Send a JPEG, PNG, WebP or HEIC photo."))


def _check_size(content: bytes, max_bytes: int) -> None:
    if not content:
        raise PhotoRefused(N_("This file is empty. Choose the photo again."))
    if len(content) > max_bytes:
        raise PhotoRefused(
            N_("This photo is larger than %(megabytes)s MB. Send a smaller one."),
            megabytes=max(1, max_bytes // (1024 * 1024)),
        )


def _check_for_stowaways(content: bytes, kind: str) -> None:
    # A file can be a picture and an archive, a page or a program at once. A film behind the picture is
    # common (phones keep the seconds before it there) and harmless, as it stays with the original.
    ends = content[: 64 * 1024] + content[-64 * 1024 :]
    if PROGRAM.search(ends) or b"%PDF-" in content[:1024] or zipfile.is_zipfile(io.BytesIO(content)):
        raise PhotoRefused(N_("Another file is hidden in this photo. Send a plain photo, or a picture of your screen."))
    if kind == "JPEG" and scans_in(content) > MOST_SCANS:
        raise _damaged()


def scans_in(content: bytes) -> int:
    """Return the number of passes in which the first picture of a JPEG paints itself; 101 stands for more."""
    scans, at = 0, 2
    while scans <= MOST_SCANS and (marker := MARKER.search(content, at)):
        at = marker.end()
        code = content[at - 1]
        if code == 0xD9:  # the end of the picture
            break
        if code not in WITHOUT_LENGTH:
            at += int.from_bytes(content[at : at + 2], "big")
        scans += code == 0xDA
    return scans


def _opened(content: bytes, kind: str, max_pixels: int) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=(kind,))
    if image.width * image.height > max_pixels:
        raise _too_many_pixels(max_pixels)
    # An iPhone's second picture of the same scene, or its burst, is not a film: the first one counts.
    if kind in ("GIF", "PNG", "WEBP") and getattr(image, "is_animated", False):
        raise PhotoRefused(N_("This picture moves. Send one that stands still."))
    return image


def _painted_anew(image: Image.Image, turn: int) -> Image.Image:
    """Return the picture in sRGB, upright, 1600 pixels on the longer side at most, with nothing attached."""
    profile = image.info.get("icc_profile")
    image.draft(None, (PUBLIC_SIDE, PUBLIC_SIDE))  # a JPEG need not be unpacked larger than twice this
    small = _on_white(fitted(_plain(image), PUBLIC_SIDE))
    small = _in_srgb(small, profile)
    fresh = Image.new("RGB", small.size)
    fresh.paste(small)
    return fresh.transpose(TURNS[turn]) if turn in TURNS else fresh


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in one of the modes that can be made smaller well."""
    if image.mode in ("RGB", "RGBA", "L", "CMYK"):
        return image
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    return image.convert("RGBA")


def fitted(image: Image.Image, side: int) -> Image.Image:
    """Return the picture so small that its longer side has so many pixels; a smaller one as it is."""
    scale = side / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            turned = None  # a profile that does not fit its picture: the colours as they are
        if turned is not None:
            return turned
    return image.convert("RGB")


def jpeg(image: Image.Image) -> bytes:
    """Return the picture as a JPEG with nothing attached."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return file.getvalue()


@contextmanager
def _trusting_nothing(max_pixels: int) -> Iterator[None]:
    """Turn whatever a decoder raises into a refusal."""
    try:
        yield
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_many_pixels(max_pixels) from bomb
    except Exception as damage:  # a decoder fed with anything raises anything
        raise _damaged() from damage


def _too_many_pixels(max_pixels: int) -> PhotoRefused:
    return PhotoRefused(
        N_("This photo has more than %(millions)s million pixels. Send a smaller one."),
        millions=max(1, max_pixels // 1_000_000),
    )


def _damaged() -> PhotoRefused:
    return PhotoRefused(N_("This photo is damaged or incomplete. Take it again, or choose another one."))
