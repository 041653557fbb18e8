"""Files of old systems: every shape is read, and a broken one is named with its line."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.connect.legacy.files.instants import CityClock, Instants, reader
from ombud.connect.legacy.files.reading import BrokenFile, Row, opened

DEMO = Path(__file__).resolve().parents[2] / "demo"
LA, NYC = DEMO / "los_angeles" / "requests", DEMO / "new_york" / "requests"


def read(path: Path) -> list[Row]:
    with opened(path) as source:
        return list(source.rows)


def made(folder: Path, content: bytes, name: str = "made.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("file", "columns", "rows"),
    [
        (LA / "myla311_2018-01-01_to_04.csv.gz", 33, 10_000),
        (LA / "myla311_2020-01-01_to_03.csv.gz", 35, 10_000),
        (LA / "la311_open_requests_snapshot.json.gz", 4, 27_166),
        (NYC / "nyc311_2018-10-21_full_day.csv.gz", 41, 6_765),
        (NYC / "nyc311_2019-12-31_api_export.csv.gz", 44, 1_000),
        (NYC / "nyc311_2025-09-06_api.json.gz", 40, 1_000),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else str(value),
)
def test_every_shape_is_read_whole(file: Path, columns: int, rows: int) -> None:
    with opened(file) as source:
        assert len(source.header) == columns
        assert not source.header[0].startswith("\ufeff")
        assert sum(1 for _ in source.rows) == rows


def test_a_row_knows_the_line_it_begins_on_even_after_a_value_of_two_lines(tmp_path: Path) -> None:
    path = made(tmp_path, b'a,b\n1,"x\ny"\n2,z\n')
    assert read(path) == [Row(2, ["1", "x\ny"]), Row(4, ["2", "z"])]


def test_semicolons_and_empty_lines_are_fine(tmp_path: Path) -> None:
    assert [row.values for row in read(made(tmp_path, b"a;b\n\n1;2\n"))] == [["1", "2"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n3\n", "line 3 has 1 columns, but the header has 2"),
        (b"a,b\n1,2\n3,4,5\n", "line 3 has 3 columns"),
        (b'a,b\n1,2\n3,"cut', "line 3 cannot be read: unexpected end of data"),
        (b"a,b\n1,2\n\xff\xfe,4\n", "line 3 is not UTF-8"),
        (b"", "is empty"),
        (b"   \n", "is empty"),
        (b"PK\x03\x04 and more", "is an Excel or ZIP file"),
        (b"PAR1 and more", "is a Parquet file"),
        (b'[{"a": 1},\n{"a": ', "line 2 is not valid JSON"),
        (b'{"a": 1}', "not a list of requests"),
        (b"[1, 2]", "not a list of requests"),
        (b'[{"a": "\xff"}]', "line 1 is not UTF-8"),
        (b"\x1f\x8b broken from the start", "is cut off or damaged"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        read(made(tmp_path, content))
    assert said in refused.value.message


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"nowhere\.csv cannot be opened"):
        read(tmp_path / "nowhere.csv")


@given(cut=st.integers(min_value=2, max_value=1_000_000))
def test_a_gzip_file_cut_anywhere_is_refused(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(500)))
    cut = max(2, cut % len(whole))
    path = made(tmp_path_factory.mktemp("cut"), whole[:cut], "cut.csv.gz")
    with pytest.raises(BrokenFile):
        read(path)


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])), min_size=2, max_size=2)
    )
)
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["first", "second"], *rows])
    path = made(tmp_path_factory.mktemp("csv"), text.getvalue().encode())
    assert [row.values for row in read(path)] == rows


def test_json_objects_may_differ_in_keys_and_numbers_are_kept_as_written(tmp_path: Path) -> None:
    path = made(tmp_path, json.dumps([{"a": 1.5}, {"b": None, "c": {"d": "x"}}]).encode(), "x.json")
    assert read(path) == [Row(1, ["1.5", "", ""]), Row(2, ["", "", '{"d": "x"}'])]


# -- Dates ----------------------------------------------------------------------------------------------------
FORMATS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")
LOS_ANGELES = CityClock(ZoneInfo("America/Los_Angeles"))


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("12/31/2017 11:59:58 PM", datetime(2017, 12, 31, 23, 59, 58)),  # noqa: DTZ001
        ("01/01/2018 12:00:09 AM", datetime(2018, 1, 1, 0, 0, 9)),  # noqa: DTZ001
        ("10/21/18 0:59", datetime(2018, 10, 21, 0, 59)),  # noqa: DTZ001
        ("2020-01-01 00:05:00", datetime(2020, 1, 1, 0, 5)),  # noqa: DTZ001
        ("2019-12-31T23:59:11.000", datetime(2019, 12, 31, 23, 59, 11)),  # noqa: DTZ001
    ],
)
def test_each_way_to_write_a_date_is_read(text: str, wall: datetime) -> None:
    assert reader(FORMATS)(text) == wall


@pytest.mark.parametrize("text", ["", "soon", "13/45/2018 01:00:00 AM", "01/01/2018 13:00:00 PM", "02/30/18 1:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        reader(FORMATS)(text)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)))  # noqa: DTZ001
def test_every_instant_survives_the_city_s_wall_clock(instant: datetime) -> None:
    at = instant.replace(tzinfo=UTC, microsecond=0)
    wall = at.astimezone(ZoneInfo("America/Los_Angeles"))
    found, trouble = LOS_ANGELES.instant(wall.replace(tzinfo=None))
    assert found == at or (trouble == "ambiguous_hour" and wall.fold == 1)


@given(
    st.lists(
        st.tuples(
            # A few days and hours, so that most are put together of what was read before; two with a clock change.
            st.sampled_from([datetime(2018, 1, 2), datetime(2018, 3, 11), datetime(2018, 11, 4), datetime(2020, 7, 1)]),  # noqa: DTZ001
            st.sampled_from([1, 2, 15]),
            st.sampled_from([*FORMATS, "%d.%m.%Y %H:%M:%S", "%H:%M %Y-%m-%d"]),
        ),
        min_size=4,
        max_size=20,
    )
)
def test_times_put_together_are_what_each_says_alone(written: list[tuple[datetime, int, str]]) -> None:
    formats = [*FORMATS, "%d.%m.%Y %H:%M:%S", "%H:%M %Y-%m-%d"]
    together = Instants(formats, ZoneInfo("America/Los_Angeles"))
    for day, hour, one in written:
        wall = day.replace(hour=hour)
        assert together.read(wall.strftime(one)) == LOS_ANGELES.instant(wall)


@pytest.mark.parametrize("text", ["01/02/2018 10:00:00", "2018-01-02 10:00:00 AM", "02/30/2018 10:00:00 AM", ""])
def test_halves_of_two_formats_are_no_time(text: str) -> None:
    together = Instants(FORMATS, ZoneInfo("America/Los_Angeles"))
    for known in ("01/02/2018 10:00:00 AM", "2018-01-02 10:00:00"):
        together.read(known)
    with pytest.raises(ValueError, match=r"\w"):
        together.read(text)


def test_an_hour_that_came_twice_is_the_first_unless_the_end_would_come_before_its_beginning() -> None:
    twice = datetime(2018, 11, 4, 1, 30)  # noqa: DTZ001
    first, trouble = LOS_ANGELES.instant(twice)
    assert (first, trouble) == (datetime(2018, 11, 4, 8, 30, tzinfo=UTC), "ambiguous_hour")
    late, _ = LOS_ANGELES.instant(twice, not_before=datetime(2018, 11, 4, 8, 50, tzinfo=UTC))
    assert late == datetime(2018, 11, 4, 9, 30, tzinfo=UTC)


def test_an_hour_that_never_was_is_moved_on_with_the_clocks() -> None:
    found, trouble = LOS_ANGELES.instant(datetime(2018, 3, 11, 2, 30))  # noqa: DTZ001
    assert (found, trouble) == (datetime(2018, 3, 11, 10, 30, tzinfo=UTC), "skipped_hour")
