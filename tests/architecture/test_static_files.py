"""The sheet that is served is the sheets that were written, joined."""

import gzip
import re
from pathlib import Path

from ombud.web.static_files import IMPORT, joined

CSS = Path(__file__).parents[2] / "ombud/web/static/css"
WHOLE = joined((CSS / "ombud.css").read_text(encoding="utf-8"), lambda name: (CSS / name).read_text(encoding="utf-8"))


STATIC = CSS.parent
# The whole page may weigh 150 KB; the rest is for its words and for a photo or two.
MOST_BYTES = 80 * 1024


def test_what_a_first_visit_fetches_is_light():
    modules = [path for path in (STATIC / "js").rglob("*.js") if path.parent.name not in ("map", "palette")]
    texts = [WHOLE.encode(), (STATIC / "icons.svg").read_bytes(), *(path.read_bytes() for path in modules)]
    font = (STATIC / "vendor/public-sans/public-sans-latin-wght-normal.woff2").stat().st_size
    assert font + sum(len(gzip.compress(text)) for text in texts) < MOST_BYTES


def test_what_is_imported_stands_in_its_layer():
    sheets = {"a.css": ".a { x: 1 }", "b.css": ".b { x: 2 } /* why */"}
    whole = joined('@layer one, two;\n@import url("./a.css");\n@import url("./b.css") layer(two);', sheets.__getitem__)
    assert " ".join(whole.split()) == "@layer one, two; .a { x: 1 } @layer two { .b { x: 2 } }"


def test_nothing_is_left_to_import_and_no_block_left_open():
    assert "@import" not in WHOLE
    assert not IMPORT.search(WHOLE)
    assert WHOLE.count("{") == WHOLE.count("}")


def test_the_order_of_the_layers_is_said_first():
    assert WHOLE.startswith("@layer reset, vendor, tokens, base, layout, components, utilities;")
    named = set(re.findall(r"@layer (\w+) \{", WHOLE))
    assert named <= {"reset", "vendor", "tokens", "base", "layout", "components", "utilities"}
