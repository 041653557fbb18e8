"""The scripts' logic is tested by Node where there is one; what they say and name is checked from here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ombud.web import words

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "ombud/web/static"
MODULES = sorted((STATIC / "js").rglob("*.js"))


def test_the_logic_of_the_scripts(tmp_path: Path):
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is not installed, so tests/js was not run; pages need no Node. `apt install nodejs` adds it.")
    # A copy under a package.json, so that every version of Node takes the .js files for modules.
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copytree(STATIC / "js", tmp_path / "ombud/web/static/js")
    shutil.copy(STATIC / "icons.svg", tmp_path / "ombud/web/static")
    shutil.copytree(ROOT / "tests/js", tmp_path / "tests/js")
    tests = [str(path) for path in sorted((tmp_path / "tests/js").glob("*.test.mjs"))]
    run = subprocess.run(
        [node, "--test", *tests], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_sentence_a_script_says_is_there_to_be_translated():
    said = {
        sentence
        for module in MODULES
        for sentence in re.findall(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"', module.read_text(encoding="utf-8"))
    }
    assert said == set(words.SENTENCES)


def test_every_element_the_page_may_have_is_fetched_and_defined():
    entry = (STATIC / "js/ombud.js").read_text(encoding="utf-8")
    for name, path in re.findall(r'"([\w-]+)": \(\) => import\("\./([\w/.-]+)"\)', entry):
        assert f'customElements.define("{name}"' in (STATIC / "js" / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_is_short_typed_and_builds_no_html_from_strings(module: Path):
    text = module.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check\n")
    assert text.count("\n") < 200
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", text)


def test_modules_name_each_other_by_relative_path():
    """Node and the import map both rest on it; only what is heavy has a name of its own."""
    for module in MODULES:
        for target in re.findall(r'(?:from|import) ?\(?"([^"]+)"', module.read_text(encoding="utf-8")):
            if target == "maplibre-gl":
                continue
            assert target.startswith("."), f"{module.name} imports {target}"
            assert (module.parent / target).is_file(), f"{module.name} imports {target}, which is not there"
