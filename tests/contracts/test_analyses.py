"""Outside analyses: sent, confirmed, let through, looked at again, reviewed, acted on, taken down, withdrawn."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import NotAllowed
from ombud.opendata.analyses import handlers, moderating, queries, reviewing
from ombud.opendata.analyses.models import Analysis, AnalysisNotebook, AnalysisRun
from ombud.opendata.analyses.reviewing import Review
from ombud.opendata.rules.analysis_states import Standing
from ombud.opendata.rules.claims import Verdict
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
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
    work,
)
from tests.builders import GUS, CityBuilder, staff
from tests.conftest import NOON
from tests.contracts.test_portal import read, record, words_of
from tests.desk import Staff
from tests.published import lake, publish

__all__ = ["lake", "record"]
LATER = NOON + timedelta(days=6)
NOTEBOOK = json.dumps(
    {"nbformat": 4, "cells": [{"cell_type": "code", "source": "print('<b>bold</b>')", "outputs": [{"text": "canary"}]}]}
).encode()


def told(code: str, *, status: int = 200) -> Any:
    answer = Client().get(f"{ANALYSES}{code}.json")
    assert answer.status_code == status
    return answer.json()


def look_again(at: Any) -> list[str]:
    """Let the clock's routine and the worker do what is due."""
    with clock.standing_at(at):
        handlers.queue_due_all()
        return work()


def change(city: CityBuilder, *, at: Any = LATER) -> None:
    """Report another pothole, and publish."""
    city.report("POTHOLE")
    publish(city, at=at)


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


# -- Looking again -----------------------------------------------------------------------------------------------


def test_a_new_version_is_looked_at_once_and_the_page_says_what_came_out(
    city: CityBuilder, record: str, desk: Staff
) -> None:
    code = shown(record, desk.yara)
    assert look_again(LATER) == ["write_to_author"]  # the record has not changed
    change(city)
    assert look_again(LATER) == ["check", "write_to_author"]
    assert look_again(LATER + timedelta(hours=2)) == []
    page = read(f"{ANALYSES}{code}/")
    assert "No longer reproduces" in page
    assert "the value is now 5, was 4" in page
    found = told(code)
    assert found["result"]["state"] == "no-longer"
    assert [(run["version"], run["verdict"]) for run in found["runs"]] == [(2, "differs"), (1, "reproduces")]
    assert "does not reproduce any more" in mail.outbox[-1].subject


def test_versions_that_rush_are_looked_at_once_an_hour(city: CityBuilder, record: str, desk: Staff) -> None:
    code = shown(record, desk.yara, how="more", amount="3")
    for n in range(4):
        change(city, at=LATER + timedelta(minutes=n))
        look_again(LATER + timedelta(minutes=n))
    assert [run["version"] for run in told(code)["runs"]] == [2, 1]
    look_again(LATER + timedelta(minutes=61))
    found = told(code)
    assert [run["version"] for run in found["runs"]] == [5, 2, 1]
    assert found["result"]["state"] == "reproduces"


def test_a_job_that_comes_twice_writes_one_run(city: CityBuilder, record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    change(city)
    row = Analysis.objects.get(code=code)
    for _ in range(3):
        handlers.check(row.pk)
    Analysis.objects.filter(pk=row.pk).update(checked_sha256="of a job that began before")
    handlers.check(row.pk)
    assert [run["version"] for run in told(code)["runs"]] == [2, 1]


def test_the_desk_can_have_it_looked_at_at_once(city: CityBuilder, record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    for n in range(2):
        change(city, at=LATER + timedelta(minutes=n))
        desk.yara.post(f"{DESK}{code}/look-again/")
        look_again(LATER + timedelta(minutes=n))
    assert [run["version"] for run in told(code)["runs"]] == [3, 2, 1]


def test_what_cannot_be_run_says_why(city: CityBuilder, record: str, desk: Staff) -> None:
    code = shown(record, desk.yara)
    Analysis.objects.filter(code=code).update(soql="SELECT count(hue) AS n")
    change(city)
    look_again(LATER)
    assert "Could not be run: No such column: hue" in read(f"{ANALYSES}{code}/")
    assert told(code)["result"]["state"] == "failed"


def test_the_list_is_narrowed_by_data_set_and_state(city: CityBuilder, record: str, desk: Staff) -> None:
    shown(record, desk.yara)
    shown(record, desk.yara, title="At least one", how="more", amount="1")
    change(city)
    look_again(LATER)
    assert ("Potholes lead" in read(ANALYSES, state="no-longer"), "At least" in read(ANALYSES, state="no-longer")) == (
        True,
        False,
    )
    assert "At least one" in read(ANALYSES, state="reproduces", dataset=record)
    assert "None of this kind" in read(ANALYSES, state="acted-on")
    listed = Client().get(f"{DATA}analyses.json").json()["analyses"]
    assert {one["title"]: one["result"]["state"] for one in listed} == {
        "Potholes lead": "no-longer",
        "At least one": "reproduces",
    }


def test_programs_page_through_the_list(record: str, desk: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ombud.web.portal.analyses.pages.A_PAGE", 2)
    for title in "ABC":
        shown(record, desk.yara, title=title)
    address, found = f"{DATA}analyses.json", []
    while address:
        page = Client().get(address).json()
        assert page["count"] == 3
        found += [one["title"] for one in page["analyses"]]
        address = page["next"]
    assert sorted(found) == ["A", "B", "C"]


def test_the_database_narrows_to_the_state_that_each_page_tells(city: CityBuilder, record: str, desk: Staff) -> None:
    notebook_shown(record, desk)
    shown(record, desk.yara, title="A query")
    change(city)
    for verdict in ("", *Verdict):
        for version in (1, 2):
            Analysis.objects.update(verdict=verdict, checked_version=version)
            stood = {one.title: one.standing for one in queries.listed(city.id)}
            for state in Standing:
                found = {one.title: one.standing for one in queries.listed(city.id, state=state)}
                assert found == {title: stands for title, stands in stood.items() if stands is state}
                assert queries.count_of(city.id, state=state) == len(found)
    first, second = (queries.listed(city.id, start=start, most=1) for start in (0, 1))
    assert [one.title for one in first + second] == list(stood)


def test_an_analysis_is_cited_in_bibtex_by_its_author(record: str, desk: Staff) -> None:
    code = shown(record, desk.yara, title="50% more")
    answer = Client().get(f"{ANALYSES}{code}/cite.bib")
    assert answer["Content-Type"].startswith("application/x-bibtex")
    entry = answer.content.decode()
    assert entry.startswith(f"@misc{{analysis-{code},\n  author = {{Ada Moreno}},\n")
    assert r"title = {50\% more}" in entry
    assert f"/data/analyses/{code}/" in entry
    assert "version 1 of 2026-" in entry
    assert entry == told(code)["bibtex"]
    assert f"{code}/cite.bib" in Client().get(f"{ANALYSES}{code}/").content.decode()


def test_the_version_that_a_claim_rests_on_is_kept(city: CityBuilder, record: str, desk: Staff) -> None:
    from ombud.opendata.handlers import tidy_all
    from ombud.opendata.models import Publication

    shown(record, desk.yara)
    for n in range(3):
        change(city, at=LATER + timedelta(minutes=n))
    with clock.standing_at(LATER + timedelta(days=40)):
        tidy_all()
    kept = Publication.objects.of(city.id, "requests").order_by("version").values_list("version", flat=True)
    assert list(kept) == [1, 4]


# -- Notebooks ---------------------------------------------------------------------------------------------------


def send_notebook(record: str, **more: Any) -> Any:
    given = {**TOLD, "dataset": record, "notebook_link": "https://git.example/a.ipynb", "do": "send", **more}
    return Client().post(f"{ANALYSES}new/?kind=notebook", given)


def notebook_shown(record: str, desk: Staff) -> tuple[str, str]:
    file = SimpleUploadedFile("potholes.ipynb", NOTEBOOK)
    assert send_notebook(record, file=file, notebook_hash="abcdef1").status_code == 200
    link = letter(TOLD["email"])
    Client().post(link, {"do": "confirm"})
    code = code_of(desk.yara)
    desk.yara.post(f"{DESK}{code}/let-through/")
    return code, link


def test_a_notebook_is_shown_as_text_and_handed_out_as_a_file(record: str, desk: Staff) -> None:
    code, _link = notebook_shown(record, desk)
    page = Client().get(f"{ANALYSES}{code}/").content.decode()
    assert "&lt;b&gt;bold" in page
    assert "canary" not in page  # what it printed is not shown
    assert 'href="https://git.example/a.ipynb" rel="nofollow noopener ugc"' in page
    assert "Not checked yet" in page
    file = Client().get(f"{ANALYSES}{code}/notebook.ipynb")
    assert file.content == NOTEBOOK
    assert file["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file["Content-Security-Policy"]
    assert file["X-Content-Type-Options"] == "nosniff"


def test_its_author_says_how_a_notebook_stands_and_that_grows_old(city: CityBuilder, record: str, desk: Staff) -> None:
    code, link = notebook_shown(record, desk)
    assert Client().post(link, {"do": "say"}).status_code == 422
    Client().post(link, {"do": "say", "result": "yes", "words": "Ran it twice."})
    page = read(f"{ANALYSES}{code}/")
    assert "Still reproduces" in page
    assert "says Ada Moreno" in page
    change(city)
    assert look_again(LATER) == ["write_to_author"]  # the letter of before: nobody runs a notebook here
    page = read(f"{ANALYSES}{code}/")
    assert "Checked at version 1; the data have changed since" in page
    assert "Reproduces on version 1, says Ada Moreno" in page
    assert "Comprobado en la versión 1; los datos han cambiado desde entonces" in read(f"{ANALYSES}{code}/", lang="es")
    assert TOLD["title"] in read(ANALYSES, state="data-changed", lang="en")
    assert TOLD["title"] not in read(ANALYSES, state="not-checked")
    Client().post(link, {"do": "say", "result": "no"})
    assert told(code)["result"] == {**told(code)["result"], "state": "no-longer", "checked_version": 2}


def test_a_file_that_is_no_notebook_is_refused(record: str) -> None:
    large = b" " * (2 * 1024 * 1024 + 1)
    for file, said in ((b"not json", "This file is no notebook"), (large, "2 MB at most")):
        answer = send_notebook(record, file=SimpleUploadedFile("a.ipynb", file))
        assert answer.status_code == 422
        assert said in words_of(answer)
    assert not AnalysisNotebook.objects.exists()


def test_a_file_need_not_be_sent_again_when_something_else_is_wrong(record: str, desk: Staff) -> None:
    answer = send_notebook(record, title="", notebook_link="", file=SimpleUploadedFile("a.ipynb", NOTEBOOK))
    assert answer.status_code == 422
    assert "We have your file a.ipynb" in words_of(answer)
    kept = hidden(answer.content.decode())
    assert send_notebook(record, notebook_link="", **kept).status_code == 200
    assert send_notebook(record, notebook_link="", **kept).status_code == 422  # it belongs to the first now
    assert send_notebook(record, notebook_link="", kept="forged").status_code == 422


# -- Reviewers and agencies --------------------------------------------------------------------------------------

REVIEW = {"opinion": "reproduces", "words": "I ran it.", "interest": "none", "agreed": "on"}


def invited(desk: Staff, code: str) -> str:
    who = {"name": "Dr Rosa Lindt", "affiliation": "University of Springfield", "email": "rosa@mail.example"}
    assert desk.yara.post(f"{DESK}{code}/invite/", who).status_code == 302
    return letter("rosa@mail.example")


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
