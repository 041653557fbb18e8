"""The languages hold: every text is collected, Spanish is whole, the pseudo-locale marks all, cities speak both."""

import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from ombud.kernel import yaml_files
from ombud.web import messages

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = messages.LOCALES / "django.pot"
SPANISH = messages.LOCALES / "es" / "LC_MESSAGES" / "django.po"
CITIES = sorted(found.parent for place in ("demo", "tests/cities") for found in ROOT.glob(f"{place}/*/agencies.yaml"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-zA-Z]|%%|\{[^}]*\}|\(\([^)]*\)\)|<[^>]*>")
UNMARKED = set("aeiouAEIOUcnyz")


def read(path: Path, locale: str | None = None) -> list[Message]:
    """Return the messages of a catalogue without its header."""
    with path.open("rb") as source:
        return [message for message in read_po(source, locale=locale) if message.id]


def forms(text: object) -> tuple[str, ...]:
    """Return the forms of a text: one, or the singular and the plural."""
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text),)


def placeholders(text: str) -> Counter[str]:
    """Return what is filled in when the text is said."""
    return Counter(PLACEHOLDER.findall(text))


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Compile the catalogues apart from the ones that other tests read, and return the pseudo-locale."""
    shutil.copytree(messages.LOCALES, tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))
    monkeypatch.setattr(messages, "LOCALES", tmp_path / "locale")
    messages.compile_all()
    with (tmp_path / "locale" / "ar_XB" / "LC_MESSAGES" / "django.mo").open("rb") as source:
        return read_mo(source)


def test_every_text_is_collected_and_none_is_left_over(tmp_path: Path) -> None:
    rule = next(line for line in (ROOT / "Makefile").read_text().splitlines() if " extract " in line)
    arguments = shlex.split(rule)[1:]
    arguments[arguments.index("--output-file") + 1] = str(tmp_path / "found.pot")
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *arguments], cwd=ROOT, check=True)
    found = {forms(message.id) for message in read(tmp_path / "found.pot")}
    kept = {forms(message.id) for message in read(TEMPLATE)}
    assert found - kept == set(), "run `make messages`"
    assert kept - found == set(), "run `make messages`"


def test_spanish_has_the_texts_that_were_collected() -> None:
    assert [forms(message.id) for message in read(SPANISH)] == [forms(message.id) for message in read(TEMPLATE)]


def test_spanish_leaves_nothing_empty_and_nothing_in_doubt() -> None:
    lacking = [
        message.id for message in read(SPANISH, "es") if message.fuzzy or not all(map(str.strip, forms(message.string)))
    ]
    assert lacking == []


def test_spanish_fills_in_what_english_fills_in() -> None:
    assert [
        (one, other)
        for message in read(SPANISH, "es")
        for one, other in zip(forms(message.id), forms(message.string), strict=True)
        if placeholders(one) != placeholders(other)
    ] == []


def test_the_pseudo_locale_marks_every_text(pseudo: Catalog) -> None:
    said = {forms(message.id): forms(message.string) for message in pseudo if message.id}
    assert said.keys() == {forms(message.id) for message in read(TEMPLATE)}
    assert [words for words in said.values() for form in words if UNMARKED & set(PLACEHOLDER.sub("", form))] == []


def test_the_pseudo_locale_keeps_the_placeholders(pseudo: Catalog) -> None:
    assert [
        (one, other)
        for message in pseudo
        if message.id
        for one, other in zip(forms(message.id), forms(message.string), strict=True)
        if placeholders(one) != placeholders(other)
    ] == []


def texts(part: object, where: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the texts of a file by language, with where they stand."""
    if isinstance(part, dict) and part and all(re.fullmatch(r"[a-z]{2}(-[a-z]+)?", str(key)) for key in part):
        yield where, part
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from texts(inner, f"{where}.{key}")
    elif isinstance(part, list):
        for at, inner in enumerate(part):
            yield from texts(inner, f"{where}.{at}")


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_a_city_says_everything_in_english_and_in_spanish(city: Path) -> None:
    said = [
        (path.relative_to(city).as_posix() + where, by_language)
        for path in sorted(city.rglob("*.yaml"))
        for where, by_language in texts(yaml_files.read(path))
    ]
    assert said
    assert [where for where, by_language in said if not (by_language.get("en") and by_language.get("es"))] == []
