"""
Another system in the same process, for tests of the bridge: it holds records in its own words, and misbehaves on order.

It knows only open and closed, prints times in its own way, and is called by numbers of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from ombud.connect.bridge import commands, handlers
from ombud.connect.bridge.models import Link, Twin
from ombud.connect.bridge.ports import Cursor, FarDown, FarRecord, FarRefused, Page, Remark, Values
from ombud.kernel import clock
from ombud.people.rules.permissions import Role
from ombud.plumbing import jobs, walls
from tests.builders import staff

YARA = staff(Role.ADMINISTRATOR, account_id=17)
ZONE = ZoneInfo("America/Los_Angeles")
FORMAT = "%Y-%m-%d %H:%M:%S"
MAPPING = """
zone: America/Los_Angeles
times: "%Y-%m-%d %H:%M:%S"
overlap_seconds: 60
create_there: [POTHOLE]
fields:
  service: {far: TYPE, in: {HOLE: POTHOLE, LAMP: STREETLIGHT}, owner: near}
  status:
    far: [STATE, RESULT]
    in: {"open|": received, "closed|done": "closed:fixed", "closed|none": "closed:nothing_found",
         "closed|": "closed:unstated"}
    out: {received: "open|", accepted: "open|", scheduled: "open|", on_list: "open|", withdrawn: "closed|",
          "closed:fixed": "closed|done", "closed:nothing_found": "closed|none", "closed:*": "closed|"}
  requested_at: {far: CREATED, direction: in}
  closed_at: {far: ENDED, direction: in}
  sentence: {far: COMMENT}
  unit: {far: CREW, owner: ask}
  priority: {far: PRIO, in: {"1": urgent, "2": high, "3": normal, "4": low}, owner: far}
  point: {far: [X, Y]}
  address: {far: ADDRESS}
  description: {far: TEXT}
  answers.size: {far: SIZE}
remarks: {in_as: reply}
"""


@dataclass
class Record:
    """A record of the other system."""

    values: dict[str, str]
    changed_at: datetime
    own_ref: str = ""
    remarks: list[Remark] = field(default_factory=list)
    gone: bool = False


@dataclass
class Far:
    """The other system. What `fails` names goes wrong once: before it is done, or after (the answer is lost)."""

    records: dict[str, Record] = field(default_factory=dict)
    fails: list[tuple[str, str, Exception]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    page_size: int = 2
    tells_own_ref: bool = True
    can: frozenset[str] = frozenset({"create", "update", "say", "find"})
    serial: int = 100
    keeps_our_refs: bool = True
    heard: set[str] = field(default_factory=set)

    # -- What its own people do ---------------------------------------------------------------------------
    def opened(self, *, at: datetime | None = None, **values: str) -> str:
        """Let somebody there make a record."""
        self.serial += 1
        number = f"F-{self.serial}"
        begun = {"TYPE": "HOLE", "STATE": "open", "RESULT": "", "CREATED": stamp(at or clock.now()), "ENDED": ""}
        begun |= {"X": "-93.292", "Y": "37.209", "COMMENT": "", "CREW": "", "PRIO": "3", "ADDRESS": "", "TEXT": ""}
        self.records[number] = Record({**begun, **values}, at or clock.now())
        return number

    def set(self, number: str, *, at: datetime | None = None, **values: str) -> None:
        """Let somebody there change a record."""
        record = self.records[number]
        record.values |= values
        record.changed_at = at or clock.now()

    def remark(self, number: str, text: str) -> None:
        """Let somebody there say something."""
        record = self.records[number]
        self.serial += 1
        record.remarks.append(Remark(f"N{self.serial}", text, clock.now()))
        record.changed_at = clock.now()

    # -- The port -----------------------------------------------------------------------------------------
    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Give what changed since, two at a time."""
        since = datetime.fromisoformat(cursor["since"]) - timedelta(seconds=60) if cursor else None
        changed = [n for n, r in self.records.items() if since is None or r.changed_at >= since]
        changed.sort(key=lambda n: (self.records[n].changed_at, n))
        yield from self._pages(changed, "changes")

    def everything(self) -> Iterator[Page]:
        """Give everything."""
        yield from self._pages([n for n, r in self.records.items() if not r.gone], "everything")

    def _pages(self, numbers: list[str], called: str) -> Iterator[Page]:
        for start in range(0, len(numbers), self.page_size):
            self._perhaps_fail(called, "before")
            some = numbers[start : start + self.page_size]
            last = max(self.records[n].changed_at for n in some)
            yield Page([self._as_told(n) for n in some], {"since": last.isoformat()})
        self._perhaps_fail(called, "after")

    def look(self, far_id: str) -> FarRecord | None:
        """Give one."""
        self._perhaps_fail("look", "before")
        return self._as_told(far_id) if far_id in self.records else None

    def find(self, own_ref: str) -> FarRecord | None:
        """Give the one made with our reference."""
        self._perhaps_fail("find", "before")
        return next((self._as_told(n) for n, r in self.records.items() if r.own_ref == own_ref), None)

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make one; asked twice, it makes two."""
        self._perhaps_fail("create", "before")
        self.serial += 1
        number = f"F-{self.serial}"
        begun = {"STATE": "open", "RESULT": "", "ENDED": "", "CREATED": stamp(clock.now()), "PRIO": "3", "CREW": ""}
        self.records[number] = Record({**begun, "COMMENT": "", **values}, clock.now(), own_ref)
        self._perhaps_fail("create", "after")
        return FarRecord(number)

    def update(self, far_id: str, values: Values) -> None:
        """Set values."""
        self._perhaps_fail("update", "before")
        record = self.records[far_id]
        if any(record.values.get(name) != value for name, value in values.items()):
            record.values |= values
            record.changed_at = clock.now()
        self._perhaps_fail("update", "after")

    def say(self, far_id: str, remark: Remark) -> None:
        """Keep a remark under a number of its own."""
        self._perhaps_fail("say", "before")
        record = self.records[far_id]
        if remark.ref not in self.heard:
            self.heard.add(remark.ref)
            self.serial += 1
            ref = remark.ref if self.keeps_our_refs else f"N{self.serial}"
            record.remarks.append(Remark(ref, remark.text, remark.at))
            record.changed_at = clock.now()
        self._perhaps_fail("say", "after")

    def close(self) -> None:
        """Nothing is open."""

    def _as_told(self, number: str) -> FarRecord:
        r = self.records[number]
        if r.gone:
            return FarRecord(number, changed_at=r.changed_at, gone=True)
        own_ref = r.own_ref if self.tells_own_ref else ""
        return FarRecord(number, dict(r.values), r.changed_at, own_ref, tuple(r.remarks))

    def _perhaps_fail(self, called: str, when: str) -> None:
        self.calls.append(called) if when == "before" else None
        for at, (name, moment, error) in enumerate(self.fails):
            if (name, moment) == (called, when):
                del self.fails[at]
                raise error


def stamp(at: datetime) -> str:
    """Return an instant as the other system writes it."""
    return at.astimezone(ZONE).strftime(FORMAT)


_far: list[Far] = []


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Far:
    """Open the connection: to the far system that the test stands on."""
    return _far[-1]


def stand_on(far: Far) -> None:
    """Let connections lead to this one."""
    _far[:] = [far]


def link_to(far: Far, *, mapping: str = MAPPING, mode: str = "both", city: str = "springfield") -> Link:
    """Return a link of Springfield to a far system."""
    stand_on(far)
    commands.save_link(
        jurisdiction_id=city,
        code="old",
        name="Old works",
        connector="fake",
        settings={},
        secrets={},
        every_seconds=60,
        actor=YARA,
    )
    commands.save_mapping(
        jurisdiction_id=city, code="old", text=mapping, seen=None, reason="", actor=YARA, at=clock.now()
    )
    commands.set_mode(jurisdiction_id=city, code="old", mode=mode, actor=YARA, at=clock.now())
    return Link.objects.get(jurisdiction_id=city, code="old")


def do_jobs(*, later: bool = False, at_most: int = 500) -> int:
    """
    Do the jobs that are due, as a worker would, the reactions of each event in their order; with `later` also those
    that are put off. Returns how many. What a job raises is raised.
    """
    done = 0
    while done < at_most:
        waiting = ProcrastinateJob.objects.filter(status="todo").order_by("id")
        if not later:
            waiting = waiting.exclude(scheduled_at__gt=clock.now())
        job = waiting.first()
        if job is None:
            return done
        done += 1
        args = job.args
        with walls.inside(args["city"]):
            if job.task_name == "ombud:react":
                with transaction.atomic():
                    if jobs._first_time(args["city"], args["event_id"], args["handler"]):
                        jobs._resolve(args["handler"])(args["event_id"])
            else:
                jobs._resolve(args["handler"])(args["subject_id"])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [job.pk])
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
    raise AssertionError("the jobs never end")


def turn(link: Link) -> Link:
    """Let the link be read, and what follows from it be done. Returns the link as it is then."""
    do_jobs()
    handlers.run(link.pk)
    do_jobs()
    link.refresh_from_db()
    return link


def twin_of(link: Link, request_id: int) -> Twin:
    """Return the twin of a request."""
    return Twin.objects.get(link=link, request_id=request_id)


DOWN = FarDown("It does not answer.")
REFUSED = FarRefused("It says no.")
