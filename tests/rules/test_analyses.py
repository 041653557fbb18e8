"""Where an analysis stands, when it is looked at again, and what strangers may say of themselves."""

import json
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import BadInput
from ombud.opendata.rules.analysis_states import EVERY, MOVES, Kind, Standing, Status, is_due, standing
from ombud.opendata.rules.claims import Verdict
from ombud.opendata.rules.contributions import read_hash, read_link, read_number, read_orcid
from ombud.opendata.rules.notebooks import BYTES_AT_MOST, Cell, cells_of
from tests.conftest import NOON


@given(st.lists(st.sampled_from(Status)))
def test_whatever_is_tried_nothing_is_shown_that_was_not_confirmed(tries: list[Status]) -> None:
    been = [Status.ASKED]
    for to in tries:
        if to in MOVES[been[-1]]:
            been.append(to)
    if Status.SHOWN in been:
        assert been[1] is Status.WAITING
    if Status.WITHDRAWN in been:
        assert been[-1] is Status.WITHDRAWN


@given(st.sampled_from([None, *Verdict]), st.integers(1, 99), st.integers(1, 99))
def test_of_a_notebook_only_what_was_said_of_the_newest_version_counts(
    verdict: Verdict | None, checked: int, newest: int
) -> None:
    query = standing(Kind.QUERY, verdict, checked_version=checked, newest_version=newest)
    notebook = standing(Kind.NOTEBOOK, verdict, checked_version=checked, newest_version=newest)
    assert (query is Standing.NOT_CHECKED) is (verdict is None)
    assert notebook is (query if checked >= newest or verdict is None else Standing.DATA_CHANGED)


@given(st.lists(st.integers(1, 120), max_size=60))
def test_versions_may_rush_and_a_query_is_run_once_an_hour(minutes: list[int]) -> None:
    now, asked, runs = NOON, None, []
    for version, wait in enumerate(minutes):
        now += timedelta(minutes=wait)
        if is_due(checked="", newest=str(version), asked_for_at=asked, now=now):
            asked = now
            runs.append(now)
    assert all(later - earlier >= EVERY for earlier, later in pairwise(runs))
    assert bool(runs) is bool(minutes)


def test_what_was_looked_at_already_is_not_due() -> None:
    assert not is_due(checked="a", newest="a", asked_for_at=None, now=NOON)


@pytest.mark.parametrize(
    "wrong",
    ["ftp://a.example", "javascript:alert(1)", "//a.example", "a.example", "https://", "https://u:p@a.example/",
     'https://a.example/"><script>', "https://a b.example", "http://[", "data:text/html,x",
     "https://a.example/" + "x" * 300],
)  # fmt: skip
def test_only_plain_addresses_of_the_web_are_linked(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_link(wrong, field="link")


def test_an_address_is_kept_as_it_is() -> None:
    assert read_link(" https://a.example/b?c=d#e ", field="link") == "https://a.example/b?c=d#e"
    assert read_link("", field="link") == ""


@pytest.mark.parametrize("given_", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097", "0000000218250097"])
def test_an_orcid_is_read_in_each_of_its_forms(given_: str) -> None:
    assert read_orcid(given_, field="orcid") == "0000-0002-1825-0097"


@pytest.mark.parametrize("wrong", ["0000-0002-1825-0098", "12", "0000-0002-1825-009Y", "https://a.example"])
def test_an_orcid_with_a_mistake_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_orcid(wrong, field="orcid")


def test_an_orcid_may_end_with_an_x() -> None:
    assert read_orcid("0000-0002-1694-233x", field="orcid") == "0000-0002-1694-233X"


@pytest.mark.parametrize(
    ("said", "number"), [("1,234.5", 1234.5), ("5 %", 5), ("-3", -3), ("", None), ("1 234", 1234), ("0", 0)]
)
def test_numbers_are_read_as_people_write_them(said: str, number: float | None) -> None:
    assert read_number(said, field="amount") == number


@pytest.mark.parametrize("wrong", ["1,5", "x", "1e9", "nan", "--1", "1.2.3", "9" * 400, "١٢"])
def test_what_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_number(wrong, field="amount")


def test_a_hash_is_a_commit_or_a_sum() -> None:
    assert read_hash("ABCDEF1", field="h") == "abcdef1"
    with pytest.raises(BadInput):
        read_hash("xyz", field="h")


def notebook(**cell: object) -> bytes:
    told = {"cell_type": "code", "source": ["a\n", "b"], "outputs": [{"text": "secret"}]} | cell
    return json.dumps({"nbformat": 4, "cells": [told]}).encode()


def test_a_notebook_is_read_as_texts_without_its_output() -> None:
    assert cells_of(notebook()) == [Cell("code", "a\nb")]
    assert cells_of(notebook(cell_type="markdown", source="<b>x</b>")) == [Cell("markdown", "<b>x</b>")]


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\xff", b"[]", b"{}", b'{"nbformat": 3, "cells": []}', b'{"nbformat": 4, "cells": [1]}',
     b"[" * 100_000, notebook(cell_type="<script>"), b" " * (BYTES_AT_MOST + 1)],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_notebook_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadInput):
        cells_of(wrong)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(BadInput):
        cells_of(data)
