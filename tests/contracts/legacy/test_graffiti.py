"""Graffiti over the real protocol: pages that shift, tokens that expire, versions, and being asked to wait."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.graffiti import depot, stand_in
from ombud.connect.legacy.graffiti.stand_in import StandIn
from ombud.connect.legacy.graffiti.system import Graffiti, connect
from ombud.kernel.errors import BadInput
from ombud.plumbing import outgoing
from tests.conftest import NOON
from tests.contracts.legacy.reading import Watch, read, said

WALL = {"address": "356 S BERENDO ST", "lat": "34.0676", "lng": "-118.294", "surface": "fence", "sqft": "40"}
JOB = {"address": "356 S BERENDO ST"}


@pytest.fixture
def watch() -> Watch:
    return Watch(NOON)


@pytest.fixture
def there(tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(stand_in, "CALLS_PER_SECOND", 1000)
    with stand_in.serving(tmp_path, clock=watch) as running:
        yield running


@pytest.fixture
def far(there: StandIn) -> Iterator[Graffiti]:
    with _connected(there.url, page_size=10) as connection:
        yield connection


@contextmanager
def _connected(url: str, key: str = stand_in.CLIENT_SECRET, **told: object) -> Iterator[Graffiti]:
    settings = {"url": url, "timezone": "America/Los_Angeles", "client_id": stand_in.CLIENT_ID, **told}
    with closing(connect(settings, {"client_secret": key})) as connection:
        yield connection


# -- Reading --------------------------------------------------------------------------------------------------------
def test_the_first_time_everything_comes_oldest_change_first(there: StandIn, far: Graffiti, watch: Watch) -> None:
    numbers = []
    for _ in range(37):
        numbers.append(there.depot.take(JOB))
        watch.wind(seconds=1)
    records, _cursor = read(far)
    assert [record.far_id for record in records] == numbers


def test_more_jobs_of_one_second_than_a_page_holds_are_all_read(there: StandIn, far: Graffiti, watch: Watch) -> None:
    numbers = [there.depot.take(JOB) for _ in range(25)]
    watch.wind(seconds=1)
    numbers += [there.depot.take(JOB) for _ in range(3)]
    records, _cursor = read(far)
    assert [record.far_id for record in records] == numbers


def test_jobs_that_change_while_pages_are_turned_are_not_missed(
    there: StandIn, far: Graffiti, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []
    for _ in range(30):
        numbers.append(there.depot.take(JOB))
        watch.wind(seconds=1)
    changed, turns = there.depot.changed, iter(numbers)

    def meddling(since: str, **how: int) -> object:
        found = changed(since, **how)
        there.depot.change(next(turns), {"state": "dispatched"})  # moves from the front to the end
        watch.wind(seconds=1)
        return found

    monkeypatch.setattr(there.depot, "changed", meddling)
    records, _cursor = read(far)
    assert {record.far_id for record in records} == set(numbers)
    states = {record.far_id: record.values["state"] for record in records}
    assert states[numbers[0]] == "dispatched"


def test_afterwards_only_what_changed_comes(there: StandIn, far: Graffiti, watch: Watch) -> None:
    there.depot.take(JOB)
    watch.wind(minutes=10)
    changed = there.depot.take(JOB)
    _records, cursor = read(far)
    watch.wind(minutes=10)
    there.depot.change(changed, {"contractor": "KYCC"})
    records, _cursor = read(far, cursor)
    assert [(record.far_id, record.values["contractor"]) for record in records] == [(changed, "KYCC")]


def test_a_token_that_expires_between_pages_is_renewed(
    there: StandIn, far: Graffiti, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        there.depot.take(JOB)
        watch.wind(seconds=1)
    changed = there.depot.changed

    def expiring(since: str, **how: int) -> object:
        there.faults.set(expire=1)
        return changed(since, **how)

    monkeypatch.setattr(there.depot, "changed", expiring)
    assert len({record.far_id for record in read(far)[0]}) == 30


def test_a_page_that_comes_again_and_again_is_not_believed(there: StandIn, far: Graffiti) -> None:
    for _ in range(30):
        there.depot.take(JOB)
    there.faults.set(repeat=9)
    with pytest.raises(FarNonsense, match="gave before"):
        read(far)


def test_a_job_says_what_the_depot_says(there: StandIn, far: Graffiti) -> None:
    made = far.create("LA-7K3M-92Q", WALL)
    there.depot.change(made.far_id, {"contractor": "CCAC", "state": "dispatched"})
    for _ in range(2):
        there.depot.work()
    record = far.look(made.far_id)
    assert record is not None
    expected = {"state": "done", "contractor": "CCAC", "lat": "34.0676", "lng": "-118.294", "surface": "fence"}
    assert expected.items() <= record.values.items()
    assert record.values["result"]
    assert record.own_ref == "LA-7K3M-92Q"
    assert [remark.text for remark in record.remarks] == ["Crew on site."]
    assert far.look("G-999999") is None


def test_photos_of_before_and_after_can_be_fetched(there: StandIn, far: Graffiti) -> None:
    made = far.create("a", WALL)
    for _ in range(3):
        there.depot.work()
    listed = read(far)[0][0].values["photos"].split()
    record = far.look(made.far_id)
    assert record is not None
    assert record.values["photos"].split() == listed
    pictures = [outgoing.ask("GET", address) for address in listed]
    assert [picture.headers["content-type"] for picture in pictures] == ["image/jpeg", "image/jpeg"]
    assert pictures[0].body != pictures[1].body


# -- Writing --------------------------------------------------------------------------------------------------------
def test_the_same_report_is_made_there_once(there: StandIn, far: Graffiti) -> None:
    made = far.create("LA-7K3M-92Q", WALL)
    again = far.create("LA-7K3M-92Q", WALL)
    found = far.find("LA-7K3M-92Q")
    assert found is not None
    assert made.far_id == again.far_id == found.far_id
    assert there.depot.count() == 1
    assert far.find("LA-0000-000") is None


def test_a_change_goes_on_top_of_what_somebody_else_changed(
    there: StandIn, far: Graffiti, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = far.create("a", WALL)
    change, meddled = there.depot.change, []

    def meddling(number: str, told: object, *, version: int | None = None) -> None:
        if version is not None and not meddled:
            meddled.append(number)
            change(number, {"contractor": "HBT"})
        change(number, told, version=version)  # type: ignore[arg-type]

    monkeypatch.setattr(there.depot, "change", meddling)
    far.update(made.far_id, {"state": "cancelled", "result": "CXC-09"})
    record = far.look(made.far_id)
    assert record is not None
    assert meddled
    assert {"state": "cancelled", "contractor": "HBT"}.items() <= record.values.items()


def test_the_same_again_changes_nothing(far: Graffiti, watch: Watch) -> None:
    made = far.create("a", WALL)
    versions = []
    for _ in range(2):
        watch.wind(minutes=1)
        far.update(made.far_id, {"sqft": "55", "lat": "34.07", "lng": "-118.29"})
        far.say(made.far_id, said("r1", "It is on the north side."))
        record = far.look(made.far_id)
        assert record is not None
        versions.append(record)
    assert versions[0] == versions[1]
    assert [(remark.ref, remark.text) for remark in versions[0].remarks] == [("r1", "It is on the north side.")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "address or location"),
        ({**WALL, "contractor": "NOBODY"}, "contractor NOBODY"),
        ({**WALL, "colour": "red"}, "colour"),
        ({**WALL, "lat": "north"}, "degrees"),
    ],
)
def test_a_refusal_comes_with_their_words(far: Graffiti, values: dict[str, str], why: str) -> None:
    with pytest.raises(FarRefused, match=why):
        far.create("a", values)


def test_a_job_that_has_ended_refuses(there: StandIn, far: Graffiti) -> None:
    made = far.create("a", WALL)
    there.depot.change(made.far_id, {"state": "done", "result": "PNT"})
    with pytest.raises(FarRefused, match="ended"):
        far.update(made.far_id, {"state": "dispatched"})
    with pytest.raises(FarRefused, match="no such job"):
        far.update("G-999999", {"state": "dispatched"})


# -- What a server gets up to ---------------------------------------------------------------------------------------
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
    there.depot.take(JOB)
    with _connected(there.url, timeout_seconds=0.2) as far:
        read(far)
        there.faults.set(**faults)
        with pytest.raises(raised):
            read(far)
        there.faults.set()
        assert len(read(far)[0]) == 1


def test_a_short_wait_is_waited_and_a_long_one_is_left_to_the_bridge(there: StandIn) -> None:
    there.depot.take(JOB)
    there.faults.set(busy=1)
    with _connected(there.url) as far:
        assert len(read(far)[0]) == 1
    there.faults.set(busy=1)
    with _connected(there.url, patience_seconds=0) as far, pytest.raises(FarDown) as raised:
        read(far)
    assert raised.value.wait_seconds == 1


def test_a_secret_that_is_not_taken(there: StandIn) -> None:
    with _connected(there.url, key="old") as far, pytest.raises(FarDown, match="key"):
        read(far)


def test_a_token_that_is_never_taken_does_not_go_round_for_ever(there: StandIn, far: Graffiti) -> None:
    there.faults.set(expire=99)
    with pytest.raises(FarDown, match="key"):
        read(far)


@pytest.mark.parametrize("told", [{"timezone": "LA"}, {"page_size": 0}, {"colour": "red"}])
def test_settings_that_do_not_fit_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(BadInput), _connected("http://127.0.0.1:9", **told):
        pass


# -- The stand-in itself --------------------------------------------------------------------------------------------
def test_it_begins_with_real_places_and_keeps_its_state(tmp_path: Path, watch: Watch) -> None:
    turns = []
    for _ in range(2):
        with stand_in.serving(tmp_path, records=150, clock=watch) as there, _connected(there.url) as far:
            turns.append(read(far)[0])
    first, again = turns
    assert len(first) == 150
    assert again == first
    assert {record.values["state"] for record in first} >= {"done", "cancelled"}
    assert all(record.changed_at and record.changed_at <= NOON for record in first)


def test_at_times_a_contractor_finds_another_wall(there: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depot, "FINDS", 1.0)
    there.depot.take(JOB)
    there.depot.work()
    assert there.depot.count() == 2
