"""The questions of a service: which are asked, which stop the form, and what is taken as an answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.answers import LIMITS, asked, read_answers, stopped_by
from ombud.catalog.rules.definition import Question, ServiceDefinition, read_definition
from ombud.kernel.errors import Several

TEXT = {"en": "x"}
TYPES = ("text", "longtext", "number", "date", "time", "yesno", "tel", "email", "checkbox", "asset", "lookup")


def service(*questions: dict[str, Any]) -> ServiceDefinition:
    return read_definition(
        {
            "code": "S",
            "name": {"en": "Service"},
            "group": "g",
            "agency": "A",
            "questions": [{"label": {"en": f"{q['code']}?"}, **q} for q in questions],
        }
    )


def choice(code: str, *options: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "type": "select",
        "options": [{"code": o, "label": {"en": o.title()}} for o in options],
        **more,
    }


CHAIN = service(
    choice("size", "small", "large", required=True),
    choice("depth", "shallow", "deep", when={"question": "size", "is": ["large"]}, required=True),
    {"code": "why", "type": "text", "when": {"question": "depth", "is": ["deep"]}, "required": True},
    {
        "code": "hurt",
        "type": "yesno",
        "when": {"question": "depth", "is": ["deep"]},
        "stop": {"when": ["yes"], "kind": "emergency", "message": TEXT},
    },
)


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ({}, ["size"]),
        ({"size": ["small"], "depth": ["deep"]}, ["size"]),
        ({"size": ["large"]}, ["size", "depth"]),
        ({"size": ["large"], "depth": ["deep"]}, ["size", "depth", "why", "hurt"]),
        ({"depth": ["deep"], "hurt": ["yes"]}, ["size"]),
    ],
)
def test_a_question_is_asked_only_where_the_one_before_opens_it(raw: dict[str, list[str]], codes: list[str]) -> None:
    assert [q.code for q in asked(CHAIN, raw)] == codes


def test_an_answer_stops_the_form_only_where_its_question_is_asked() -> None:
    assert stopped_by(CHAIN, {"size": ["large"], "depth": ["deep"], "hurt": ["yes"]}) is not None
    assert stopped_by(CHAIN, {"size": ["small"], "depth": ["deep"], "hurt": ["yes"]}) is None
    assert stopped_by(CHAIN, {"size": ["large"], "depth": ["deep"], "hurt": ["no"]}) is None


def test_answers_to_questions_no_longer_asked_are_left_out() -> None:
    answers, problems = read_answers(CHAIN, {"size": ["small"], "why": ["typed before"]}, language="en")
    assert [a.code for a in answers] == ["size"]
    assert problems == []


def test_what_is_missing_is_named_by_its_field() -> None:
    _, problems = read_answers(CHAIN, {"size": ["large"], "depth": ["deep"]}, language="en")
    assert [p.field for p in problems] == ["q.why"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", ["3", "2.5", "1,25", "0", "-1.5e3", ".5"], ["three", "--1", "1 2", "1e500", "9" * 13, "٣", "NaN"]),
        ("datetime", ["2026-11-24T14:30", "2026-11-24T14:30:00+00:00"], ["noon", "2026-11-31T12:00"]),
        ("checkbox", ["yes"], ["on", "no"]),
        ("date", ["2026-11-24"], ["24.11.2026", "2026-13-01", "soon"]),
        ("time", ["14:30"], ["25:00", "noon"]),
        ("email", ["a@b.example"], ["a@b", "a b@c.d", "@"]),
        ("yesno", ["yes", "no"], ["maybe", "YES"]),
        ("text", ["x" * 300], ["x" * 301]),
        ("longtext", ["x" * 4000], ["x" * 4001]),
    ],
)
def test_an_answer_has_the_shape_of_its_question(kind: str, good: list[str], bad: list[str]) -> None:
    one = service({"code": "q", "type": kind})
    for value in good:
        assert read_answers(one, {"q": [value]}, language="en")[1] == []
    for value in bad:
        assert [p.field for p in read_answers(one, {"q": [value]}, language="en")[1]] == ["q.q"], value


questions = st.sampled_from(TYPES).map(lambda kind: {"code": "q", "type": kind})
junk = st.dictionaries(
    st.sampled_from(["q", "size", "depth", "why", "hurt", "other", ""]), st.lists(st.text(max_size=500), max_size=4)
)


@given(questions, junk)
def test_junk_is_refused_or_kept_clean(question: dict[str, Any], raw: dict[str, list[str]]) -> None:
    for definition in (service(question), CHAIN):
        answers, problems = read_answers(definition, raw, language="en")
        known = {q.code: q for q in definition.questions}
        assert {p.field.removeprefix("q.") for p in problems} <= set(known)
        for answer in answers:
            assert_clean(answer.value, known[answer.code])
            assert "\n" not in answer.text or known[answer.code].type == "longtext"


def assert_clean(value: str | list[str], question: Question) -> None:
    """Hold a kept answer against its question."""
    for one in [value] if isinstance(value, str) else value:
        assert one
        assert not question.choices or one in question.choices
        assert len(one) <= LIMITS.get(question.type, 4000)
        assert not {"\x00", "\u202e", "\u2066"} & set(one)


def test_two_answers_to_one_question_are_one_too_many() -> None:
    _, problems = read_answers(CHAIN, {"size": ["small", "large"]}, language="en")
    assert problems[0].field == "q.size"


def test_the_question_is_kept_in_the_readers_words() -> None:
    one = service({"code": "q", "type": "text", "label": {"en": "Where?", "es": "¿Dónde?"}})
    (answer,), _ = read_answers(one, {"q": ["here"]}, language="es")
    assert answer.written() == {"code": "q", "question": "¿Dónde?", "value": "here", "text": "here"}


@pytest.mark.parametrize(
    "broken",
    [
        [{"code": "a", "type": "select"}],
        [{"code": "a", "type": "text"}, {"code": "a", "type": "text"}],
        [{"code": "b", "type": "text", "when": {"question": "a", "is": ["x"]}}],
        [choice("a", "x"), {"code": "b", "type": "text", "when": {"question": "a", "is": ["y"]}}],
        [choice("a", "x", "x")],
        [{"code": "a", "type": "text", "requird": True}],
    ],
)
def test_a_form_that_cannot_be_filled_is_refused_when_it_is_written(broken: list[dict[str, Any]]) -> None:
    with pytest.raises(Several):
        service(*broken)
