"""A service is found by the words a resident would use; the words here are tried on Los Angeles' own services."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import read_definition
from ombud.catalog.rules.search import index, search
from ombud.kernel import yaml_files

SERVICES = Path(__file__).parents[2] / "demo" / "los_angeles" / "services"
DEFINITIONS = [read_definition(raw) for path in sorted(SERVICES.glob("*.yaml")) for raw in yaml_files.read(path)]
ENTRIES = index(DEFINITIONS)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("pothole", "BSS-POT"),
        ("Potholes", "BSS-POT"),
        ("bache", "BSS-POT"),
        ("couch", "SAN-BULKY"),
        ("sofá", "SAN-BULKY"),
        ("sofa", "SAN-BULKY"),
        ("COLCHON", "SAN-BULKY"),
        ("graffiti", "OCB-GRAF"),
        ("street light out", "BSL-ONE"),
        ("luz de la calle", "BSL-ONE"),
        ("farola", "BSL-ONE"),
        ("dead animal", "SAN-DEAD"),
        ("animal muerto", "SAN-DEAD"),
        ("árbol caído", "BSS-TREEEM"),
        ("illegal dumping", "SAN-DUMP"),
        ("homeless", "SAN-ENCAMP"),
        ("noise", "REF-NOISE"),
        ("parking meter", "DOT-METER"),
        ("semaforo", "DOT-SIGNAL"),
        ("leaf blower", "BSS-LEAF"),
    ],
)
def test_a_residents_words_find_it_first(words: str, code: str) -> None:
    assert search(ENTRIES, words)[0] == code


@pytest.mark.parametrize(
    ("misspelt", "code"),
    [("pothle", "BSS-POT"), ("grafitti", "OCB-GRAF"), ("baches", "BSS-POT"), ("semáforro", "DOT-SIGNAL")],
)
def test_a_misspelling_still_finds_it(misspelt: str, code: str) -> None:
    assert code in search(ENTRIES, misspelt)[:3]


@pytest.mark.parametrize("nonsense", ["qwzx", "asdfgh", "xyzzy plugh", "🦄", "'", "%", "\\", "", "   ", "the", "de la"])
def test_nonsense_finds_nothing(nonsense: str) -> None:
    assert search(ENTRIES, nonsense) == []


@given(st.text(max_size=300))
def test_any_text_is_a_question(words: str) -> None:
    found = search(ENTRIES, words, limit=8)
    assert len(found) == len(set(found)) <= 8


def test_every_service_is_found_by_its_own_names() -> None:
    lost = [
        (d.code, name) for d in DEFINITIONS for name in d.name.values() if d.code not in search(ENTRIES, name, limit=8)
    ]
    assert lost == []
