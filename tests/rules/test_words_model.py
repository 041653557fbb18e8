"""Words suggest services: for cities the phrases know nothing of, by their catalogue; and the model is only numbers."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.catalog.rules import search
from ombud.catalog.rules.definition import ServiceDefinition, read_definition
from ombud.kernel import yaml_files
from ombud.kernel.errors import BadInput
from ombud.triage.words.phrase_set import NO_PROBLEM, kinds, phrases
from ombud.triage.words.rules import cold, features
from ombud.triage.words.rules.judging import Guess, is_not_worse, judge, wilson
from ombud.triage.words.rules.model import LinearModel, read_model, written

ROOT = Path(__file__).parents[2]


def services_of(folder: str) -> list[ServiceDefinition]:
    files = sorted((ROOT / folder / "services").glob("*.yaml"))
    return [read_definition(raw) for path in files for raw in yaml_files.read(path)]


@pytest.fixture(scope="module")
def springfield() -> LinearModel:
    return cold.cold_model(cold.known(services_of("tests/cities/springfield")), phrases(), kinds())


@pytest.fixture(scope="module")
def los_angeles() -> LinearModel:
    return cold.cold_model(cold.known(services_of("demo/los_angeles")), phrases(), kinds())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("deep hole in the asphalt, blew my tire", "POTHOLE"),
        ("hay un bache enorme", "POTHOLE"),
        ("the lamp on the pole is dark", "STREETLIGHT"),
        ("take away my old sofa please", "BULKY"),
        ("the dog next door barks all night", "BARKING"),
        ("tents under the bridge", "ENCAMPMENT"),
    ],
)
def test_a_town_that_the_phrases_do_not_know_is_served_by_its_catalogue(
    springfield: LinearModel, words: str, code: str
) -> None:
    assert springfield.suggest(words)[0].code == code


def test_kinds_that_a_town_has_no_service_for_teach_it_nothing() -> None:
    found = cold.kinds_of(cold.known(services_of("tests/cities/springfield")), kinds())
    assert {"pothole", "bulky_item", "barking"} <= set(found)
    assert not {"taxi", "rodents", "traffic_signal", "property_tax", NO_PROBLEM} & set(found)


def test_suggestions_find_more_than_the_search_by_words_does(los_angeles: LinearModel) -> None:
    entries = search.index(services_of("demo/los_angeles"))
    of_kind = {
        kind: max(shares, key=lambda code: shares[code])
        for kind, shares in cold.kinds_of(cold.known(services_of("demo/los_angeles")), kinds()).items()
    }
    asked = [p for p in phrases() if p.split == "tune" and "other_city" not in p.traits and p.kind in of_kind][::3]
    suggested = sum(of_kind[p.kind] in {s.code for s in los_angeles.suggest(p.text, limit=3)} for p in asked)
    searched = sum(of_kind[p.kind] in search.search(entries, p.text, limit=3) for p in asked)
    assert len(asked) > 50
    assert suggested > searched * 1.05


def test_it_says_which_words_counted(los_angeles: LinearModel) -> None:
    assert "graffiti" in los_angeles.suggest("there is graffiti on the wall")[0].because


@pytest.mark.parametrize("nothing", ["", "   ", "!!!", "🦄", "qzxwv", "1"])
def test_nothing_is_suggested_for_nothing(los_angeles: LinearModel, nothing: str) -> None:
    assert los_angeles.suggest(nothing) == []


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_has_likelihoods_that_sum_to_one(springfield: LinearModel, words: str) -> None:
    likely = springfield.probabilities(features.read(words))
    assert abs(float(likely.sum()) - 1) < 1e-4
    assert all(0 <= s.probability <= 1 for s in springfield.suggest(words))


def test_only_what_is_offered_is_suggested(springfield: LinearModel) -> None:
    codes = {s.code for s in springfield.suggest("bache pothole", among=frozenset(["BULKY"]))}
    assert codes <= {"BULKY"}


def test_a_kept_model_says_the_same(springfield: LinearModel) -> None:
    again = read_model(written(springfield))
    assert again.suggest("a hole in the road") == springfield.suggest("a hole in the road")


def test_a_file_that_was_changed_is_no_model(springfield: LinearModel) -> None:
    raw = bytearray(written(springfield))
    raw[len(raw) // 2] ^= 1
    with pytest.raises(BadInput):
        read_model(bytes(raw))


def test_a_pickle_is_never_opened() -> None:
    import hashlib

    file = io.BytesIO()
    np.savez(file, about=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BadInput):
        read_model(hashlib.sha256(file.getvalue()).digest() + file.getvalue())


def test_the_phrases_hold_what_they_say() -> None:
    every = phrases()
    assert len(every) >= 600
    assert len({p.text for p in every}) == len(every)
    assert {p.kind for p in every} == set(kinds())
    assert {p.language for p in every} == {"en", "es"}
    traits = {trait for p in every for trait in p.traits}
    assert traits == {"misspelt", "slang", "two_problems", "danger", "harmless", "other_city"}
    assert {p.split for p in every} == {"train", "tune", "test"}
    held_out = {p.kind for p in every if p.split == "test"}
    assert set(kinds()) - held_out == set()


def test_how_good_suggestions_were_is_counted() -> None:
    right, wrong = Guess(("A", "B"), 0.9, frozenset("A")), Guess(("B", "A"), 0.6, frozenset("A"))
    judged = judge([right, right, wrong])
    assert (judged.first.hits, judged.among.hits, judged.first.n) == (2, 3, 3)
    assert judged.brier == pytest.approx((0.01 + 0.01 + 0.36) / 3)
    assert judged.gap == pytest.approx((2 * 0.1 + 0.6) / 3)
    assert judge([]).brier is None


def test_a_worse_model_never_replaces_a_better() -> None:
    right, wrong, unsure = (
        Guess(("A",), 0.9, frozenset("A")),
        Guess(("B",), 0.9, frozenset("A")),
        Guess(("A",), 0.5, frozenset("A")),
    )
    assert is_not_worse([right], [wrong])
    assert not is_not_worse([wrong], [right])
    assert is_not_worse([right], [right])
    assert not is_not_worse([unsure], [right])


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(hits: int, more: int) -> None:
    low, high = wilson(hits, hits + more)
    assert 0 <= low <= high <= 1
    if hits + more:
        assert low - 1e-9 <= hits / (hits + more) <= high + 1e-9
