"""Every template compiles, and every template is used."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent.parent / "ombud"
TEMPLATES = sorted(
    path.relative_to(folder).as_posix()
    for folder in ROOT.rglob("templates")
    for path in folder.rglob("*")
    if path.suffix in {".html", ".txt"}
)
# Named by Django and allauth themselves, or by the kind of an event.
FOUND_BY_NAME = re.compile(r"^(404|500)\.html$|^(allauth|account|mfa|socialaccount)/|^messages/")


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_compiles(name: str) -> None:
    get_template(name)


def test_none_is_left_over() -> None:
    sources = [p.read_text() for p in ROOT.rglob("*") if p.suffix in {".py", ".html", ".txt"}]
    unused = [
        name
        for name in TEMPLATES
        if not FOUND_BY_NAME.match(name) and not any(f'"{name}' in text or f"'{name}" in text for text in sources)
    ]
    assert unused == []


def test_none_carries_style_or_script_of_its_own() -> None:
    inline = re.compile(r"<style|\sstyle=|\son\w+=\"|<script(?![^>]*(?:src=|type=\"(?:application/json|importmap)))")
    guilty = [
        name
        for folder in ROOT.rglob("templates")
        for name in (p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))
        if inline.search((folder / name).read_text())
    ]
    assert guilty == []
