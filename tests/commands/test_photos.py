"""Photos as strangers send them: a photo comes out upright and mute, or a sentence says what to do."""

import hashlib
import io
import struct
import threading
import zipfile
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from ombud.plumbing import photo_exif, photos
from ombud.plumbing.photos import Photo, PhotoRefused

CANARY = "Ada-Lovelace-at-home"
MEGABYTE = 1024 * 1024
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
# Four fields of four colours: whichever way the picture is turned, one can tell.
RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 30), (30, 30, 220), (128, 128, 128)


def read(data: bytes, **options: int) -> Photo:
    return photos.read_photo(data, **{"max_bytes": 15 * MEGABYTE, **options})


def four_fields(width: int = 120, height: int = 80) -> Image.Image:
    image = Image.new("RGB", (width, height), GREY)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif_with(*, gps: dict[int, object] | None = None, camera: dict[int, object] | None = None, turn: int = 1) -> bytes:
    exif = Image.Exif()
    exif[photo_exif.ORIENTATION] = turn
    exif[0x010F] = exif[0x013B] = exif[0x9286] = CANARY
    exif.get_ifd(photo_exif.EXIF_IFD).update({0x9286: CANARY.encode(), **(camera or {})})
    exif.get_ifd(photo_exif.GPS_IFD).update(gps or {})
    return exif.tobytes()


def gps(
    latitude: tuple = (34.0, 3.0, 14.4), longitude: tuple = (118.0, 14.0, 37.32), **more: object
) -> dict[int, object]:
    said = {1: "N", 2: latitude, 3: "W", 4: longitude}
    return {**said, **{int(tag.removeprefix("tag")): value for tag, value in more.items()}}


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def nearest(pixel: tuple[int, ...]) -> tuple[int, int, int]:
    return min((RED, GREEN, BLUE, GREY), key=lambda colour: sum(abs(a - b) for a, b in zip(colour, pixel, strict=True)))


def corners(jpeg: bytes) -> list[tuple[int, int, int]]:
    image = opened(jpeg)
    left, right = image.width // 4, image.width * 3 // 4
    top, bottom = image.height // 4, image.height * 3 // 4
    return [nearest(image.getpixel(at)) for at in ((left, top), (right, top), (left, bottom), (right, bottom))]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_photo_comes_out_as_two_plain_jpegs(kind: str):
    data = saved(four_fields(2000, 1000), kind)
    photo = read(data)
    assert (photo.width, photo.height, photo.content_type) == (2000, 1000, f"image/{kind.lower()}")
    assert opened(photo.public_jpeg).size == (1600, 800)
    assert opened(photo.thumb_jpeg).size == (400, 200)
    assert (photo.original, photo.sha256) == (data, hashlib.sha256(data).hexdigest())
    assert corners(photo.public_jpeg) == corners(photo.thumb_jpeg) == [RED, GREEN, BLUE, GREY]


def test_a_small_photo_is_not_blown_up():
    assert opened(read(saved(four_fields(), "JPEG")).public_jpeg).size == (120, 80)


def test_a_photo_may_come_as_a_file():
    assert photos.read_photo(io.BytesIO(saved(four_fields(), "PNG")), max_bytes=MEGABYTE).width == 120


@pytest.mark.parametrize(("kind", "turn"), [*product(("JPEG", "PNG", "WEBP"), range(1, 9))])
def test_every_way_of_holding_the_phone_comes_out_upright(kind: str, turn: int):
    # What a camera does: it stores the scene turned, and says by the tag how to turn it back.
    back = {**photos.TURNS, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = four_fields().transpose(back[turn]) if turn > 1 else four_fields()
    photo = read(saved(stored, kind, exif=exif_with(turn=turn), quality=95))
    assert corners(photo.public_jpeg) == [RED, GREEN, BLUE, GREY]
    assert (photo.width, photo.height) == (120, 80) == opened(photo.public_jpeg).size


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_a_photo_that_says_its_turn_twice_is_turned_once(turn: int):
    # HEIC keeps the turn in the container as well; its decoder has turned the picture already.
    photo = read(saved(four_fields(), "HEIF", exif=exif_with(turn=turn)))
    assert (photo.width, photo.height) == opened(photo.public_jpeg).size
    assert {1: (120, 80), 3: (120, 80), 6: (80, 120), 8: (80, 120)}[turn] == (photo.width, photo.height)


def speaking(kind: str) -> bytes:
    """A photo that says a name in every place its format has."""
    exif = exif_with(gps=gps())
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>{CANARY}</dc:creator></x:xmpmeta>".encode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    icc = profile.replace(b"sRGB built-in", CANARY[:13].encode())
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    options: dict[str, dict[str, object]] = {
        "JPEG": {"exif": exif, "xmp": xmp, "icc_profile": icc, "comment": CANARY, "dpi": (300, 300)},
        "PNG": {"exif": exif, "pnginfo": text, "icc_profile": icc},
        "WEBP": {"exif": exif, "xmp": xmp, "icc_profile": icc},
        "GIF": {"comment": CANARY},
        "HEIF": {"exif": exif, "xmp": xmp},
    }
    data = saved(four_fields(), kind, **options[kind])
    if kind == "JPEG":  # a newsroom's own block, and a film behind the end
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20" + CANARY.encode()
        block = b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc
        data = data[:2] + block + data[2:] + b"\0\0\0\x18ftypmp42" + CANARY.encode()
    return data


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_the_picture_comes_along(kind: str):
    data = speaking(kind)
    assert CANARY.encode() in data
    photo = read(data)
    for copy in (photo.public_jpeg, photo.thumb_jpeg):
        assert CANARY[:8].encode() not in copy
        assert not opened(copy).getexif()
        assert {"exif", "icc_profile", "xmp", "comment", "dpi"}.isdisjoint(opened(copy).info)
        for sign in (b"Exif", b"http", b"xpacket", b"ICC_PROFILE", b"Photoshop", b"ftyp"):
            assert sign not in copy
    assert photo.original == data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_tells_where_and_when_it_was_taken(kind: str):
    camera = {photo_exif.TAKEN: "2026:03:02 17:30:00", photo_exif.TAKEN_OFFSET: "-08:00"}
    photo = read(saved(four_fields(), kind, exif=exif_with(gps=gps(), camera=camera)))
    assert photo.position == pytest.approx((-118.2437, 34.0540), abs=1e-4)
    assert photo.taken_at == datetime(2026, 3, 3, 1, 30, tzinfo=UTC)


def test_without_a_zone_the_satellites_clock_counts_and_otherwise_none():
    local = {photo_exif.TAKEN: "2026:03:02 17:30:00"}
    satellites = gps(tag29="2026:03:03", tag7=(1.0, 30.0, 5.5))
    assert read(saved(four_fields(), "JPEG", exif=exif_with(camera=local))).taken_at is None
    photo = read(saved(four_fields(), "JPEG", exif=exif_with(camera=local, gps=satellites)))
    assert photo.taken_at == datetime(2026, 3, 3, 1, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        {},
        gps((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        gps((0.0, 0.0, 1.0), (0.0, 0.0, 2.0)),
        gps((91.0, 0.0, 0.0)),
        gps((34.0, 61.0, 0.0)),
        gps((34.0, 0.0, 99.0)),
        gps(longitude=(181.0, 0.0, 0.0)),
        gps(tag9="V"),
        gps(tag18="TOKYO"),
        gps(tag1="X"),
        gps(tag3=""),
        {key: value for key, value in gps().items() if key != 4},
    ],
)
def test_a_position_that_makes_no_sense_is_not_said(said: dict[int, object]):
    assert read(saved(four_fields(), "JPEG", exif=exif_with(gps=said))).position is None


@pytest.mark.parametrize("broken", [(float("nan"), 0, 0), (float("inf"), 0, 0), (1, 2), "34", None, (None,) * 3, 5])
def test_broken_numbers_are_no_position(broken: object):
    exif = Image.Exif()
    exif._ifds[photo_exif.GPS_IFD] = {1: "N", 2: broken, 3: "W", 4: (118.0, 0.0, 0.0)}
    assert photo_exif.position(exif) is None


def test_a_position_with_a_divisor_of_zero_is_not_said():
    data = bytearray(saved(four_fields(), "JPEG", exif=exif_with(gps=gps())))
    at = data.find(struct.pack(">LL", 34, 1)) if b"MM" in data[:40] else data.find(struct.pack("<LL", 34, 1))
    data[at + 4 : at + 8] = b"\0\0\0\0"
    assert read(bytes(data)).position is None


def test_a_wide_palette_is_brought_to_the_one_that_screens_expect():
    # A profile whose red and blue are swapped shows whether profiles are looked at, without a camera's.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"tmpZ").replace(b"bXYZ", b"rXYZ").replace(b"tmpZ", b"bXYZ")
    photo = read(saved(four_fields(), "PNG", icc_profile=bytes(profile)))
    assert corners(photo.public_jpeg) == [BLUE, GREEN, RED, GREY]


def test_a_broken_profile_does_no_harm():
    assert corners(read(saved(four_fields(), "PNG", icc_profile=b"junk" * 50)).public_jpeg)[0] == RED


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_of_a_picture_can_be_shown(mode: str):
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    assert opened(read(saved(four_fields().convert(mode), kind)).public_jpeg).mode == "RGB"


def test_sixteen_bits_of_grey_keep_their_brightness():
    grey = opened(read(saved(Image.new("I;16", (40, 40), 40_000), "PNG")).public_jpeg).getpixel((20, 20))
    assert grey == pytest.approx((156, 156, 156), abs=2)


def test_what_is_clear_in_a_picture_is_shown_white():
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert min(opened(read(saved(clear, "PNG")).public_jpeg).getpixel((20, 20))) > 250


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"hello", "not a photo we can read"),
        (b"%PDF-1.7 " + b"x" * 100, "not a photo we can read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo we can read"),
        (b"BM" + b"\0" * 100, "not a photo we can read"),
        (b"II*\0" + b"\0" * 100, "not a photo we can read"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 100, "looks like a video"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"GIF89a\0\0\0\0\0\0\0;", "damaged"),
        (b"RIFF\0\0\0\0WEBP", "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(data: bytes, sentence: str):
    with pytest.raises(PhotoRefused, match=sentence):
        read(data)


@pytest.mark.parametrize(("kind", "part"), [*product(("JPEG", "PNG", "WEBP", "HEIF"), (0.1, 0.5, 0.9))])
def test_a_photo_cut_short_is_refused(kind: str, part: float):
    data = saved(Image.effect_noise((300, 300), 80).convert("RGB"), kind)
    with pytest.raises(PhotoRefused, match="damaged or incomplete"):
        read(data[: int(len(data) * part)])


def test_a_photo_too_heavy_is_refused_and_not_read_to_its_end():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size < 3 * MEGABYTE
            self.taken += size
            return b"\xff" * size

    file = Endless()
    with pytest.raises(PhotoRefused, match="larger than 2 MB"):
        photos.read_photo(file, max_bytes=2 * MEGABYTE)
    assert file.taken == 2 * MEGABYTE + 1


def test_too_many_pixels_are_refused_before_they_are_unpacked():
    with pytest.raises(PhotoRefused, match="more than 50 million pixels"):
        read(saved(Image.new("1", (10_000, 5_001)), "PNG"))
    with pytest.raises(PhotoRefused, match="more than 1 million pixels"):
        read(saved(four_fields(1001, 1000), "JPEG"), max_pixels=1_000_000)


@pytest.mark.parametrize("size", [(14_000, 9_000), (60_000, 60_000)])
def test_a_bomb_of_pixels_is_refused(size: tuple[int, int]):
    data = bytearray(saved(Image.new("1", (1, 1)), "PNG"))
    header = struct.pack(">II", *size) + bytes(data[24:29])
    data[16:33] = header + struct.pack(">I", __import__("zlib").crc32(b"IHDR" + header))
    with pytest.raises(PhotoRefused, match="more than 50 million pixels"):
        read(bytes(data))


def test_a_jpeg_that_would_paint_itself_for_days_is_refused_at_once():
    data = saved(four_fields(800, 800), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    last_scan = data[start:-2]
    assert 1 < photos.scans_in(data) < 20
    with pytest.raises(PhotoRefused):
        read(data[:-2] + last_scan * 5000 + b"\xff\xd9")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str):
    frames = [four_fields(), four_fields().rotate(90), four_fields().rotate(180)]
    with pytest.raises(PhotoRefused, match="This picture moves"):
        read(saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))


def test_a_second_picture_of_the_same_scene_is_no_film():
    both = saved(four_fields(), "MPO", save_all=True, append_images=[four_fields()])
    assert corners(read(both).public_jpeg) == [RED, GREEN, BLUE, GREY]


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("payload.exe", b"MZ")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
@pytest.mark.parametrize(
    "hidden",
    [zipped(), b"<?php system($_GET['c']); ?>", b"<html><script>alert(1)</script>", b"\n<SCRIPT src=x>"],
)
def test_a_file_hidden_behind_a_photo_is_refused(kind: str, hidden: bytes):
    with pytest.raises(PhotoRefused, match="Another file is hidden"):
        read(saved(four_fields(), kind) + hidden)


def test_a_page_in_the_comment_of_a_photo_is_refused():
    with pytest.raises(PhotoRefused, match="Another file is hidden"):
        read(saved(four_fields(), "JPEG", comment="<script>alert(1)</script>"))
    with pytest.raises(PhotoRefused, match="Another file is hidden"):
        read(saved(four_fields(), "JPEG", comment="%PDF-1.4"))


def test_many_at_once_come_out_right():
    data = saved(four_fields(900, 600), "JPEG")
    read_ones: list[Photo] = []
    threads = [threading.Thread(target=lambda: read_ones.append(read(data))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({photo.public_jpeg for photo in read_ones}) == 1
    assert len(read_ones) == 8


WHOLE = {kind: speaking(kind) for kind in KINDS}
patient = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def photo_or_refused(data: bytes) -> None:
    try:
        photo = read(data)
    except PhotoRefused:
        return
    for copy in (photo.public_jpeg, photo.thumb_jpeg):
        assert CANARY[:8].encode() not in copy
        assert opened(copy).format == "JPEG"
    if photo.position:
        assert -180 <= photo.position[0] <= 180
        assert -90 <= photo.position[1] <= 90


@patient
@given(st.sampled_from([data[:16] for data in WHOLE.values()] + [b""]), st.binary(max_size=400))
def test_any_bytes_are_a_photo_or_refused(start: bytes, rest: bytes):
    photo_or_refused(start + rest)


@patient
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=8),
)
def test_any_damage_to_a_photo_leaves_a_photo_or_a_refusal(kind: str, damage: list[tuple[float, bytes]]):
    data = bytearray(WHOLE[kind])
    for part, put in damage:
        at = int(part * len(data))
        data[at : at + len(put)] = put
    photo_or_refused(bytes(data))


@patient
@given(st.sampled_from(KINDS), st.integers(0, 700), st.binary(min_size=1, max_size=3))
def test_any_damage_to_what_a_photo_says_of_itself_leaves_a_photo_or_a_refusal(kind: str, at: int, put: bytes):
    data = bytearray(WHOLE[kind])
    data[at : at + len(put)] = put
    photo_or_refused(bytes(data))


@patient
@given(st.sampled_from(KINDS), st.floats(0, 1))
def test_any_length_of_a_photo_is_a_photo_or_refused(kind: str, part: float):
    photo_or_refused(WHOLE[kind][: int(part * len(WHOLE[kind]))])
