"""The colours keep their contrast in every theme, whatever hue a city chooses; sheets keep to the tokens."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "ombud/web/static/css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
HUES = range(0, 360, 10)
Rgb = tuple[float, float, float]

# The blocks of tokens.css a theme is made of, in the order in which they win.
LIGHT = [":root"]
DARK = [":root", "@media screen and (prefers-color-scheme: dark)"]
THEMES = {
    "light": LIGHT,
    "dark by the system": DARK,
    "dark by choice": [":root", "@media screen"],
    "more contrast": [*LIGHT, "@media (prefers-contrast: more)"],
    "sun": [":root", ':root[data-theme="sun"]'],
    "more contrast, dark": [
        *DARK,
        "@media (prefers-contrast: more)",
        "@media screen and (prefers-contrast: more) and (prefers-color-scheme: dark)",
    ],
    "print": [*LIGHT, "@media print"],
}


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield (selector or media query, body) of the rules inside `@layer tokens`, outermost only."""
    body = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    body = body[body.index("{") + 1 : body.rindex("}")]
    depth, start, head = 0, 0, ""
    for at, char in enumerate(body):
        if char == "{":
            if depth == 0:
                head = " ".join(body[start:at].split())
                start = at + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield head, body[start:at]
                start = at + 1


def _declarations(*heads: str) -> dict[str, str]:
    """Return the custom properties of the named blocks; the later block wins."""
    found: dict[str, str] = {}
    for wanted in heads:
        for head, body in _blocks(TOKENS):
            if head == wanted:
                found |= re.findall(r"--([\w-]+):\s*(oklch\([^;]*\));", body)
    return found


def _pairs() -> list[tuple[str, str, float]]:
    """Return (what, on what, least contrast) as tokens.css declares them."""
    found = re.findall(r"pair: ([\w-]+) on ([\w-]+) ([\d.]+)", TOKENS)
    return [(what, on, float(least)) for what, on, least in found]


def _oklch_to_linear(value: str, hue: int) -> Rgb:
    """Return linear sRGB, each 0 to 1, clipped as browsers clip what the screen cannot show."""
    numbers = value.replace("var(--brand-hue)", str(hue))
    found = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", numbers)
    assert found, f"{value}: write oklch(L% C H), or with var(--brand-hue) as H"
    lightness, chroma, degrees = float(found[1]) / 100, float(found[2]), float(found[3])
    a, b = chroma * math.cos(math.radians(degrees)), chroma * math.sin(math.radians(degrees))
    # Björn Ottosson's matrices, as CSS Color 4 gives them.
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return (min(max(red, 0), 1), min(max(green, 0), 1), min(max(blue, 0), 1))


def _contrast(one: Rgb, other: Rgb) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    light, dark = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_maths_agrees_with_known_colours():
    assert _oklch_to_linear("oklch(100% 0 0)", 0) == pytest.approx((1, 1, 1), abs=1e-4)
    # CSS Color 4: rebeccapurple is oklch(44.027% 0.1603 303.373), which is rgb(102, 51, 153).
    assert _oklch_to_linear("oklch(44.027% 0.1603 303.373)", 0) == pytest.approx((0.1329, 0.0331, 0.3185), abs=1e-3)
    assert _contrast((1, 1, 1), (0, 0, 0)) == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_every_declared_pair_keeps_its_contrast(theme: str):
    colours = _declarations(*THEMES[theme])
    weak = []
    for what, on, least in _pairs():
        for hue in HUES:
            ratio = _contrast(_oklch_to_linear(colours[what], hue), _oklch_to_linear(colours[on], hue))
            if ratio < least:
                weak.append(f"{what} on {on}, hue {hue}: {ratio:.2f}, needs {least}")
    assert not weak, "\n".join(weak)


def test_each_meaning_has_an_ink_and_a_paper_and_both_are_paired():
    declared = {(what, on) for what, on, _ in _pairs()}
    for meaning in ("waiting", "booked", "fixed", "ended", "late", "note"):
        assert (f"{meaning}-ink", f"{meaning}-paper") in declared
        assert (f"{meaning}-ink", "paper") in declared


def test_dark_by_choice_is_dark_by_the_system():
    assert _declarations(DARK[1]) == _declarations("@media screen")


def test_the_sun_theme_is_the_one_of_more_contrast():
    assert _declarations("@media (prefers-contrast: more)") == _declarations(':root[data-theme="sun"]')


def test_colours_are_named_only_in_the_tokens():
    named = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|color-mix)\(", re.I)
    for sheet in CSS.glob("*.css"):
        if sheet.name != "tokens.css":
            text = re.sub(r"url\([^)]*\)|/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
            assert not named.search(text), f"{sheet.name} names a colour; give it a role in tokens.css"


def test_directions_are_logical_so_that_right_to_left_needs_no_second_sheet():
    physical = re.compile(
        r"(?:^|[;{\s])((?:margin|padding|border)-(?:left|right)[\w-]*|left|right|float"
        r"|text-align: (?:left|right))\s*[:;]"
    )
    for sheet in CSS.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        found = physical.search(text)
        assert not found, f"{sheet.name}: {found and found[1]}; write the logical property"


def test_every_property_that_is_used_is_defined():
    defined = set(re.findall(r"(--[\w-]+)\s*:", "".join(p.read_text(encoding="utf-8") for p in CSS.glob("*.css"))))
    for sheet in CSS.glob("*.css"):
        used = set(re.findall(r"var\((--[\w-]+)", sheet.read_text(encoding="utf-8")))
        assert used <= defined, f"{sheet.name} uses {sorted(used - defined)}, defined nowhere"


def test_no_sheet_shouts_or_counts_on_ids():
    for sheet in CSS.glob("*.css"):
        text = re.sub(r"url\([^)]*\)|/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        assert "!important" not in text, sheet.name
        assert not re.search(r"(?:^|[\s,}])#[a-z][\w-]*\s*[{,]", text), f"{sheet.name} styles an id"


def test_the_one_sheet_imports_every_other():
    imported = set(re.findall(r'@import url\("\./([\w-]+\.css)"\)', (CSS / "ombud.css").read_text(encoding="utf-8")))
    # map.css is fetched by <city-map>, only where there is a map.
    assert imported == {sheet.name for sheet in CSS.glob("*.css")} - {"ombud.css", "map.css"}
