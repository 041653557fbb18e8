"""`ombud triage duplicates` on plain tables, and the labelled ones of real cities."""

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bench.duplicates import measured
from tests.conftest import SHARED_DATA

LAMPS = """Request ID,Type,Created Date,lat,long,Description,Pole
1,Lamp out,2026-01-01T10:00,34.05,-118.25,dark since days,4711
2,Lamp out,2026-01-02T10:00,34.05002,-118.25,it is dark,4711
3,Pothole,01/02/2026 01:00:00 PM,34.06,-118.25,,
4,Pothole,01/02/2026 03:00:00 PM,34.06001,-118.25,,
5,Pothole,01/02/2026 02:00:00 PM,34.07,-118.25,,
"""


def put_together(folder: Path, table: str, **options: Any) -> list[dict[str, str]]:
    (folder / "in.csv").write_text(table, encoding="utf-8")
    call_command("triage", "duplicates", input=folder / "in.csv", output=folder / "out.csv", **options)
    with (folder / "out.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_row_comes_back_with_its_incident_score_and_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = put_together(tmp_path, LAMPS)
    assert [(r["Request ID"], r["incident"], r["decision"]) for r in rows] == [
        ("1", "1", "leave"),
        ("2", "1", "join"),
        ("3", "3", "leave"),
        ("4", "3", "join"),
        ("5", "5", "leave"),
    ]
    assert rows[3]["candidate"] == "3"
    assert rows[3]["reasons"] == "1 m away; 2 hours apart"
    assert float(rows[3]["score"]) > 0.85
    assert "5 requests" in capsys.readouterr().out


def test_bars_and_distance_are_options(tmp_path: Path) -> None:
    assert {r["decision"] for r in put_together(tmp_path, LAMPS, join=1.0)} == {"leave", "ask"}
    # The lamp is known by its number, wherever it stands.
    assert [r["decision"] for r in put_together(tmp_path, LAMPS, radius=0.5)] == ["leave", "join", *["leave"] * 3]


def test_with_the_truth_in_the_table_it_says_how_well_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = LAMPS.splitlines()
    truth = [f"{lines[0]},truth", *(f"{line},{t}" for line, t in zip(lines[1:], ["", "1", "", "3", "3"], strict=True))]
    put_together(tmp_path, "\n".join(truth))
    assert "pairs: precision 1.000, recall 0.500" in capsys.readouterr().out


def test_packed_tables_and_marks_of_spreadsheets_are_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "in.csv.gz", "wt", encoding="utf-8-sig") as stream:
        stream.write(LAMPS)
    call_command("triage", "duplicates", input=tmp_path / "in.csv.gz", output=tmp_path / "out.csv.gz")
    with gzip.open(tmp_path / "out.csv.gz", "rt", encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 5


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "no rows"),
        ("id,service,time,address\n", "no rows"),
        ("a,b\n1,2\n", "no column for: id; service; time"),
        ("id,service,time\n1,a,2026-01-01\n", "longitude and latitude, or address, or asset"),
        ("id,service,time,address\n1,a,yesterday,1 Elm St\n", "Line 2: “yesterday” in “time” is no date"),
        ("id,service,time,address\n1,,2026-01-01,1 Elm St\n", "Line 2: “service” is empty"),
        ("id,service,time,address\n1,a,2026-01-01,x\n1,a,2026-01-01,x\n", "Line 3: the id “1” is there twice"),
    ],
)
def test_a_bad_table_is_told_and_nothing_is_written(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        put_together(tmp_path, table)
    assert not (tmp_path / "out.csv").exists()


def test_other_letters_than_utf_8_are_told(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,service,time,address\n1,a\xf1o,2026-01-01,x\n")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("triage", "duplicates", input=tmp_path / "in.csv", output=tmp_path / "out.csv")


def test_it_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(LAMPS, encoding="utf-8")
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "OMBUD_HOME": str(tmp_path / "home")}
    arguments = ["triage", "duplicates", "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]
    run = subprocess.run(
        [sys.executable, "-m", "ombud", *arguments], env=nowhere, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()
    refused = subprocess.run(
        [sys.executable, "-m", "ombud", *arguments[:3], str(tmp_path / "no.csv"), *arguments[4:]],
        env=nowhere,
        cwd=Path(__file__).parents[2],
        capture_output=True,
    )
    assert refused.returncode == 1
    assert b"cannot be read" in refused.stderr


@pytest.mark.shared_data
def test_on_labels_of_real_cities_it_beats_the_same_address(capsys: pytest.CaptureFixture[str]) -> None:
    figures = measured("san_francisco", data=SHARED_DATA)
    capsys.readouterr()
    for kind in ("labels", "pairs", "b_cubed"):
        assert figures["join"][kind]["f1"] > figures["baseline"][kind]["f1"], json.dumps(figures)
    assert figures["blocking_recall"] > 0.9
