"""Old names are read with their line, and those that held in the days that are looked at are told."""

from datetime import date

import pytest

from ombud.kernel.errors import BadInput
from ombud.opendata.rules.crosswalk import OldName, called, read_crosswalk

ROW = {"service_code": "POTHOLE", "old_name": "Street hole", "source": "old311", "since": "2010-01-01",
       "until": "2015-12-31", "certainty": "exact", "said_by": "the clerk"}  # fmt: skip
YEARS = {"before": (2001, 2009), "within": (2012, 2013), "across": (2014, 2020), "after": (2016, 2020)}


@pytest.mark.parametrize(("span", "holds"), [("before", False), ("within", True), ("across", True), ("after", False)])
def test_a_name_is_told_of_the_days_in_which_it_held(span: str, holds: bool) -> None:
    first, last = YEARS[span]
    names = read_crosswalk([ROW])
    assert bool(called(names, ["POTHOLE"], since=date(first, 1, 1), until=date(last, 12, 31))) is holds
    assert called(names, ["POTHOLE"], since=None, until=None) == list(names)
    assert called(names, ["STREETLIGHT"], since=None, until=None) == []


def test_what_is_empty_is_not_known() -> None:
    [name] = read_crosswalk([ROW | {"since": "", "until": ""}])
    assert isinstance(name, OldName)
    assert called([name], ["POTHOLE"], since=date(1900, 1, 1), until=date(1900, 1, 2)) == [name]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"certainty": "sure"}, "line 3: certainty: Input should be 'exact'"),
        ({"since": "1/2/2010"}, "line 3: since"),
        ({"old_name": ""}, "line 3: old_name: Field required"),
        ({"service_code": "POTHOL"}, "line 3: there is no service"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_crosswalk([ROW, ROW | wrong], services={"POTHOLE"})
    assert told in refused.value.message
