"""Sanitation over real SQL: ten slots, stamps without a zone, rows that vanish, and a login that may do little."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import LazySettings

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.sanitation import cluster, slots, stand_in, yards
from ombud.connect.legacy.sanitation.slots import Slot
from ombud.connect.legacy.sanitation.stand_in import StandIn
from ombud.connect.legacy.sanitation.system import Sanitation, connect
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from tests.contracts.legacy.reading import read, said

SOFA = {"sr_typ": "101", "addr": "356 S BERENDO ST", "zip": "90020", "x_coord": "-118.294017", "y_coord": "34.067639"}
WORDS = {1: "mattress", 3: "sofa", 9: "table", 10: "bookcase"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    home = tmp_path_factory.mktemp("sanitation")
    home.chmod(0o755)
    with stand_in.serving(home) as there:
        yield there


@pytest.fixture
def there(running: StandIn) -> StandIn:
    with cluster.owner(running.port) as owner:
        owner.execute("TRUNCATE sr_hdr, sr_stop, sr_note, sr_del_log")
    return running


@pytest.fixture
def far(there: StandIn) -> Iterator[Sanitation]:
    with _connected(there) as connection:
        yield connection


@contextmanager
def _connected(there: StandIn, **told: object) -> Iterator[Sanitation]:
    settings = {
        "host": there.host,
        "port": there.port,
        "database": cluster.DATABASE,
        "user": yards.LOGIN,
        "timezone": "America/Los_Angeles",
        "page_size": 10,
        "item_words": WORDS,
        **told,
    }
    with closing(connect(settings, {"password": yards.PASSWORD})) as connection:
        yield connection


def _took(there: StandIn, at: str, **header: object) -> str:
    """Write a service request with the stamps of a wall clock."""
    return there.yards.take(sr_typ=101, addr="356 S BERENDO ST", crte_ts=at, updt_ts=at, **header)


# -- Reading --------------------------------------------------------------------------------------------------------
def test_the_first_time_everything_comes_oldest_change_first(there: StandIn, far: Sanitation) -> None:
    numbers = [_took(there, f"2026-11-20 09:{minute:02}:00") for minute in range(35)]
    records, _cursor = read(far)
    assert [record.far_id for record in records] == numbers


def test_more_changes_of_one_second_than_a_page_holds_are_all_read(there: StandIn, far: Sanitation) -> None:
    numbers = [_took(there, "2026-11-20 09:00:00") for _ in range(25)]
    assert [record.far_id for record in read(far)[0]] == numbers


def test_afterwards_only_what_changed_comes(there: StandIn, far: Sanitation) -> None:
    changed, *_others = (_took(there, f"2026-11-20 09:{minute:02}:00") for minute in range(9))
    _records, cursor = read(far)
    there.yards.change(changed, stat_cd=20, updt_ts="2026-11-20 17:00:00")
    records, after = read(far, cursor)
    assert [(record.far_id, record.values["stat_cd"]) for record in records if record.far_id == changed] == [
        (changed, "20")
    ]
    assert {record.far_id for record in records} <= {changed, *_within_overlap(there)}
    assert after["since"] == "2026-11-20T17:00:00"


def _within_overlap(there: StandIn) -> set[str]:
    with cluster.owner(there.port) as owner:
        rows = owner.execute("SELECT sr_no FROM sr_hdr WHERE updt_ts >= '2026-11-20 09:06:00'").fetchall()
    return {str(row["sr_no"]).strip() for row in rows}


def test_a_row_that_vanished_is_told_from_the_log(there: StandIn, far: Sanitation) -> None:
    before, gone = _took(there, "2026-11-20 09:00:00"), _took(there, "2026-11-20 09:01:00")
    there.yards.delete(before)
    records, cursor = read(far)
    assert [(record.far_id, record.gone) for record in records] == [(gone, False)]
    there.yards.delete(gone)
    records, cursor = read(far, cursor)
    assert (gone, True) in [(record.far_id, record.gone) for record in records]
    assert far.look(gone) is None


def test_without_a_log_deletions_are_left_to_the_comparison(there: StandIn) -> None:
    kept, gone = _took(there, "2026-11-20 09:00:00"), _took(there, "2026-11-20 09:01:00")
    with cluster.owner(there.port) as owner, _connected(there, delete_log=False) as far:
        owner.execute("REVOKE SELECT ON sr_del_log FROM sr_bridge")
        try:
            _records, cursor = read(far)
            there.yards.delete(gone)
            assert not any(record.gone for record in read(far, cursor)[0])
            assert [record.far_id for page in far.everything() for record in page.records] == [kept]
        finally:
            owner.execute("GRANT SELECT ON sr_del_log TO sr_bridge")


def test_changes_in_an_hour_that_the_clocks_repeat_are_not_missed(there: StandIn, far: Sanitation) -> None:
    # On 1 November 2026 at 2:00 the clocks go back to 1:00.
    _took(there, "2026-11-01 01:50:00")
    with clock.standing_at(datetime(2026, 11, 1, 8, 51, tzinfo=UTC)):
        _records, cursor = read(far)
    late = _took(there, "2026-11-01 01:05:00")  # the second time round
    with clock.standing_at(datetime(2026, 11, 1, 9, 6, tzinfo=UTC)):
        records, _cursor = read(far, cursor)
    assert late in [record.far_id for record in records]


def test_a_stamp_in_an_hour_that_there_was_not_is_read(there: StandIn, far: Sanitation) -> None:
    _took(there, "2026-03-08 02:30:00")
    assert read(far)[0][0].changed_at == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


def test_a_record_says_what_the_tables_say(there: StandIn, far: Sanitation) -> None:
    items = [Slot(1, 2, picked=True), Slot(98, 1)]
    number = there.yards.take(items, **SOFA, yard_cd="NC", stat_cd=20, rte_no="214B", svc_dt="2026-11-25")
    record = far.look(number)
    assert record is not None
    assert {
        "sr_typ": "101",
        "stat_cd": "20",
        "yard_cd": "NC",
        "svc_dt": "2026-11-25",
        "x_coord": "-118.294017",
        "items": "mattress, 98",
        "item_count": "3",
        "items_picked": "2",
    }.items() <= record.values.items()


# -- Items ----------------------------------------------------------------------------------------------------------
def test_more_kinds_than_a_stop_has_slots_take_a_second_stop(there: StandIn) -> None:
    words = {code: f"item{code}" for code in range(1, 26)}
    with _connected(there, item_words=words) as far:
        made = far.create("a", {**SOFA, "items": ", ".join(words[code] for code in range(1, 13)), "item_count": "15"})
        again = far.look(made.far_id)
    assert again is not None
    assert again.values["items"] == ", ".join(words[code] for code in range(1, 13))
    assert again.values["item_count"] == "15"
    with cluster.owner(there.port) as owner:
        row = owner.execute("SELECT count(*) AS stops, max(item_1_cnt) AS most FROM sr_stop").fetchone()
    assert row == {"stops": 2, "most": 4}


@pytest.mark.parametrize(("kinds", "total"), [(3, 7), (3, 3), (3, 1), (1, 0), (0, 5), (25, 40)])
def test_counts_always_add_up_to_what_was_said(kinds: int, total: int) -> None:
    spread = slots.spread(list(range(1, kinds + 1)), total)
    assert sum(slot.count for slot in spread) == (total if kinds else 0)
    assert slots.read(slots.stops(spread)) == spread


def test_changed_items_keep_what_was_picked_up(there: StandIn, far: Sanitation) -> None:
    number = there.yards.take([Slot(1, 1, picked=True), Slot(3, 1)], **SOFA)
    far.update(number, {"items": "mattress, table", "item_count": "4"})
    record = far.look(number)
    assert record is not None
    assert record.values["items"] == "mattress, table"
    assert (record.values["item_count"], record.values["items_picked"]) == ("4", "3")


def test_an_item_that_has_no_number_there_is_refused(far: Sanitation) -> None:
    with pytest.raises(FarRefused, match="grand piano"):
        far.create("a", {**SOFA, "items": "mattress, grand piano"})
    assert far.find("a") is None


# -- Writing --------------------------------------------------------------------------------------------------------
def test_what_is_made_there_is_found_again_by_our_reference(far: Sanitation) -> None:
    made = far.create("LA-7K3M-92Q", {**SOFA, "items": "sofa", "item_count": "1"})
    found = far.find("LA-7K3M-92Q")
    assert found == made
    assert made.values["stat_cd"] == "10"
    assert far.find("LA-0000-000") is None


def test_the_same_again_touches_no_row(there: StandIn, far: Sanitation) -> None:
    made = far.create("a", SOFA)
    stamps = []
    for _ in range(2):
        far.update(made.far_id, {"stat_cd": "80", "x_coord": "-118.3", "cmnt_txt": "", "items": "sofa"})
        far.say(made.far_id, said("r1", "It stands by the gate."))
        with cluster.owner(there.port) as owner:
            stamps.append(owner.execute("SELECT xmin::text, * FROM sr_hdr").fetchone())
    record = far.look(made.far_id)
    assert record is not None
    assert stamps[0] == stamps[1]
    assert [(remark.ref, remark.text) for remark in record.remarks] == [("r1", "It stands by the gate.")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({**SOFA, "stat_cd": "55"}, "check constraint"),
        ({**SOFA, "sr_typ": "900"}, "foreign key"),
        ({**SOFA, "sr_typ": "sofa"}, "smallint"),
        ({**SOFA, "crte_ts": "2020-01-01"}, "crte_ts cannot be set"),
        ({"sr_typ": "101"}, "null value"),
    ],
)
def test_a_refusal_comes_with_their_words_and_leaves_nothing(
    there: StandIn, far: Sanitation, values: dict[str, str], why: str
) -> None:
    with pytest.raises(FarRefused, match=why):
        far.create("a", values)
    assert there.yards.count() == 0


def test_a_request_that_is_closed_there_refuses(there: StandIn, far: Sanitation) -> None:
    number = there.yards.take(**SOFA, stat_cd=90, rsln_cd=1)
    with pytest.raises(FarRefused, match="closed"):
        far.update(number, {"stat_cd": "20"})
    for call in (lambda: far.update("7-0", {"stat_cd": "20"}), lambda: far.say("7-0", said("r", "?"))):
        with pytest.raises(FarRefused, match="no request"):
            call()


@pytest.mark.parametrize("hostile", ["'; DROP TABLE sr_hdr; --", "a' OR '1'='1", "%s %(no)s", "\\'"])
def test_hostile_words_stay_words(there: StandIn, far: Sanitation, hostile: str) -> None:
    made = far.create(hostile, {**SOFA, "cmnt_txt": hostile})
    far.say(made.far_id, said(hostile, hostile))
    found = far.find(hostile)
    assert found is not None
    assert (found.own_ref, found.values["cmnt_txt"], found.remarks[0].text) == (hostile, hostile, hostile)
    assert far.look(hostile) is None


def test_the_login_deletes_no_request_and_makes_no_table(there: StandIn) -> None:
    with psycopg.connect(
        host=there.host, port=there.port, dbname=cluster.DATABASE, user=yards.LOGIN, password=yards.PASSWORD
    ) as login:
        for statement in ("DELETE FROM sr_hdr", "UPDATE sr_hdr SET crte_ts = now()", "CREATE TABLE a ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), login.transaction():
                login.execute(statement)  # type: ignore[call-overload]


# -- What a database gets up to -------------------------------------------------------------------------------------
def test_a_statement_that_takes_too_long_is_given_up(there: StandIn) -> None:
    made = there.yards.take(**SOFA)
    with _connected(there, timeout_seconds=0.3) as far:
        with cluster.owner(there.port) as owner, owner.transaction():
            owner.execute("LOCK TABLE sr_hdr")
            with pytest.raises(FarDown):
                read(far)
            with pytest.raises(FarDown):
                far.update(made, {"stat_cd": "20"})
        assert len(read(far)[0]) == 1


def test_a_connection_that_was_cut_is_opened_again(there: StandIn, far: Sanitation) -> None:
    there.yards.take(**SOFA)
    read(far)
    with cluster.owner(there.port) as owner:
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sr_bridge'")
    with pytest.raises(FarDown):
        read(far)
    assert len(read(far)[0]) == 1


def test_tables_that_are_not_there_are_not_guessed(there: StandIn) -> None:
    with _connected(there, schema_name="elsewhere") as far, pytest.raises(FarNonsense, match="other tables"):
        read(far)


def test_a_password_that_is_not_taken_and_nobody_there(there: StandIn) -> None:
    settings = {"host": there.host, "port": there.port, "database": "sanstar", "user": "sr_bridge"}
    zone = {"timezone": "America/Los_Angeles", "timeout_seconds": 2}
    with closing(connect({**settings, **zone}, {"password": "old"})) as far, pytest.raises(FarDown, match="password"):
        read(far)
    with _connected(there, port=9) as far, pytest.raises(FarDown):
        read(far)


def test_a_network_that_the_operator_does_not_allow_is_not_entered(there: StandIn, settings: LazySettings) -> None:
    settings.OMBUD_OUTGOING_NETWORKS = []
    with _connected(there) as far, pytest.raises(FarDown, match="not public"):
        read(far)


@pytest.mark.parametrize("told", [{"timezone": "LA"}, {"port": 0}, {"colour": "red"}])
def test_settings_that_do_not_fit_are_refused(there: StandIn, told: dict[str, object]) -> None:
    with pytest.raises(BadInput), _connected(there, **told):
        pass


# -- The stand-in itself --------------------------------------------------------------------------------------------
def test_it_keeps_its_state_and_its_port(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with stand_in.serving(tmp_path, records=5) as first:
        port = first.port
    with stand_in.serving(tmp_path, port=port, records=50) as again:
        assert (again.port, again.yards.count()) == (port, 5)


def test_it_begins_with_real_places_and_its_yards_work(there: StandIn, far: Sanitation) -> None:
    there.yards.fill(120)
    there.yards.fill(120)
    records, _cursor = read(far)
    assert len({record.far_id for record in records}) == 120
    assert {record.values["stat_cd"] for record in records} >= {"90"}
    made = far.create("a", {**SOFA, "items": "sofa, mattress", "item_count": "3"})
    for _ in range(3):
        there.yards.work()
    record = far.look(made.far_id)
    assert record is not None
    assert record.values["stat_cd"] == "90"
    assert record.values["items_picked"] == ("3" if record.values["rsln_cd"] == "1" else "0")


def test_at_times_somebody_calls_the_yard(there: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yards, "CALLS", 1.0)
    there.yards.take(**SOFA)
    there.yards.work()
    assert there.yards.count() == 2
