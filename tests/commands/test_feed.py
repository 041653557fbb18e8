"""Reading on while others write: whatever order transactions end in, each event is read once, and none is missed."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction

from ombud.plumbing import commit_order, walls
from ombud.service_requests import feed
from ombud.service_requests.feed import Position
from ombud.service_requests.models import RequestEvent, ServiceRequest
from tests.conftest import NOON

CITY = "feedtown"
KINDS = ("accepted", "closed")
pytestmark = pytest.mark.usefixtures("_ground")


@pytest.fixture
def owner() -> Iterator["psycopg.Connection[Any]"]:
    """The tables' owner on a connection of its own, who takes away what the writers left."""
    at = connection.settings_dict
    with psycopg.connect(
        dbname=at["NAME"], user=at["USER"], host=at["HOST"], port=at["PORT"], password=at["PASSWORD"], autocommit=True
    ) as owner:
        yield owner
        owner.execute("SET session_replication_role = replica")  # else nobody may delete history
        for table in ("ombud_request_event", "ombud_service_request"):
            owner.execute(f"DELETE FROM {table} WHERE jurisdiction_id = %s", [CITY])


class Writer(threading.Thread):
    """Writes events of its own requests, several in a transaction, and takes some back, on its own connection."""

    def __init__(self, seed: int, turns: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        self.turns = turns
        self.kept: list[int] = []
        self.trouble: Exception | None = None

    def run(self) -> None:
        """Write until the turns are over."""
        try:
            with walls.inside(CITY):
                request = new_request(self.dice.getrandbits(40))
                for turn in range(self.turns):
                    self._transact(request, turn * 10)
        except Exception as trouble:
            self.trouble = trouble
        finally:
            connection.close()

    def _transact(self, request: ServiceRequest, seq: int) -> None:
        made = []
        with transaction.atomic():
            for n in range(self.dice.randint(1, 4)):
                made.append(new_event(request, seq + n + 1, self.dice.choice((*KINDS, "noted"))))
                time.sleep(self.dice.choice((0, 0, 0.001, 0.004, 0.015)))
            if self.dice.random() < 0.2:
                transaction.set_rollback(True)
                return
        self.kept += [event.pk for event in made if event.kind in KINDS]


def new_request(number: int, visibility: str = "public") -> ServiceRequest:
    return ServiceRequest.objects.create(
        id=-number - 1, jurisdiction_id=CITY, number=f"FT-{number}", client_id=uuid4(), status="accepted",
        service_code="POTHOLE", service_version=1, agency="STREETS", priority="normal", visibility=visibility,
        channel="web", requested_at=NOON, updated_at=NOON,
    )  # fmt: skip


def new_event(request: ServiceRequest, seq: int, kind: str = "accepted") -> RequestEvent:
    return RequestEvent.objects.create(
        jurisdiction_id=CITY, request=request, seq=seq, kind=kind, at=NOON, actor_kind="staff", audience="public"
    )


def read_on(position: Position, limit: int = 100) -> feed.Stretch:
    return feed.read_on(CITY, position, kinds=KINDS, visibilities=("public",), limit=limit)


def read_while(writers: list[Writer], dice: random.Random) -> list[RequestEvent]:
    """Read on as long as anybody writes, and then to the end: the server's own housekeeping may hold that back."""
    seen: list[RequestEvent] = []
    position = Position()
    patience = time.monotonic() + 60
    while True:
        writing = any(writer.is_alive() for writer in writers)
        stretch = read_on(position, limit=dice.randint(1, 7))
        seen += stretch.events
        assert stretch.events or stretch.position == position
        position = stretch.position
        is_all = len(seen) >= sum(len(writer.kept) for writer in writers) or time.monotonic() > patience
        if not writing and not stretch.events and is_all:
            return seen


@pytest.mark.parametrize("seed", range(3))
def test_whatever_order_transactions_end_in_each_event_is_read_once(
    seed: int, owner: "psycopg.Connection[Any]", request: pytest.FixtureRequest
) -> None:
    turns = 400 if request.config.getoption("soak") else 25
    writers = [Writer(seed * 100 + n, turns) for n in range(6)]
    with walls.inside(CITY):
        for writer in writers:
            writer.start()
        seen = read_while(writers, random.Random(seed))
    assert [writer.trouble for writer in writers] == [None] * 6
    ids = [event.pk for event in seen]
    assert sorted(ids) == sorted(pk for writer in writers for pk in writer.kept)
    assert ids != sorted(ids), "no transaction overtook another: the test shows nothing"
    for writer in writers:
        mine = [event.seq for event in seen if event.pk in set(writer.kept)]
        assert mine == sorted(mine), "events of one request came out of order"


def test_what_was_made_before_and_is_committed_later_is_waited_for(owner: "psycopg.Connection[Any]") -> None:
    with walls.inside(CITY):
        early, late = Held(1), Held(2)
        early.write()
        late.write()
        late.commit()
        assert read_on(Position()).events == []
        early.commit()
        assert [event.pk for event in read_on(Position()).events] == [early.event_id, late.event_id]


def test_what_is_open_in_another_database_of_the_server_holds_nobody_back(
    owner: "psycopg.Connection[Any]",
) -> None:
    at = connection.settings_dict
    with psycopg.connect(
        dbname="postgres", user=at["USER"], host=at["HOST"], port=at["PORT"], password=at["PASSWORD"]
    ) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        with walls.inside(CITY):
            held = Held(7)
            held.write()
            assert read_on(Position()).events == []
            held.commit()
            assert [event.pk for event in read_on(Position()).events] == [held.event_id]


class Held:
    """A transaction on a connection of its own that is over when the test says so."""

    def __init__(self, number: int) -> None:
        self.number, self.event_id = number, 0
        self._go, self._written = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with walls.inside(CITY), transaction.atomic():
                self.event_id = new_event(new_request(self.number), 1).pk
                self._written.set()
                self._go.wait(20)
        finally:
            connection.close()

    def write(self) -> None:
        """Write, and stay open."""
        self._thread.start()
        assert self._written.wait(20)

    def commit(self) -> None:
        """End the transaction."""
        self._go.set()
        self._thread.join(20)


def test_rows_from_before_come_first_and_in_the_order_of_their_ids(owner: "psycopg.Connection[Any]") -> None:
    owner.execute("SET session_replication_role = replica")
    with walls.inside(CITY):
        held = Held(3)
        held.write()
        held.commit()
        owner.execute("UPDATE ombud_request_event SET written_in = 0 WHERE id = %s", [held.event_id])
        newer = Held(4)
        newer.write()
        newer.commit()
        assert [event.pk for event in read_on(Position()).events] == [held.event_id, newer.event_id]


def test_what_the_reader_has_written_itself_and_not_committed_is_not_settled(owner: "psycopg.Connection[Any]") -> None:
    with walls.inside(CITY):
        own = new_event(new_request(7), 1)
        own.refresh_from_db(fields=["written_in"])
        # Another's transaction begins later and is over at once.
        (later,) = owner.execute("SELECT (pg_current_xact_id()::text)::bigint").fetchone() or (0,)
        assert commit_order.settled() <= own.written_in < later


def test_after_a_restore_new_events_come_after_all_that_was_read(owner: "psycopg.Connection[Any]") -> None:
    # As a dump from a server that has seen a million transactions more.
    owner.execute("SET session_replication_role = replica")
    with walls.inside(CITY):
        old = Held(5)
        old.write()
        old.commit()
        ahead = commit_order.settled() + 1_000_000
        owner.execute("UPDATE ombud_request_event SET written_in = %s WHERE id = %s", [ahead, old.event_id])
        position = Position(ahead, old.event_id)
        assert read_on(Position()).events == []
        try:
            commit_order.move_beyond_what_is_there(owner.cursor())
            new = Held(6)
            new.write()
            new.commit()
            # Within the test's one transaction PostgreSQL hears late that a function is another one.
            with ThreadPoolExecutor(1) as elsewhere:
                assert elsewhere.submit(ids_after, position).result() == [new.event_id]
                assert elsewhere.submit(ids_after, Position()).result() == [old.event_id, new.event_id]
                elsewhere.submit(lambda: connection.close()).result()
            before = shift_of(owner)
            commit_order.move_beyond_what_is_there(owner.cursor())
            assert shift_of(owner) == before
        finally:
            owner.execute(commit_order._FUNCTION % 0)


def ids_after(position: Position) -> list[int]:
    """Return what comes after a position, on the thread's own connection."""
    with walls.inside(CITY):
        return [event.pk for event in read_on(position).events]


def shift_of(owner: "psycopg.Connection[Any]") -> int:
    row = owner.execute("SELECT ombud_commit_shift()").fetchone()
    assert row is not None
    return int(row[0])
