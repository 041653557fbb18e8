"""Street services over the real protocol: windows of lists, wall clocks, a key, and what an old server gets up to."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.street_services import office, stand_in
from ombud.connect.legacy.street_services.stand_in import StandIn
from ombud.connect.legacy.street_services.system import StreetServices, connect
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from tests.conftest import NOON
from tests.contracts.legacy.reading import Watch, read, said

POTHOLE = {"type": "SMD-POT", "address": "356 S BERENDO ST", "lat": "34.0676", "long": "-118.2940"}


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch(NOON)
    with clock.standing_at(NOON):
        yield watch


@pytest.fixture
def there(tmp_path: Path, watch: Watch) -> Iterator[StandIn]:
    with stand_in.serving(tmp_path, clock=watch) as running:
        yield running


@pytest.fixture
def far(there: StandIn) -> Iterator[StreetServices]:
    with _connected(there.url) as connection:
        yield connection


@contextmanager
def _connected(url: str, key: str = stand_in.API_KEY, **told: object) -> Iterator[StreetServices]:
    settings = {"url": url, "timezone": "America/Los_Angeles", "begins_on": "2026-01-01", **told}
    with closing(connect(settings, {"api_key": key})) as connection:
        yield connection


# -- Reading --------------------------------------------------------------------------------------------------------
def test_the_first_time_everything_comes_oldest_change_first(there: StandIn, far: StreetServices, watch: Watch) -> None:
    numbers = []
    for _ in range(120):
        numbers.append(there.office.take(POTHOLE))
        watch.wind(seconds=30)
    with clock.standing_at(watch.now):
        records, _cursor = read(far)
    assert [record.far_id for record in records] == numbers


def test_more_than_a_list_may_hold_is_read_in_narrower_windows(
    there: StandIn, far: StreetServices, watch: Watch
) -> None:
    for _ in range(stand_in.LIST_LIMIT + 20):
        there.office.take(POTHOLE)
        watch.wind(seconds=1)
    with clock.standing_at(watch.now):
        pages = list(far.changes({}))
    assert len([page for page in pages if page.records]) > 1
    assert len({record.far_id for page in pages for record in page.records}) == stand_in.LIST_LIMIT + 20


def test_more_changes_in_a_second_than_it_lists_are_not_passed_over_in_silence(
    there: StandIn, far: StreetServices
) -> None:
    for _ in range(stand_in.LIST_LIMIT + 1):
        there.office.take(POTHOLE)
    with pytest.raises(FarNonsense, match="always more"):
        read(far)


def test_afterwards_only_what_changed_comes(there: StandIn, far: StreetServices, watch: Watch) -> None:
    old, changed = there.office.take(POTHOLE), there.office.take(POTHOLE)
    watch.wind(hours=5)
    with clock.standing_at(watch.now):
        _records, cursor = read(far)
        there.office.change(changed, {"status": "ASSIGNED"})
        records, _cursor = read(far, cursor)
    assert [(record.far_id, record.values["status"]) for record in records] == [(changed, "ASSIGNED")]
    assert old != changed


def test_a_record_says_what_the_office_says(there: StandIn, far: StreetServices) -> None:
    number = there.office.take({**POTHOLE, "description": "Señor, 1 < 2 & a hole", "ref": "LA-7K3M-92Q"})
    there.office.change(number, {"status": "COMPLETE", "resolution": "R02"})
    record = far.look(number)
    assert record is not None
    assert record.changed_at == NOON
    assert record.own_ref == "LA-7K3M-92Q"
    expected = {"type": "SMD-POT", "status": "COMPLETE", "resolution": "R02", "created": "11/24/2026 12:00:00 PM"}
    assert expected.items() <= record.values.items()
    assert record.values["description"] == "Señor, 1 < 2 & a hole"
    assert record.values["resolution_name"] == "Temporary repair, made safe"
    assert far.look("SR1-0099999") is None


def test_changes_in_an_hour_that_the_clocks_repeat_are_not_missed(
    there: StandIn, far: StreetServices, watch: Watch
) -> None:
    # On 1 November 2026 at 2:00 the clocks go back to 1:00.
    watch.now = datetime(2026, 11, 1, 8, 50, tzinfo=UTC)  # 1:50, the first time
    with clock.standing_at(watch.now):
        _records, cursor = read(far)
    watch.now = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)  # 1:05, the second time
    number = there.office.take(POTHOLE)
    watch.now = datetime(2026, 11, 1, 9, 6, tzinfo=UTC)
    with clock.standing_at(watch.now):
        records, _cursor = read(far, cursor)
    assert [record.far_id for record in records] == [number]


def test_pages_that_shift_while_they_are_turned_are_read_again(
    there: StandIn, far: StreetServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {there.office.take(POTHOLE) for _ in range(stand_in.PAGE_SIZE + 5)}
    search, meddled = there.office.search, []

    def meddling(*asked: str, **how: int) -> object:
        found = search(*asked, **how)
        if not meddled:
            meddled.append(there.office.take(POTHOLE))
        return found

    monkeypatch.setattr(there.office, "search", meddling)
    records, _cursor = read(far)
    assert {record.far_id for record in records} == numbers | set(meddled)


def test_internal_comments_stay_there(there: StandIn, far: StreetServices) -> None:
    number = there.office.take(POTHOLE)
    there.office.comment(number, "Caller is difficult", kind="INT")
    there.office.comment(number, "Crew scheduled.")
    record = far.look(number)
    assert record is not None
    assert [remark.text for remark in record.remarks] == ["Crew scheduled."]


# -- Writing --------------------------------------------------------------------------------------------------------
def test_what_is_made_there_is_found_again_by_our_reference(there: StandIn, far: StreetServices) -> None:
    made = far.create("LA-7K3M-92Q", POTHOLE)
    found = far.find("LA-7K3M-92Q")
    assert found is not None
    assert found.far_id == made.far_id
    assert far.find("LA-0000-000") is None


def test_values_are_set_and_the_same_again_changes_nothing(there: StandIn, far: StreetServices, watch: Watch) -> None:
    made = far.create("a", POTHOLE)
    watch.wind(minutes=1)
    far.update(made.far_id, {"status": "CANCELLED", "description": "Taken back by the caller"})
    once = far.look(made.far_id)
    watch.wind(minutes=1)
    far.update(made.far_id, {"status": "CANCELLED", "description": "Taken back by the caller"})
    assert once is not None
    assert once.values["status"] == "CANCELLED"
    assert far.look(made.far_id) == once


def test_a_remark_is_added_once(far: StreetServices) -> None:
    made = far.create("a", POTHOLE)
    for _ in range(2):
        far.say(made.far_id, said("r1", "There are two holes \N{EM DASH} one is deep."))
    record = far.look(made.far_id)
    assert record is not None
    assert [(remark.ref, remark.text) for remark in record.remarks] == [
        ("r1", "There are two holes \N{EM DASH} one is deep.")
    ]


@pytest.mark.parametrize(
    ("values", "why"),
    [({**POTHOLE, "type": "POTHOLE"}, "Unknown type code"), ({"type": "SMD-POT"}, "Location required")],
)
def test_a_refusal_comes_with_their_words(far: StreetServices, values: dict[str, str], why: str) -> None:
    with pytest.raises(FarRefused, match=why):
        far.create("a", values)


def test_a_record_that_is_closed_there_refuses(there: StandIn, far: StreetServices) -> None:
    number = there.office.take(POTHOLE)
    there.office.change(number, {"status": "COMPLETE", "resolution": "R01"})
    with pytest.raises(FarRefused, match="closed"):
        far.update(number, {"status": "ASSIGNED"})


# -- What an old server gets up to ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("faults", "raised"),
    [
        ({"html": 1}, FarNonsense),
        ({"half": 1}, FarNonsense),
        ({"broken": 1}, FarDown),
        ({"hang_up": 1}, FarDown),
        ({"slow_seconds": 0.4}, FarDown),
    ],
)
def test_what_goes_wrong_there_is_said_and_passes(
    there: StandIn, faults: dict[str, float], raised: type[FarDown]
) -> None:
    there.office.take(POTHOLE)
    there.faults.set(**faults)
    with _connected(there.url, timeout_seconds=0.2) as far:
        with pytest.raises(raised):
            read(far)
        there.faults.set()
        assert len(read(far)[0]) == 1


def test_it_says_how_long_it_wants_us_to_wait(there: StandIn, far: StreetServices) -> None:
    there.faults.set(broken=1)
    with pytest.raises(FarDown) as raised:
        far.look("SR1-0000001")
    assert raised.value.wait_seconds == 7


def test_a_key_that_is_not_taken_is_no_fault_of_what_we_sent(there: StandIn) -> None:
    with _connected(there.url, key="old") as far, pytest.raises(FarDown, match="key"):
        far.create("a", POTHOLE)


def test_nobody_there() -> None:
    with _connected("http://127.0.0.1:9") as far, pytest.raises(FarDown):
        read(far)


def test_xml_that_would_eat_us_is_not_read(
    there: StandIn, far: StreetServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><SERVICEREQUESTS TOTAL="0">&c;</SERVICEREQUESTS>'
    monkeypatch.setattr(stand_in.Xml, "tostring", lambda *_, **__: bomb)
    with pytest.raises(FarNonsense):
        read(far)


@pytest.mark.parametrize("told", [{"timezone": "LA"}, {"pages": 3}, {"timeout_seconds": 0}])
def test_settings_that_do_not_fit_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(BadInput), _connected("http://127.0.0.1:9", **told):
        pass


def test_a_link_without_its_key_is_refused() -> None:
    with pytest.raises(BadInput, match="api_key"), _connected("http://127.0.0.1:9", key=""):
        pass


# -- The stand-in itself --------------------------------------------------------------------------------------------
def test_it_begins_with_real_places_and_keeps_its_state(tmp_path: Path, watch: Watch) -> None:
    turns = []
    for _ in range(2):
        with stand_in.serving(tmp_path, records=80, clock=watch) as there, _connected(there.url) as far:
            turns.append(read(far)[0])
    first, again = turns
    assert len(first) == 80
    assert again == first
    assert {record.values["status"] for record in first} >= {"COMPLETE", "ASSIGNED"}
    assert all(record.changed_at and record.changed_at <= NOON for record in first)


def test_its_crew_moves_a_request_to_its_end(there: StandIn, far: StreetServices) -> None:
    made = far.create("a", POTHOLE)
    for _ in range(3):
        there.office.work()
    record = far.look(made.far_id)
    assert record is not None
    assert record.values["status"] == "COMPLETE"
    assert record.values["resolution"]
    assert timedelta(0) == NOON - (record.changed_at or NOON)


def test_at_times_somebody_calls_the_office(there: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "CALLS", 1.0)
    there.office.take(POTHOLE)
    there.office.work()
    assert there.office.count() == 2
