"""Words of danger are found in each language, and what only sounds like it is let go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.triage.words.phrase_set import phrases
from ombud.triage.words.rules.watch import danger_in, hate_in, read_list
from ombud.triage.words.word_lists import shipped, watch


def kinds_in(text: str, *languages: str) -> set[str]:
    return {find.kind for find in danger_in(text, watch(languages or ("en", "es")).lists)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("There's a FIRE in the kitchen!!", "fire"),
        ("smoke is pouring out", "fire"),
        ("fire", "fire"),
        ("I smell gas", "gas"),
        ("he can't breathe", "medical"),
        ("he can\u2019t breathe", "medical"),
        ("a man with a gun", "violence"),
        ("downed power line", "wire"),
        ("I want to die", "suicide"),
        ("child trapped under the tree", "trapped"),
        ("huele a gas", "gas"),
        ("está inconsciente", "medical"),
        ("ESTA INCONSCIENTE", "medical"),
        ("hay balazos", "violence"),
    ],
)
def test_danger_is_found(text: str, kind: str) -> None:
    assert kind in kinds_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "the fire hydrant leaks",
        "pothole by the gas station",
        "no smoke, only dust",
        "nobody is hurt",
        "fire lane blocked. no parking",
        "the noise is killing me",
        "dead end street",
        "nadie está herido",
        "hidrante contra incendios roto",
        "la cuenta del gas",
        "a car hit the sign last week, one was hurt",
        "can't get out of my driveway",
        "",
    ],
)
def test_what_only_sounds_like_danger_is_let_go(text: str) -> None:
    assert kinds_in(text) == set()


def test_a_denial_does_not_reach_over_the_end_of_a_sentence() -> None:
    assert kinds_in("No. Fire in the house") == {"fire"}
    assert kinds_in("not a party but shots fired") == {"violence"}


def test_gas_that_was_smelled_yesterday_is_still_danger() -> None:
    assert kinds_in("smell of gas since yesterday") == {"gas"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "la maison est en feu"),
        ("pt", "cheiro de gás forte"),
        ("zh", "我家着火了"),
        ("ko", "집에 불이 났어요"),
        ("vi", "có người bất tỉnh"),
        ("vi", "Cháy nhà đường Hai"),
        ("tl", "may sunog sa kapitbahay"),
        ("ru", "в доме пожар"),
        ("ar", "هناك حريق في المبنى"),
        ("hy", "շենքում հրդեհ է"),
    ],
)
def test_each_language_that_is_shipped_finds_a_danger(language: str, text: str) -> None:
    assert danger_in(text, watch([language]).lists)


def test_every_shipped_list_is_read() -> None:
    for language in shipped():
        kept = watch([language])
        assert kept.uncovered == ()
        assert kept.untried == (() if language in ("en", "es") else (language,))


def test_a_language_without_a_list_is_named() -> None:
    assert watch(["en", "de", "es-mx"]).uncovered == ("de",)


def test_a_city_adds_words_of_its_own() -> None:
    more = {
        "en": {"danger": {"gas": ["stinky well"]}, "harmless": ["fire festival"]},
        "de": {"danger": {"fire": ["brennt"]}},
    }
    lists = watch(["en", "de"], more)
    assert lists.uncovered == ()
    assert {f.kind for f in danger_in("the stinky well again", lists.lists)} == {"gas"}
    assert danger_in("fire festival in the park", lists.lists) == []
    assert {f.kind for f in danger_in("es brennt", lists.lists)} == {"fire"}


@pytest.mark.parametrize("text", ["swastikas on the wall", "KKK tag", "it says we will kill you", "insultos racistas"])
def test_hate_and_threats_are_found(text: str) -> None:
    assert hate_in(text, watch(["en", "es"]).lists)


@pytest.mark.parametrize(
    "text", ["tag on the wall", "spray paint, initials", "grafiti en la barda", "hearts and names"]
)
def test_plain_graffiti_is_no_hate(text: str) -> None:
    assert hate_in(text, watch(["en", "es"]).lists) == []


@given(st.text(max_size=500))
def test_any_text_can_be_looked_through(text: str) -> None:
    lists = watch(shipped()).lists
    danger_in(text, lists)
    hate_in(text, lists)


def test_a_list_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="no list of words"):
        read_list({"danger": ["fire"]})


@pytest.mark.parametrize("language", ["en", "es"])
def test_on_phrases_that_no_list_was_chosen_on_few_are_missed(language: str) -> None:
    lists = watch([language]).lists
    asked = [p for p in phrases() if p.language == language and p.split == "test"]
    dangers = [p for p in asked if p.tells_danger]
    missed = [p.text for p in dangers if not danger_in(p.text, lists)]
    alarms = [p.text for p in asked if not p.tells_danger and danger_in(p.text, lists)]
    assert len(missed) <= len(dangers) * 0.25, missed
    assert len(alarms) <= len(asked) * 0.04, alarms
