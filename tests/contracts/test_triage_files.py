"""`ombud triage classify` and `redact`, as an analyst with a file types them: no city, no database."""

import csv
import gzip
import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ombud.__main__ import needs_database

ROWS = [
    ["big pothole, call me at 323-555-0199", "en", "34.05", "-118.25", "pothole"],
    ["hay un bache en la esquina", "es", "", "", "pothole"],
    ["the kitchen is on fire", "en", "", "", "emergency"],
    ["es brennt", "de", "", "", ""],
]


def triage(*arguments: object) -> str:
    said = StringIO()
    with redirect_stdout(said):
        call_command("triage", *map(str, arguments))
    return said.getvalue()


def table(path: Path, rows: list[list[str]], *header: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return table(tmp_path / "asked.csv", ROWS, "Text", "LANG", "Lat", "Long", "Service")


def test_texts_are_classified_with_likelihoods_reasons_and_danger(asked: Path, tmp_path: Path) -> None:
    said = triage("classify", "--input", asked, "--output", tmp_path / "out.csv")
    first, second, third, fourth = read(tmp_path / "out.csv")
    assert (first["Text"], first["suggested_1"], first["danger"]) == (ROWS[0][0], "pothole", "")
    assert float(first["probability_1"]) > float(first["probability_2"] or 0)
    assert "pothole" in first["reasons"]
    assert second["suggested_1"] == "pothole"
    assert (third["danger"], third["danger_words"]) == ("fire", "on fire")
    assert fourth["danger"] == "not_checked"
    assert "WARNING" in said
    assert "de" in said
    assert "n=3" in said


def test_services_of_anybody_may_be_suggested(asked: Path, tmp_path: Path) -> None:
    services = table(
        tmp_path / "services.csv",
        [["S1", "Road damage", "pothole; hole in the street; bache"], ["S2", "Street trees", "tree; branch"]],
        *("code", "name", "keywords"),
    )
    triage("classify", "--input", asked, "--output", tmp_path / "out.csv", "--services", services)
    assert [row["suggested_1"] for row in read(tmp_path / "out.csv")][:2] == ["S1", "S1"]


def test_personal_data_is_masked_and_told_where_it_was(asked: Path, tmp_path: Path) -> None:
    triage("redact", "--input", asked, "--output", tmp_path / "out.csv")
    first = read(tmp_path / "out.csv")[0]
    assert first["redacted"] == "big pothole, call me at [phone]"
    (span,) = json.loads(first["spans"])
    assert ROWS[0][0][span["start"] : span["end"]] == "323-555-0199"
    assert float(first["score"]) > 0.5


def test_the_place_of_the_problem_may_stay(tmp_path: Path) -> None:
    asked = table(tmp_path / "a.csv", [["Ask for Lincoln Park staff at 1234 Elm St", ""]], "text", "place")
    keep = tmp_path / "keep.txt"
    keep.write_text("Lincoln Park\n")
    triage("redact", "--input", asked, "--output", tmp_path / "b.csv", "--keep", keep, "--keep-addresses")
    assert read(tmp_path / "b.csv")[0]["redacted"] == "Ask for Lincoln Park staff at 1234 Elm St"


def test_a_mark_at_the_beginning_of_the_file_is_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbftext\r\npothole\r\n\r\n")
    triage("classify", "--input", path, "--output", tmp_path / "out.csv")
    assert len(read(tmp_path / "out.csv")) == 1


def test_packed_files_are_unpacked_and_packed(tmp_path: Path) -> None:
    path, out = tmp_path / "asked.csv.gz", tmp_path / "out.csv.gz"
    path.write_bytes(gzip.compress(b"text\npothole\n"))
    triage("classify", "--input", path, "--output", out)
    assert gzip.decompress(out.read_bytes()).startswith(b"text,suggested_1")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"words here\nx\n", "no column"),
        (b"text\ncaf\xe9\n", "not UTF-8"),
        (b"text\na,b\n", "not quoted"),
        (b'text\n"abc\n', "cannot be read as CSV"),
    ],
)
@pytest.mark.parametrize("part", ["classify", "redact"])
def test_a_file_that_cannot_be_taken_is_refused_and_leaves_nothing(
    part: str, content: bytes, why: str, tmp_path: Path
) -> None:
    path, out = tmp_path / "bad.csv", tmp_path / "out.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=why):
        triage(part, "--input", path, "--output", out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv"]


def test_what_is_read_is_not_written_over(asked: Path) -> None:
    before = asked.read_bytes()
    with pytest.raises(CommandError, match="another file"):
        triage("classify", "--input", asked, "--output", asked)
    assert asked.read_bytes() == before


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be opened"):
        triage("redact", "--input", tmp_path / "none.csv", "--output", tmp_path / "out.csv")


def test_plain_files_need_no_database() -> None:
    assert not needs_database(["triage", "classify", "--input", "a.csv", "--output", "b.csv"])
    assert needs_database(["triage", "classify", "--input", "a.csv", "--output", "b.csv", "--city", "la"])
    assert needs_database(["triage", "classify", "--input", "a.csv", "--output", "b.csv", "--city=la"])
