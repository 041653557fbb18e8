"""What the other side's words mean, both ways, and that nothing is guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.connect.bridge.rules import words
from ombud.connect.bridge.rules.mapping import LinkMapping, read_mapping
from ombud.kernel.errors import BadInput

SERVICES = {"POTHOLE", "STREETLIGHT"}
MAPPING = """
zone: America/Los_Angeles
times: "%m/%d/%Y %I:%M:%S %p"
create_there: ["*"]
fields:
  service: {far: SVC, in: {PTHL: POTHOLE, LGHT: STREETLIGHT}, owner: near}
  status:
    far: [STATUS, REASON]
    in: {"O|": received, "C|FX": "closed:fixed", "C|": "closed:unstated"}
    out: {received: "O|", accepted: "O|", "closed:fixed": "C|FX", "closed:*": "C|"}
  requested_at: {far: CREATED}
  closed_at: {far: CLOSED, times: [iso, epoch]}
  schedule: {far: [FROM, TO]}
  point: {far: [X, Y]}
  priority: {far: PRIO}
  description: {far: TEXT}
  answers.size: {far: SIZE, in: {S: small, L: large}}
"""


def mapping(more: str = "") -> LinkMapping:
    return read_mapping(MAPPING + more, services=SERVICES)


def read(name: str, word: str) -> str:
    return words.read(mapping(), name, word)


def test_a_record_is_read_in_our_words() -> None:
    values = {
        "SVC": "PTHL",
        "STATUS": "C",
        "REASON": "FX",
        "CREATED": "11/24/2026 01:02:03 PM",
        "X": "-93.3",
        "Y": "37.2",
    }
    reading = words.read_record(mapping(), values, services=SERVICES)
    assert reading.near == {
        "service": "POTHOLE",
        "status": "closed:fixed",
        "requested_at": "2026-11-24T21:02:03+00:00",
        "point": "-93.300000 37.200000",
    }
    assert reading.unknown == ()


def test_every_unknown_word_of_a_record_is_named() -> None:
    values = {"SVC": "TREE", "STATUS": "X", "REASON": "", "CREATED": "yesterday"}
    assert words.read_record(mapping(), values, services=SERVICES).unknown == (
        ("service", "TREE"),
        ("status", "X|"),
        ("requested_at", "yesterday"),
    )


@pytest.mark.parametrize(
    ("name", "word", "ours"),
    [
        ("closed_at", "2026-11-24T21:02:03Z", "2026-11-24T21:02:03+00:00"),
        ("closed_at", "2026-11-24T13:02:03", "2026-11-24T21:02:03+00:00"),
        ("closed_at", "1795554123", "2026-11-24T21:02:03+00:00"),
        ("closed_at", "", ""),
        (
            "schedule",
            "11/24/2026 08:00:00 AM|11/24/2026 12:00:00 PM",
            "2026-11-24T16:00:00+00:00/2026-11-24T20:00:00+00:00",
        ),
        ("schedule", "|", ""),
        # The hour that the clocks repeat is read as the first of the two.
        ("requested_at", "11/01/2026 01:30:00 AM", "2026-11-01T08:30:00+00:00"),
        ("point", "0|0", ""),
        ("priority", "high", "high"),
        ("answers.size", "S", "small"),
        ("answers.size", "", ""),
        ("description", " A hole\x00 \r\n here ", "A hole\n here"),
    ],
)
def test_words_read(name: str, word: str, ours: str) -> None:
    assert read(name, word) == ours


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("service", ""),
        ("status", "|"),
        ("priority", "P1"),
        ("answers.size", "XL"),
        ("point", "north|west"),
        ("point", "-93.3|137"),
        ("point", "nan|37"),
        ("requested_at", "13/24/2026 01:02:03 PM"),
        ("closed_at", "99999999999999999"),
    ],
)
def test_what_is_not_known_is_not_guessed(name: str, word: str) -> None:
    with pytest.raises(words.Unknown):
        read(name, word)


def test_words_written() -> None:
    known = mapping()
    assert words.write(known, "status", "accepted") == "O|"
    assert words.write(known, "status", "closed:fixed") == "C|FX"
    assert words.write(known, "status", "closed:made_safe") == "C|"
    assert words.write(known, "answers.size", "large") == "L"
    assert words.columns(known.fields["point"], words.write(known, "point", "-93.300000 37.200000")) == {
        "X": "-93.300000",
        "Y": "37.200000",
    }
    with pytest.raises(words.Unknown):
        words.write(known, "status", "withdrawn")


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1)))  # noqa: DTZ001
def test_an_instant_comes_back_as_it_went(at: datetime) -> None:
    known = mapping()
    ours = at.replace(tzinfo=UTC, microsecond=0)
    back = datetime.fromisoformat(
        words.read(known, "requested_at", words.write(known, "requested_at", ours.isoformat()))
    )
    # A pattern without a zone cannot tell the two hours apart that a change of clocks repeats.
    assert ours - back in (timedelta(0), timedelta(hours=1))
    assert words.read(known, "closed_at", words.write(known, "closed_at", ours.isoformat())) == ours.isoformat()


def test_the_poorer_side_decides_what_is_the_same() -> None:
    known = mapping()
    assert words.same(known, "status", "accepted", "O|", "received")
    assert words.same(known, "status", "closed:made_safe", "C|", "closed:unstated")
    assert not words.same(known, "status", "accepted", "C|", "closed:unstated")
    assert words.same(known, "point", "-93.300000 37.200000", "-93.30001|37.20001", "-93.300010 37.200010")
    assert not words.same(known, "point", "-93.300000 37.200000", "-93.301|37.2", "-93.301000 37.200000")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 1"),
        ("- 3", "dictionary"),
        (MAPPING.replace("owner: near", "ownr: near"), "ownr: Extra inputs are not permitted"),
        (MAPPING.replace("PTHL: POTHOLE", "PTHL: TREE"), "TREE"),
        (MAPPING.replace("point:", "spot:"), "spot means nothing here"),
        (MAPPING.replace("{far: [X, Y]}", "{far: X}"), "point: far: names 2 to 2 columns"),
        (MAPPING.replace("closed:unstated", "closed"), "closed, and only closed, says how"),
        (MAPPING.replace("closed:unstated", "closed:done"), "closed:done is no way to close"),
        (MAPPING.replace("Los_Angeles", "Los_Diablos"), "there is no zone"),
        (MAPPING.replace("  requested_at: {far: CREATED}\n", ""), "say where the requested_at stands"),
        (MAPPING.replace("{S: small, L: large}", "{S: small, L: small}"), "say both"),
        (MAPPING + "remarks: {out: [rated]}\n", "rated has no words"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_mapping(text, services=SERVICES)
    assert said in refused.value.message


def test_a_service_is_created_there_where_the_mapping_says_so() -> None:
    assert mapping().creates("POTHOLE")
    assert not mapping().creates("BULKY")
