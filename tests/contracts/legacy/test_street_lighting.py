"""Street lighting over real SFTP: nightly drops, half files, renamed columns, clocks that change, and an inbox."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import paramiko
import pytest
from django.conf import LazySettings

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.street_lighting import sheets, shop, stand_in
from ombud.connect.legacy.street_lighting.stand_in import StandIn
from ombud.connect.legacy.street_lighting.system import StreetLighting, connect
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from tests.conftest import NOON
from tests.contracts.legacy.reading import Watch, read, said

LAMP = {"type": "SL1", "address": "356 S BERENDO ST", "lat": "34.0676", "lon": "-118.294", "pole": "P4711"}
COLUMNS = {ours: list(names) for ours, *names in zip(shop.COLUMNS, *shop.HEADS, strict=True)}


@pytest.fixture
def watch() -> Iterator[Watch]:
    with clock.standing_at(NOON):
        yield Watch(NOON)


@pytest.fixture
def there(tmp_path: Path, watch: Watch) -> Iterator[StandIn]:
    with stand_in.serving(tmp_path, clock=watch) as running:
        yield running


@pytest.fixture
def far(there: StandIn) -> Iterator[StreetLighting]:
    with _connected(there) as connection:
        yield connection


@contextmanager
def _connected(there: StandIn, password: str = stand_in.PASSWORD, **told: object) -> Iterator[StreetLighting]:
    settings = {
        "host": there.host,
        "port": there.port,
        "user": stand_in.USER,
        "host_key": there.host_key,
        "timezone": "America/Los_Angeles",
        "columns": COLUMNS,
        "timeout_seconds": 5,
        **told,
    }
    with closing(connect(settings, {"password": password})) as connection:
        yield connection


def _dropped(there: StandIn, watch: Watch, name: str, **how: object) -> Path:
    """Let a night pass and return its file, with the time of the tests' clock."""
    path = there.shop.root / "outbound" / there.shop.drop(name=name, **how)  # type: ignore[arg-type]
    os.utime(path, (watch.now.timestamp(), watch.now.timestamp()))
    return path


# -- Reading --------------------------------------------------------------------------------------------------------
def test_the_first_time_everything_comes_once_and_as_it_is_now(
    there: StandIn, far: StreetLighting, watch: Watch
) -> None:
    first, untouched = there.shop.take(LAMP), there.shop.take(LAMP)
    _dropped(there, watch, "20261124")
    watch.wind(days=4)
    second = there.shop.take(LAMP)
    there.shop.change(first, {"status": "SCHED"})
    _dropped(there, watch, "20261128")
    records, cursor = read(far)
    assert [(record.far_id, record.values["status"]) for record in records] == [
        (untouched, "NEW"),
        (first, "SCHED"),
        (second, "NEW"),
    ]
    assert read(far, cursor) == ([], cursor)


def test_afterwards_only_what_the_new_drops_name_comes(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number, _other = there.shop.take(LAMP), there.shop.take(LAMP)
    _dropped(there, watch, "1")
    _records, cursor = read(far)
    watch.wind(days=4)
    there.shop.change(number, {"crew": "WEST"})
    _dropped(there, watch, "2")
    records, _cursor = read(far, cursor)
    assert [(record.far_id, record.values["crew"]) for record in records] == [(number, "WEST")]


def test_columns_that_were_renamed_are_the_same_columns(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    there.shop.take(LAMP)
    read_under = []
    for head in (0, 1):
        _dropped(there, watch, "1", head=head)
        read_under.append(read(far)[0])
    assert read_under[0] == read_under[1]
    assert read_under[0][0].values["pole"] == "P4711"


def test_a_column_that_nobody_knows_is_not_guessed(there: StandIn, watch: Watch) -> None:
    there.shop.take(LAMP)
    _dropped(there, watch, "1", head=1)
    known = {**COLUMNS, "number": ["SRNUM"]}
    with _connected(there, columns=known) as far, pytest.raises(FarNonsense, match="no column for the number"):
        read(far)


def test_a_file_that_is_still_being_written_waits(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take(LAMP)
    _dropped(there, watch, "1")
    _records, cursor = read(far)
    there.shop.change(number, {"status": "SCHED"})
    path = _dropped(there, watch, "2", whole=False)
    assert read(far, cursor) == ([], cursor)
    half = path.read_bytes()
    there.shop.drop(name="2")
    assert path.read_bytes().startswith(half)
    assert [record.values["status"] for record in read(far, cursor)[0]] == ["SCHED"]


def test_half_a_file_that_stays_half_is_for_a_person(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    there.shop.take(LAMP)
    _dropped(there, watch, "1", whole=False)
    with clock.standing_at(datetime(2026, 11, 25, 3, 0, tzinfo=UTC)), pytest.raises(FarNonsense, match="half a file"):
        read(far)
    _dropped(there, watch, "2")
    with pytest.raises(FarNonsense, match="half a file"):
        read(far)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_no_beginning_of_a_file_passes_for_the_whole(cut: int) -> None:
    whole = sheets.write([{"a": "1", "b": "two\r\n#END,1\r\n"}, {"a": "3", "b": "x"}], ("a", "b"))
    assert len(sheets.read(whole)) == 2
    with pytest.raises((sheets.NotWhole, sheets.NotATable)):
        sheets.read(whole[:-cut] if cut < len(whole) else b"")


@pytest.mark.parametrize(
    "content", [b"a,b\r\n1\r\n#END,1\r\n", b'a,b\r\n"1"x,2\r\n#END,1\r\n', b"a\r\n\x00\r\n#END,1\r\n"]
)
def test_a_table_that_is_none_is_not_read(content: bytes) -> None:
    with pytest.raises(sheets.NotATable):
        sheets.read(content)


def test_a_file_that_lost_a_line_on_the_way_is_not_whole() -> None:
    lines = sheets.write([{"a": "1"}, {"a": "2"}, {"a": "3"}], ("a",)).splitlines(keepends=True)
    with pytest.raises(sheets.NotWhole):
        sheets.read(b"".join(lines[:2] + lines[3:]))


def test_old_letters_are_read() -> None:
    assert sheets.read("name\r\nCañon\r\n#END,1\r\n".encode("cp1252")) == [{"name": "Cañon"}]


def test_a_drop_that_is_corrected_comes_again(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take(LAMP)
    _dropped(there, watch, "1")
    _records, cursor = read(far)
    there.shop.change(number, {"status": "SCHED"})
    _dropped(there, watch, "1")
    assert [record.values["status"] for record in read(far, cursor)[0]] == ["SCHED"]


def test_a_row_that_is_sent_again_as_it_was_takes_nothing_back(
    there: StandIn, far: StreetLighting, watch: Watch
) -> None:
    number = there.shop.take(LAMP)
    old = _dropped(there, watch, "1").read_bytes()
    watch.wind(hours=1)
    there.shop.change(number, {"status": "DONE", "outcome": "LAMP"})
    _dropped(there, watch, "2")
    _records, cursor = read(far)
    (there.shop.root / "outbound" / "BSL_SR_3.csv").write_bytes(old)
    assert [record.values["status"] for record in read(far, cursor)[0]] == ["DONE"]
    record = far.look(number)
    assert record is not None
    assert record.values["status"] == "DONE"
    assert [one.values["status"] for page in far.everything() for one in page.records] == ["DONE"]


@pytest.mark.parametrize(
    ("created", "changed", "instant"),
    [
        ("03/08/2026 01:00", "03/08/2026 02:30", datetime(2026, 3, 8, 10, 30, tzinfo=UTC)),  # no such hour
        ("10/31/2026 09:00", "11/01/2026 01:30", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),  # the first of two
        ("11/01/2026 01:50", "11/01/2026 01:10", datetime(2026, 11, 1, 9, 10, tzinfo=UTC)),  # must be the second
    ],
)
def test_hours_that_come_twice_or_never(
    there: StandIn, far: StreetLighting, watch: Watch, created: str, changed: str, instant: datetime
) -> None:
    number = there.shop.take({**LAMP, "created": created, "changed": changed})
    _dropped(there, watch, "1")
    record = far.look(number)
    assert record is not None
    assert record.changed_at == instant


@pytest.mark.parametrize("changed", ["", "13/13/2026 10:00", "yesterday"])
def test_a_time_that_is_none_is_not_guessed(there: StandIn, far: StreetLighting, watch: Watch, changed: str) -> None:
    there.shop.take({**LAMP, "changed": changed})
    _dropped(there, watch, "1")
    with pytest.raises(FarNonsense, match="time"):
        read(far)


# -- Their inbox ----------------------------------------------------------------------------------------------------
def test_what_we_want_made_is_made_with_the_next_drop_and_once(
    there: StandIn, far: StreetLighting, watch: Watch
) -> None:
    for _ in range(3):
        with pytest.raises(FarDown, match="next drop") as waiting, _connected(there) as line:
            line.create("LA-7K3M-92Q", LAMP)
        assert waiting.value.wait_seconds == 1800
    assert [path.name for path in (there.shop.root / "inbox").iterdir()] == ["NEW_LA-7K3M-92Q.csv"]
    _dropped(there, watch, "1")
    made = far.create("LA-7K3M-92Q", LAMP)
    assert far.find("LA-7K3M-92Q") == made == far.look(made.far_id)
    assert (made.own_ref, made.values["pole"]) == ("LA-7K3M-92Q", "P4711")
    assert there.shop.count() == 1


def test_until_they_take_it_our_change_is_not_taken_back(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take(LAMP)
    _dropped(there, watch, "1")
    far.update(number, {"status": "CANC", "description": "Taken back by the caller"})
    for record in (far.look(number), read(far)[0][0]):
        assert record is not None
        assert record.values["status"] == "CANC"
    watch.wind(hours=12)
    _dropped(there, watch, "2")
    with _connected(there) as after:
        record = after.look(number)
    assert record is not None
    assert (record.values["status"], record.values["description"]) == ("CANC", "Taken back by the caller")
    assert record.changed_at == watch.now
    assert list((there.shop.root / "inbox").iterdir()) == []


def test_the_same_change_is_one_file(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take(LAMP)
    _dropped(there, watch, "1")
    for _ in range(2):
        far.update(number, {"crew": "WEST"})
    assert len(list((there.shop.root / "inbox").iterdir())) == 1
    assert far.look(number) == next(one for page in far.everything() for one in page.records)


def test_what_they_refuse_to_make_is_refused_with_their_words(there: StandIn, watch: Watch) -> None:
    with _connected(there) as far, pytest.raises(FarDown):
        far.create("LA-1", {**LAMP, "type": "LASER"})
    _dropped(there, watch, "1")
    with _connected(there) as far, pytest.raises(FarRefused, match="LASER NOT IN TABLE"):
        far.create("LA-1", {**LAMP, "type": "LASER"})


def test_what_they_refuse_to_change_comes_back_as_a_remark(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take({**LAMP, "status": "DONE"})
    _dropped(there, watch, "1")
    _records, cursor = read(far)
    far.update(number, {"status": "SCHED"})
    _dropped(there, watch, "2")
    records, _cursor = read(far, cursor)
    assert [remark.text for record in records for remark in record.remarks] == ["SR IS CLOSED"]
    assert records[0].values["status"] == "DONE"


def test_what_cannot_be_set_or_said_is_refused_at_once(there: StandIn, far: StreetLighting, watch: Watch) -> None:
    number = there.shop.take(LAMP)
    _dropped(there, watch, "1")
    assert "say" not in far.can
    for call in (
        lambda: far.update(number, {"created": "01/01/2020 00:00"}),
        lambda: far.update("BSL-1", {"crew": "WEST"}),
        lambda: far.say(number, said("r", "?")),
    ):
        with pytest.raises(FarRefused):
            call()


def test_a_reference_is_no_way_out_of_the_inbox(there: StandIn, far: StreetLighting) -> None:
    with pytest.raises(FarDown, match="next drop"):
        far.create("../../outbound/BSL_SR_9", LAMP)
    assert [path.parent.name for path in there.shop.root.rglob("*.csv")] == ["inbox"]


# -- What a server gets up to ---------------------------------------------------------------------------------------
def test_a_host_with_another_key_is_not_spoken_to(there: StandIn) -> None:
    other = paramiko.ECDSAKey.generate()
    with (
        _connected(there, host_key=f"{other.get_name()} {other.get_base64()}") as far,
        pytest.raises(FarDown, match="another key"),
    ):
        read(far)


def test_a_password_that_is_not_taken(there: StandIn) -> None:
    with _connected(there, password="old") as far, pytest.raises(FarDown, match="key"):
        read(far)


def test_slow_cut_off_and_gone(there: StandIn, watch: Watch) -> None:
    there.shop.take(LAMP)
    _dropped(there, watch, "1")
    with _connected(there, timeout_seconds=0.5) as far:
        read(far)
        there.faults.set(slow_seconds=0.9)
        with pytest.raises(FarDown):
            read(far)
        there.faults.set(hang_up=1)
        with pytest.raises(FarDown):
            read(far)
        assert len(read(far)[0]) == 1
    with _connected(there, port=9) as far, pytest.raises(FarDown):
        read(far)


def test_a_network_that_the_operator_does_not_allow_is_not_entered(there: StandIn, settings: LazySettings) -> None:
    settings.OMBUD_OUTGOING_NETWORKS = []
    with _connected(there) as far, pytest.raises(FarDown, match="not public"):
        read(far)


def test_a_folder_that_is_not_there(there: StandIn) -> None:
    with _connected(there, drops="nightly") as far, pytest.raises(FarNonsense):
        read(far)


@pytest.mark.parametrize("told", [{"timezone": "LA"}, {"host_key": "?"}, {"columns": {"number": ["A"]}}, {"a": 1}])
def test_settings_that_do_not_fit_are_refused(there: StandIn, told: dict[str, object]) -> None:
    with pytest.raises(BadInput), _connected(there, **told):
        pass


def test_a_link_without_its_secret_is_refused(there: StandIn) -> None:
    with pytest.raises(BadInput, match="password"), _connected(there, password=""):
        pass


# -- The stand-in itself --------------------------------------------------------------------------------------------
def test_it_begins_with_real_places_and_keeps_its_state(tmp_path: Path, watch: Watch) -> None:
    turns = []
    for _ in range(2):
        with stand_in.serving(tmp_path, records=90, clock=watch) as there, _connected(there) as far:
            turns.append(read(far)[0])
    first, again = turns
    assert len(first) == 90
    assert again == first
    assert {record.values["status"] for record in first} >= {"DONE", "SCHED"}


def test_its_crew_mends_a_lamp(there: StandIn, watch: Watch) -> None:
    with _connected(there) as far, pytest.raises(FarDown):
        far.create("a", LAMP)
    for _ in range(3):
        watch.wind(minutes=2)
        there.shop.work()
    with _connected(there) as far:
        record = far.find("a")
    assert record is not None
    assert record.values["status"] == "DONE"


def test_at_times_a_light_goes_out_again(there: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "GOES_OUT", 1.0)
    there.shop.take(LAMP)
    there.shop.work()
    assert there.shop.count() == 2
