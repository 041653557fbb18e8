"""The parts of a page say what they must, to eyes and to ears, in both directions of reading."""

import re
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from ombud.web import drawing, standing

WEB = Path(__file__).parents[2] / "ombud/web"
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (WEB / "static/icons.svg").read_text(encoding="utf-8")))


class Answers(forms.Form):
    """A form of one field of each kind that parts treat apart."""

    description = forms.CharField(label="What is wrong?", help_text="Two sentences are plenty.")
    phone = forms.CharField(label="Your number", required=False)
    side = forms.ChoiceField(label="Which side?", choices=[("n", "North"), ("s", "South")], widget=forms.RadioSelect)
    follow = forms.BooleanField(label="Tell me", required=False)


@pytest.fixture(autouse=True)
def _files_as_they_are(settings):
    """Name static files plainly: nothing was collected for these tests."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def rendered(source: str, **context: object) -> str:
    """Return what a template of these parts says, its white space folded."""
    template = engines["django"].from_string("{% load parts charts frame %}" + source)
    return " ".join(template.render(context, RequestFactory().get("/list?page=2&q=hole")).split())


def test_a_field_is_tied_to_its_help_and_its_error():
    refused = Answers({"side": "n"})
    refused.is_valid()
    said = rendered("{% field form.description %}", form=refused)
    assert '<label for="id_description">What is wrong?</label>' in said
    assert 'aria-describedby="id_description_help id_description_error"' in said
    assert 'aria-invalid="true"' in said
    assert said.count('id="id_description_help"') == 1


def test_what_may_be_left_out_says_so_in_a_word():
    assert "(optional)" in rendered("{% field form.phone %}", form=Answers())
    assert "(optional)" not in rendered("{% field form.description %}", form=Answers())


def test_choices_are_a_group_with_a_legend():
    said = rendered("{% field form.side %}", form=Answers())
    assert "<legend" in said
    assert said.count('class="choice"') == 2


def test_the_summary_of_errors_takes_focus_and_leads_to_each_field():
    refused = Answers({})
    refused.is_valid()
    said = rendered("{% error_summary form %}", form=refused)
    assert 'tabindex="-1" autofocus' in said
    assert 'href="#id_description"' in said
    assert 'href="#id_side"' in said
    assert rendered("{% error_summary form %}", form=Answers()) == ""


@pytest.mark.parametrize("status", standing.STATUSES)
def test_a_state_has_a_shape_and_a_word(status: str):
    said = rendered("{% state_mark status %}", status=status)
    meaning, words = standing.standing_of(status)
    assert f"#state-{meaning}" in said
    assert str(words) in said
    assert f"state-{meaning}" in SPRITE


@pytest.mark.parametrize("outcome", standing.OUTCOMES)
def test_only_what_is_fixed_is_green(outcome: str):
    assert (standing.standing_of("closed", outcome)[0] == "fixed") == (outcome == "fixed")


def test_late_is_said_of_what_is_open_only():
    assert standing.standing_of("accepted", late=True)[0] == "late"
    assert standing.standing_of("closed", "fixed", late=True)[0] == "fixed"
    assert standing.standing_of("withdrawn", late=True)[0] == "ended"


def test_words_that_residents_wrote_are_escaped():
    said = rendered("{% timeline_entry at=at who=name %}<p>{{ words }}</p>{% endtimeline_entry %}", **{
        "at": None, "name": "<b>Ada</b>", "words": "<script>x</script>",
    })  # fmt: skip
    assert "<b>Ada" not in said
    assert "<script>" not in said


def test_pages_keep_what_else_the_address_says():
    assert "?page=3&amp;q=hole" in rendered("{% pagination previous=1 next=3 %}")
    assert "?page=2&amp;q=hole&amp;after=x7" in rendered('{% pagination next="x7" parameter="after" %}')
    second = Paginator(range(30), 10).page(2)
    assert "Page 2 of 3" in rendered("{% pagination page %}", page=second)


def test_a_button_that_leads_somewhere_is_a_link():
    assert rendered('{% button "Go" href="/x" %}').startswith('<a class="button"')
    assert 'type="submit"' in rendered('{% button "Send" kind="primary" hx_post="/x" %}')
    assert 'hx-post="/x"' in rendered('{% button "Send" kind="primary" hx_post="/x" %}')


def test_icons_that_point_turn_with_the_reading():
    assert "data-mirror" in rendered('{% icon "arrow-right" %}')
    assert "data-mirror" not in rendered('{% icon "check" %}')


def test_every_icon_that_is_named_is_in_the_sprite():
    named = {
        name
        for template in (WEB / "templates").rglob("*.html")
        for name in re.findall(r'(?:{% icon |icon=)"([\w-]+)"', template.read_text(encoding="utf-8"))
        if name != "state-"
    }
    assert named <= SPRITE


def test_a_public_page_that_swaps_parts_of_itself_brings_what_swaps_them():
    """The desk's frame always does; a resident's page is spared 17 KB it does not use."""
    for template in (WEB / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        if '{% extends "base.html" %}' in text and re.search(r"\shx-[a-z]", text):
            assert "parts/htmx.html" in text, f"{template.name} uses htmx; include it in block htmx"


def test_a_promise_is_late_past_what_is_usual_and_what_was_said():
    assert not drawing.promise(2, 6, 3, 5).late
    assert drawing.promise(2, 6, 3, 7).late
    assert drawing.promise(None, None, 3, 4).late


def test_a_promise_turns_round_where_reading_does():
    there, back = drawing.promise(2, 6, 3, 1), drawing.promise(2, 6, 3, 1, mirrored=True)
    assert there.goal is not None
    assert back.goal == pytest.approx(100 - there.goal)
    assert there.band is not None
    assert back.band is not None
    assert back.band.x == pytest.approx(100 - there.band.x - there.band.width, abs=0.02)


@pytest.mark.parametrize("today", [0, 0.3, 2, 3, 4.9, 9, 40])
def test_words_of_a_promise_stay_inside_and_apart(today: float):
    drawn = drawing.promise(2, 6, 3, today)
    assert drawn.now_label is not None
    assert drawn.goal_label is not None
    for label in (drawn.now_label, drawn.goal_label):
        assert 0 <= label.x <= 100
    same_line = drawn.now_label.y == drawn.goal_label.y
    assert not same_line or abs(drawn.now_label.x - drawn.goal_label.x) >= 20


def test_numbers_of_drawings_keep_their_point_in_every_language():
    with translation.override("es"):
        said = rendered("{% promise_bar low=2 high=6 target=3 today=1.5 %}")
    assert not re.search(r'="\d+,\d+%?"', said)


def test_a_spark_begins_at_zero():
    assert drawing.spark([0, 10])[0][1] > drawing.spark([9, 10])[0][1]
    assert drawing.spark([4]) == []


def test_a_chart_is_a_table_with_its_numbers():
    rows = [{"label": "Harbor", "value": 11.2, "low": 9.0, "high": 13.0, "n": 412, "here": True}]
    said = rendered('{% bar_chart "Street lights wait longest in the Harbor" rows goal=5 %}', rows=rows)
    assert "<caption>Street lights wait longest in the Harbor" in said
    assert "11.2" in said
    assert "n = 412" in said


@pytest.mark.parametrize(
    ("name", "mark"), [("NYC", "NYC"), ("Los Angeles", "LA"), ("Zürich", "Z"), ("", "311"), (None, "311")]
)
def test_a_city_is_marked_by_a_few_letters(name: str | None, mark: str):
    assert rendered("{% city_mark name %}", name=name) == mark


def test_languages_show_the_one_that_is_read():
    offered = [("en", "English"), ("es", "Español"), ("ko", "한국어"), ("hy", "Հայերեն")]
    said = rendered("{% languages offered %}", offered=offered, LANGUAGE_CODE="hy")
    assert said.index("Հայերեն") < said.index("<summary>")


def test_every_part_and_every_element_is_explained():
    told = (WEB.parents[1] / "docs/explanation/look.md").read_text(encoding="utf-8")
    tags = {
        name
        for library in ("parts", "charts", "frame")
        for name in engines["django"].engine.template_libraries[library].tags
    }
    elements = set(
        re.findall(r'^  "([\w-]+)": \(\) =>', (WEB / "static/js/ombud.js").read_text(encoding="utf-8"), re.M)
    )
    assert {name for name in tags | elements if f"`{name}`" not in told} == set()
