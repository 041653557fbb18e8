"""Drawn pictures for the demo: no photo of a real street is needed to show how photos look."""

import io

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 900)


def drawn(stage: str) -> bytes:
    """Return a drawing of a street with a hole (`before`) or with the hole filled (`after`), as JPEG."""
    picture = Image.effect_noise(SIZE, 24).convert("RGB").point(lambda value: int(value * 0.62))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1200, 250), fill=(176, 172, 164))
    draw.line((0, 250, 1200, 250), fill=(214, 210, 200), width=18)
    for left in range(-40, 1200, 260):
        draw.rectangle((left, 760, left + 150, 782), fill=(226, 222, 206))
    if stage == "after":
        draw.rounded_rectangle((380, 400, 860, 660), radius=40, fill=(46, 46, 50))
    else:
        draw.ellipse((400, 420, 840, 640), fill=(40, 37, 34))
        draw.ellipse((450, 450, 800, 620), fill=(20, 19, 18))
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).save(out, "JPEG", quality=80)
    return out.getvalue()
