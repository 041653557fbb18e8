"""Outside analyses: sent, confirmed, let through or refused, taken down, withdrawn."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import NotAllowed
from ombud.opendata.analyses import handlers, moderating, reviewing
from ombud.opendata.analyses.models import Analysis, AnalysisRun
from ombud.opendata.analyses.reviewing import Review
from ombud.people.rules.permissions import Role
from tests.analyses import (
    ANALYSES,
    DATA,
    DESK,
    SOQL,
    TOLD,
    code_of,
    confirmed,
    hidden,
    letter,
    looked,
    sent,
    shown,
    told,
    work,
)
from tests.builders import GUS, CityBuilder, staff
from tests.conftest import NOON
from tests.contracts.test_portal import read, record, words_of
from tests.desk import Staff
from tests.published import lake

__all__ = ["lake", "record"]


# -- Sending -----------------------------------------------------------------------------------------------------


def test_the_result_is_shown_before_it_is_sent(record: str) -> None:
    page = words_of(looked(record))
    assert re.search(r"The claim rests on 4 on version 1\b", page)
    assert "Title" in page


def test_what_was_not_seen_is_shown_first_and_nothing_is_lost(record: str) -> None:
    given = {**TOLD, "dataset": record, "soql": SOQL, "do": "send", "seen": "x", "version": "1"}
    answer = Client().post(f"{ANALYSES}new/", given)
    assert answer.status_code == 422
    assert "Look at it, then send" in words_of(answer)
    assert TOLD["claim"] in answer.content.decode()
    assert not Analysis.objects.exists()


def test_another_query_than_was_seen_is_not_sent(record: str) -> None:
    kept = hidden(looked(record).content.decode())
    other = {**TOLD, **kept, "dataset": record, "soql": SOQL.replace("POTHOLE", "STREETLIGHT"), "do": "send"}
    assert Client().post(f"{ANALYSES}new/", other).status_code == 422
    assert not Analysis.objects.exists()


WRONG = (
    ({"title": " "}, "This is needed."),
    ({"claim": "x" * 700}, "Use 600 characters at most."),
    ({"email": "nobody"}, "Write an e-mail address"),
    ({"email": ""}, "the analysis is confirmed from there"),
    ({"orcid": "0000-0002-1825-0098"}, "An ORCID has four groups"),
    ({"link": "javascript:alert(1)"}, "Write a whole address"),
    ({"how": "within"}, "Write a number."),
    ({"how": "within", "amount": "1,5"}, "Write a number, such as"),
    ({"how": "more", "amount": "4"}, "That is not what the query says: it gives 4."),
    ({"agreed": ""}, "Tick that you agree."),
    ({"column": "colour"}, "The answer has no column “colour”."),
    ({"soql": "SELECT service_code, count(*) WHERE service_code = 'X' GROUP BY service_code"}, "gives no rows"),
)


def test_what_is_wrong_is_said_and_all_that_was_typed_is_kept(record: str) -> None:
    for wrong, said in WRONG:
        answer = sent(record, **wrong)
        page = unescape(answer.content.decode())
        assert answer.status_code == 422, wrong
        assert said in words_of(answer)
        for name, typed in {**TOLD, **wrong}.items():
            if name not in ("agreed", "how", "column") and typed.strip():
                assert typed in page, (wrong, name)
    assert not Analysis.objects.exists()
    assert not mail.outbox


def test_a_query_that_says_nothing_is_refused_at_once(record: str) -> None:
    for soql, said in (
        ("", "Write the query that the claim rests on."),
        ("SELECT colour", "No such column: colour"),
        ("SELECT *; DROP TABLE x", "Unexpected"),
        ("SELECT * FROM ombud_analysis", "There is no FROM"),
        ("SELECT read_text('/etc/passwd')", "read_text"),
    ):
        answer = looked(record, soql=soql)
        assert answer.status_code == 422, soql
        assert said in words_of(answer)


def test_a_claim_begins_in_the_explorer_and_with_a_saved_view(record: str) -> None:
    explorer = Client().get(f"{DATA}{record}/explore/?by=service_code").content.decode()
    begin = re.search(r'href="([^"]+/claim/[^"]*)"', explorer)
    assert begin
    page = Client().get(begin[1].replace("&amp;", "&"))
    assert "GROUP BY service_code" in page.content.decode()
    assert re.search(r"POTHOLE 4\b", words_of(page))
    view = Client().post(f"{DATA}{record}/save/?is.service_code=STREETLIGHT", {"name": "Lights"})["Location"]
    of_view = re.search(r'href="([^"]+/claim/[^"]*)"', Client().get(view).content.decode())
    assert of_view
    assert re.search(r"rests on 1 on version 1", words_of(Client().get(of_view[1].replace("&amp;", "&"))))


def test_what_is_said_to_be_the_same_in_the_explorer_is_the_same(record: str, desk: Staff) -> None:
    begun = hidden(Client().get(f"{DATA}{record}/claim/?is.service_code=POTHOLE").content.decode())
    assert begun["address"] == "is.service_code=POTHOLE"
    for title, soql in (
        ("Potholes", SOQL.replace(" WHERE", "\r\nWHERE")),
        ("Others", SOQL.replace("POTHOLE", "BULKY")),
    ):
        told_ = {"title": title, "soql": soql, "address": begun["address"]}
        kept = hidden(looked(record, **told_).content.decode())
        assert (
            Client().post(f"{ANALYSES}new/", {**TOLD, "dataset": record, **told_, **kept, "do": "send"}).status_code
            == 200
        )
    links = {row.title: row.address for row in Analysis.objects.all()}
    assert links == {"Potholes": begun["address"], "Others": ""}


def test_signs_that_no_text_has_break_nothing(record: str, desk: Staff) -> None:
    for field in ("soql", "title", "dataset", "column", "address", "how", "amount", "email", "version", "seen"):
        for sign in ("\x00", "9" * 40):
            answer = Client().post(
                f"{ANALYSES}new/", {**TOLD, "dataset": record, "soql": SOQL, "do": "send", field: sign}
            )
            assert answer.status_code in (200, 400, 422), field
    code = shown(record, desk.yara)
    for address in ("%00", "%F0%9F%A6%84", "aaaa-aaaa"):
        assert desk.yara.get(f"{DESK}{address}/").status_code in (400, 404)
        assert Client().get(f"{ANALYSES}{address}/").status_code in (400, 404)
        assert desk.yara.post(f"{DESK}{code}/{address}/").status_code in (400, 404)
    assert desk.yara.post(f"{DESK}{code}/hide/", {"signature": "9" * 30, "reason": "\x00x"}).status_code == 302


def test_nobody_is_flooded_with_letters(record: str) -> None:
    answers = [sent(record, title=f"Claim {n}").status_code for n in range(6)]
    assert answers == [200] * 5 + [422]


def test_a_link_nobody_followed_runs_out_and_is_forgotten(record: str) -> None:
    sent(record)
    link = letter(TOLD["email"])
    with clock.standing_at(NOON + timedelta(days=4)):
        assert "run out" in words_of(Client().post(link, {"do": "confirm"}, follow=True))
        handlers.forget_all()
    assert Client().get(link).status_code == 404
    assert not AnalysisRun.objects.exists()


# -- Let through, or not -----------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_city_lets_it_through(record: str, desk: Staff) -> None:
    sent(record)
    assert "Nothing has been sent yet" in words_of(desk.yara.get(DESK))
    Client().post(letter(TOLD["email"]), {"do": "confirm"})
    code = code_of(desk.yara)
    told(code, status=404)
    assert Client().get(f"{ANALYSES}{code}/").status_code == 404
    assert TOLD["title"] not in read(ANALYSES)
    assert desk.bram.get(DESK).status_code == 403
    assert desk.bram.post(f"{DESK}{code}/let-through/").status_code == 403
    desk.yara.post(f"{DESK}{code}/let-through/", {"featured": "1"})
    page = read(f"{ANALYSES}{code}/")
    for words in ("There are four reports", "Ada Moreno", "The Springfield Shopper", "Still reproduces", "CC BY 4.0"):
        assert words in page
    assert "Ada Moreno, “Potholes lead” (2026). City of Springfield" in page
    assert "Potholes lead" in read(ANALYSES)
    assert "Potholes lead" in read(DATA)
    assert "1 analysis of these data" in read(f"{DATA}{record}/")
    assert "is public" in mail_to_author().subject


def mail_to_author() -> Any:
    work()
    return mail.outbox[-1]


def test_a_refusal_is_read_by_its_author_alone(record: str, desk: Staff) -> None:
    link = confirmed(record)
    code = code_of(desk.yara)
    desk.yara.post(f"{DESK}{code}/refuse/", {"reason": " "})
    assert "waits for the city" in words_of(desk.yara.get(DESK))
    desk.yara.post(f"{DESK}{code}/refuse/", {"reason": "It names a neighbour."})
    assert "It names a neighbour." in mail_to_author().body
    assert "It names a neighbour." in words_of(Client().get(link))
    assert "neighbour" not in json.dumps(told(code, status=404))


def test_what_is_taken_down_leaves_the_reason_in_its_place(record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    desk.yara.post(f"{DESK}{code}/take-down/", {"reason": "It names a neighbour."})
    gone = Client().get(f"{ANALYSES}{code}/")
    assert gone.status_code == 410
    assert "It names a neighbour." in words_of(gone)
    assert TOLD["title"] not in gone.content.decode()
    assert told(code, status=410)["status"] == "taken_down"
    assert TOLD["title"] not in read(ANALYSES)
    desk.yara.post(f"{DESK}{code}/let-through/")
    assert Client().get(f"{ANALYSES}{code}/").status_code == 200


def test_an_author_withdraws_and_is_forgotten(record: str, desk: Staff) -> None:
    link = confirmed(record)
    code = code_of(desk.yara)
    desk.yara.post(f"{DESK}{code}/let-through/")
    assert Client().post(link, {"do": "withdraw"}).status_code == 302
    assert "Its author withdrew it" in words_of(Client().get(f"{ANALYSES}{code}/"))
    assert TOLD["email"] not in desk.yara.get(f"{DESK}{code}/").content.decode()
    assert not Analysis.objects.exclude(email="").exists()
    desk.yara.post(f"{DESK}{code}/let-through/")
    assert Client().get(f"{ANALYSES}{code}/").status_code == 410


def test_a_supervisor_signs_and_answers_for_their_agency_and_lets_nothing_through(
    record: str, city: CityBuilder, desk: Staff
) -> None:
    from ombud.people.rules.permissions import Role
    from tests.desk import sign_in

    sam = sign_in(city.employs("Sam", Role.SUPERVISOR, agency="STREETS"))
    code = shown(record, desk.yara)
    page = sam.get(f"{DESK}{code}/").content.decode()
    assert TOLD["email"] not in page
    assert "take-down" not in page
    for act in ("take-down", "feature", "invite", "look-again"):
        sam.post(f"{DESK}{code}/{act}/", {"reason": "no", "name": "A", "email": "a@mail.example"})
    assert told(code)["featured"] is False
    told(code)  # still there
    acted = {"agency": "SANITATION", "what": "x", "on": "2026-11-20"}
    assert sam.post(f"{DESK}{code}/acted-on/", acted).status_code == 422
    assert sam.post(f"{DESK}{code}/acted-on/", acted | {"agency": "STREETS"}).status_code == 302
    assert [one["agency"] for one in told(code)["actions"]] == ["STREETS"]


def test_each_command_asks_again_who_it_is(record: str, city: CityBuilder, desk: Staff) -> None:
    code = shown(record, desk.yara)
    which: dict[str, Any] = {"jurisdiction_id": city.id, "analysis_id": Analysis.objects.get(code=code).pk, "at": NOON}
    sam = staff(Role.SUPERVISOR, agency="STREETS")
    told_: tuple[tuple[Any, dict[str, Any]], ...] = (
        (moderating.let_through, {"featured": True}),
        (moderating.refuse, {"reason": "x"}),
        (moderating.take_down, {"reason": "x"}),
        (moderating.feature, {"featured": True}),
        (moderating.look_again, {}),
        (moderating.invite, {"name": "A", "affiliation": "", "email": "a@mail.example", "language": "en"}),
        (moderating.uninvite, {"reviewer_id": 1}),
        (moderating.hide_signature, {"signature_id": 1, "reason": "x"}),
    )
    for command, more in told_:
        with pytest.raises(NotAllowed):
            command(**which, **more, actor=sam)
    acted: dict[str, Any] = {"what": "x", "on": NOON.date(), "requests": [], "links": [], "at": NOON}
    home, pk = catalog.city(city.id), which["analysis_id"]
    for actor, agency in ((sam, "SANITATION"), (GUS, "STREETS")):
        with pytest.raises(NotAllowed):
            moderating.act_on(city=home, analysis_id=pk, agency=agency, actor=actor, **acted)
    with pytest.raises(NotAllowed):
        reviewing.sign_as_staff(
            city=home, analysis_id=pk, review=Review("doubts", "x", "none", agreed=True), actor=GUS, at=NOON
        )
