"""Drawn pictures of a street, with what must be covered at known places: plates, house numbers, a face."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageStat

SIZE = (1600, 1200)
Edges = tuple[int, int, int, int]


def jpeg_of(image: Image.Image, quality: int = 92) -> bytes:
    """Return a picture as JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


@dataclass(frozen=True)
class Drawn:
    """Something drawn: what it is, what it says, and where it lies in pixels."""

    what: str
    words: str
    edges: Edges


class Street:
    """A wall and a road of noise, with things drawn on them; the seed gives the same picture each time."""

    def __init__(self, seed: int, size: tuple[int, int] = SIZE) -> None:
        self.chance = random.Random(seed)
        self.size = size
        self.picture = self._ground()
        self.drawn: list[Drawn] = []

    def _ground(self) -> Image.Image:
        ground = Image.new("L", self.size)
        # Noise of our own, since Pillow's cannot be seeded: coarse and fine.
        for side, part in ((40, 0.5), (400, 0.5)):
            size = (side, side * 3 // 4)
            grain = Image.frombytes("L", size, self.chance.randbytes(size[0] * size[1])).resize(self.size)
            ground = Image.blend(ground, grain, part)
        tint = [self.chance.uniform(0.55, 0.95) for _ in range(3)]
        return Image.merge("RGB", [ground.point(lambda v, t=t: int(70 + v * t * 0.5)) for t in tint])

    def plate(self, words: str, height: int, at: tuple[int, int], *, turned: float = 0) -> Drawn:
        """Draw a number plate, `height` of its digits in pixels."""
        return self._put("plate", words, height, at, ink=(24, 40, 110), paper=(236, 236, 228), turned=turned)

    def number(self, words: str, height: int, at: tuple[int, int], *, turned: float = 0) -> Drawn:
        """Draw a house number straight on the wall."""
        ink = self.chance.choice([(20, 20, 20), (245, 245, 240), (120, 30, 20)])
        return self._put("house number", words, height, at, ink=ink, paper=None, turned=turned)

    def paste(self, what: str, picture: Image.Image, at: tuple[int, int], edges: Edges) -> Drawn:
        """Paste a picture; `edges` say where in it lies what must be covered."""
        self.picture.paste(picture, at)
        left, top, right, bottom = edges
        return self._note(Drawn(what, "", (at[0] + left, at[1] + top, at[0] + right, at[1] + bottom)))

    def _put(
        self,
        what: str,
        words: str,
        height: int,
        at: tuple[int, int],
        *,
        ink: tuple[int, int, int],
        paper: tuple[int, int, int] | None,
        turned: float,
    ) -> Drawn:
        font = ImageFont.load_default(height / 0.72)
        left, top, right, bottom = font.getbbox(words)
        margin = height // 3 if paper else 2
        size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
        sign = Image.new("RGBA", size, (*paper, 255) if paper else (*ink, 0))
        ImageDraw.Draw(sign).text((margin - left, margin - top), words, font=font, fill=(*ink, 255))
        sign = sign.rotate(turned, expand=True, resample=Image.Resampling.BICUBIC)
        self.picture.paste(sign, at, sign)
        return self._note(Drawn(what, words, (at[0], at[1], at[0] + sign.width, at[1] + sign.height)))

    def _note(self, drawn: Drawn) -> Drawn:
        self.drawn.append(drawn)
        return drawn

    def photo(self) -> Image.Image:
        """Return the picture as a telephone might take it: a little soft."""
        return self.picture.filter(ImageFilter.GaussianBlur(0.6))


def face(side: int) -> tuple[Image.Image, Edges]:
    """Return the portrait of an astronaut that comes with scikit-image (NASA, public domain), and where her face is."""
    import skimage

    with Image.open(Path(skimage.__file__).parent / "data" / "astronaut.png") as portrait:
        part = portrait.convert("RGB").crop((110, 0, 340, 230))
    scale = side / part.width
    return part.resize((side, side), Image.Resampling.LANCZOS), tuple(round(v * scale) for v in (78, 65, 155, 172))  # type: ignore[return-value]


def share_covered(edges: Edges, areas: list[Edges], size: tuple[int, int] = SIZE) -> float:
    """Return how much of the pixels of `edges` lies in areas."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for left, top, right, bottom in areas:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=255)
    part = mask.crop(edges)
    return ImageStat.Stat(part).mean[0] / 255
