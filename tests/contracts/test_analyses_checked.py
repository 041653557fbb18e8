"""Outside analyses: looked at again on new versions, listed by how they stand; notebooks by their authors."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ombud.kernel import clock
from ombud.opendata.analyses import handlers, queries
from ombud.opendata.analyses.models import Analysis, AnalysisNotebook
from ombud.opendata.rules.analysis_states import Standing
from ombud.opendata.rules.claims import Verdict
from tests.analyses import (
    ANALYSES,
    DATA,
    DESK,
    LATER,
    NOTEBOOK,
    TOLD,
    change,
    hidden,
    look_again,
    notebook_shown,
    send_notebook,
    shown,
    told,
)
from tests.builders import CityBuilder
from tests.contracts.test_portal import read, record, words_of
from tests.desk import Staff
from tests.published import lake

__all__ = ["lake", "record"]


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
    while address and len(found) <= 3:
        page = Client().get(address).json()
        assert page["count"] == 3
        found += [one["title"] for one in page["analyses"]]
        address = page["next"]
    assert sorted(found) == ["A", "B", "C"]


@pytest.mark.parametrize("number", ["", "0", "-1", "one", "²", "9" * 20, "0" * 9 + "9" * 20])
def test_a_page_that_is_none_is_the_first(record: str, number: str) -> None:
    assert "Nobody has sent an analysis yet" in read(ANALYSES, page=number)
    assert Client().get(f"{DATA}analyses.json", {"page": number}).json()["count"] == 0


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
