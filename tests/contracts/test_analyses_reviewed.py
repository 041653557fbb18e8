"""Outside analyses: signed by reviewers, acted on by agencies; what they may not do."""

import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from ombud.opendata.analyses.models import Analysis
from ombud.plumbing import walls
from tests.analyses import (
    ANALYSES,
    DATA,
    DESK,
    LATER,
    REVIEW,
    SOQL,
    change,
    code_of,
    confirmed,
    hidden,
    invited,
    look_again,
    shown,
    told,
)
from tests.builders import CityBuilder
from tests.contracts.test_portal import read, record, words_of
from tests.desk import Staff
from tests.published import lake

__all__ = ["lake", "record"]


# -- Reviewers and agencies --------------------------------------------------------------------------------------


def test_a_reviewer_signs_with_their_name_and_the_signature_grows_old(
    city: CityBuilder, record: str, desk: Staff
) -> None:
    code = shown(record, desk.yara)
    link = invited(desk, code)
    for lacking in ("opinion", "interest", "agreed"):
        assert Client().post(link, {**REVIEW, lacking: ""}).status_code == 422
    assert Client().post(link, REVIEW).status_code == 302
    page = read(f"{ANALYSES}{code}/")
    assert "Dr Rosa Lindt , University of Springfield" in page or "Dr Rosa Lindt, University of Springfield" in page
    assert "checked: reproduces" in page
    assert "Looked at version 1 on" in page
    assert "The record is at version" not in page
    change(city)
    assert "The record is at version 2 now" in read(f"{ANALYSES}{code}/")
    look_again(LATER)
    assert "The result has changed since." in read(f"{ANALYSES}{code}/")
    [review] = told(code)["reviews"]
    assert (review["name"], review["version"], review["interest"]) == ("Dr Rosa Lindt", 1, "none")


def test_a_closed_link_does_nothing_and_hidden_words_say_why(record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    link = invited(desk, code)
    Client().post(link, REVIEW)
    page = desk.yara.get(f"{DESK}{code}/").content.decode()
    desk.yara.post(f"{DESK}{code}/hide/", {"signature": hidden(page)["signature"], "reason": "It insults."})
    assert "I ran it." not in Client().get(f"{ANALYSES}{code}/").content.decode()
    assert "It insults." in read(f"{ANALYSES}{code}/")
    assert "words" not in told(code)["reviews"][0]
    desk.yara.post(f"{DESK}{code}/uninvite/", {"reviewer": hidden(page)["reviewer"]})
    assert Client().get(link).status_code == 404


def test_staff_sign_with_their_account(record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    assert desk.yara.post(f"{DESK}{code}/sign/", {**REVIEW, "opinion": "doubts"}).status_code == 302
    assert "has doubts" in read(f"{ANALYSES}{code}/")
    assert told(code)["reviews"][0]["staff"] is True
    assert desk.gus.post(f"{DESK}{code}/sign/", REVIEW).status_code == 403


def test_what_an_agency_changed_stands_there_for_good(record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    acted = {
        "agency": "STREETS", "what": "We sent a second crew.", "on": "2026-11-20", "requests": "sp-0000-000",
        "links": "https://streets.example/news",
    }  # fmt: skip
    for wrong in ({"what": ""}, {"on": "2030-01-01"}, {"links": "javascript:x"}, {"agency": "NONE"}):
        assert desk.yara.post(f"{DESK}{code}/acted-on/", acted | wrong).status_code == 422
    assert desk.yara.post(f"{DESK}{code}/acted-on/", acted).status_code == 302
    page = read(f"{ANALYSES}{code}/")
    assert "We sent a second crew." in page
    assert "Acted on" in read(ANALYSES, state="acted-on")
    assert told(code)["actions"][0]["service_request_ids"] == ["SP-0000-000"]
    log = words_of(desk.yara.get(f"{DESK}{code}/"))
    assert re.search(r"said what was changed: We sent a second crew. .* Yara", log)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ombud_analysis_event SET said = ''")


# -- Walls and texts ---------------------------------------------------------------------------------------------


def test_an_analysis_of_one_city_is_none_of_another(record: str, desk: Staff) -> None:
    link = confirmed(record)
    code = code_of(desk.yara)
    desk.yara.post(f"{DESK}{code}/let-through/")
    for path in (f"{ANALYSES}{code}/", f"{ANALYSES}{code}.json", link):
        assert Client().get(path.replace("/springfield/", "/shelbyville/")).status_code == 404
    assert desk.outsider.get(f"{DESK}{code}/").status_code == 403
    assert desk.outsider.get(f"{DESK}{code}/".replace("springfield", "shelbyville")).status_code == 404
    with walls.inside("shelbyville"):
        assert not Analysis.objects.exists()


def test_a_forged_link_opens_nothing_nor_does_an_authors_as_a_reviewers(record: str) -> None:
    link = confirmed(record)
    for forged in ("mine/x/", "review/x/", "mine/springfield.1:abc/"):
        assert Client().get(f"{ANALYSES}{forged}").status_code == 404
    assert Client().get(link.replace("/mine/", "/review/")).status_code == 404
    answer = Client().get(link)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_texts_cannot_break_out(record: str, desk: Staff) -> None:
    evil = '"><script>alert(1)</script>'
    code = shown(record, desk.yara, claim=evil, affiliation=evil, soql=f"{SOQL} OR service_code = '{evil}'")
    Client().post(invited(desk, code), {**REVIEW, "words": evil, "interest": evil})
    for client, path in (
        (Client(), f"{ANALYSES}{code}/"),
        (Client(), ANALYSES),
        (Client(), DATA),
        (desk.yara, f"{DESK}{code}/"),
        (desk.yara, DESK),
    ):
        assert "<script>alert" not in client.get(path).content.decode(), path


def test_the_pages_speak_spanish_and_the_list_is_useful_when_empty(record: str, desk: Staff) -> None:
    assert "Nobody has sent an analysis yet" in read(ANALYSES)
    assert Client().get(f"{DATA}analyses.json").json() == {"count": 0, "next": None, "analyses": []}
    code = shown(record, desk.yara)
    assert "Sigue reproduciéndose" in read(f"{ANALYSES}{code}/", lang="es")
