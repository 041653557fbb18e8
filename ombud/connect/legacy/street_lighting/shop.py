"""What the street lighting stand-in holds: lamps to be mended, an inbox, and what it drops each night."""

import random
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ombud.connect.legacy.standing_in import past
from ombud.connect.legacy.street_lighting import sheets

ZONE = ZoneInfo("America/Los_Angeles")
COLUMNS = (
    "number", "ref", "type", "status", "outcome", "created", "changed", "closed", "pole", "address", "lat", "lon",
    "crew", "description",
)  # fmt: skip
# The columns have had two sets of names; which is used changes between drops.
HEADS = (
    ("SRNUM", "PARTNERREF", "SRTYPE", "STATUS", "OUTCOME", "CREATED", "LASTUPD", "CLOSED", "POLE", "ADDRESS", "LAT",
     "LON", "CREW", "DESCR"),
    ("SR Number", "Partner Ref", "SR Type", "Stat", "Outcome Cd", "Created Dt", "Last Update Dt", "Closed Dt",
     "Pole Id", "Location", "Latitude", "Longitude", "Crew", "Description"),
)  # fmt: skip
TYPES = {"SL1": "Single light", "SLM": "Multiple lights", "EVC": "Charger", "TEL": "Telecom", "UGS": "Utility sheet"}
STATUSES = ("NEW", "SCHED", "HOLD", "DONE", "CANC")
OUTCOMES = {
    "LAMP": "Lamp replaced",
    "WIRE": "Wire replaced",
    "SAFE": "Made safe, circuit off",
    "OKOA": "Working on arrival",
    "DWP": "Referred to the utility",
    "DUP": "Duplicate",
    "CAP": "On the capital list",
    "Z": "Closed by batch",
}
ENDED = ("DONE", "CANC")
WALL = "%m/%d/%Y %H:%M"
RESENT = timedelta(days=3)
# In so many of the crew's turns a light goes out that was mended before.
GOES_OUT = 0.2
KINDS = ("Single Streetlight Issue", "Multiple Streetlight Issue")


class Shop:
    """The records. `clock` gives the instant; the shop writes it by the city's wall clock, without zone or seconds."""

    def __init__(self, home: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.root = home / "files"
        for folder in ("outbound", "inbox", "done"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(home / "lamps.sqlite", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        columns = ", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in COLUMNS)
        # `stamp` is for the shop itself: its files have only minutes, and an hour that comes twice.
        self._db.execute(f"CREATE TABLE IF NOT EXISTS lamp (id INTEGER PRIMARY KEY, stamp TEXT, {columns})")
        self._turns = len(list((self.root / "outbound").glob("BSL_SR_*")))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def count(self) -> int:
        """Return how many records there are."""
        return int(self._db.execute("SELECT count(*) FROM lamp").fetchone()[0])

    def take(self, values: Mapping[str, str], *, ref: str = "") -> str:
        """Write a new record and return its number. Raises ValueError."""
        if values.get("type") not in TYPES:
            raise ValueError(f"SR TYPE {values.get('type', '')} NOT IN TABLE")
        now = self._wall()
        row = {"status": "NEW", "created": now, "changed": now, **values, "ref": ref}
        return self._insert(row, self.clock())

    def change(self, number: str, values: Mapping[str, str]) -> None:
        """Set values of a record. Raises ValueError."""
        row = self.look(number)
        if row is None:
            raise ValueError("SR NOT ON FILE")
        if row["status"] in ENDED and values.get("status", row["status"]) not in ENDED:
            raise ValueError("SR IS CLOSED")
        if values.get("status", "NEW") not in STATUSES:
            raise ValueError(f"STATUS {values['status']} NOT IN TABLE")
        ended = {"closed": self._wall()} if values.get("status") in ENDED else {}
        told = {**ended, **values, "changed": self._wall()}
        sets = ", ".join(f"{name} = ?" for name in told)
        with self._lock:
            self._db.execute(
                f"UPDATE lamp SET stamp = ?, {sets} WHERE number = ?",  # noqa: S608  names are of our own list
                (self.clock().isoformat(), *told.values(), number),
            )

    def look(self, number: str) -> sqlite3.Row | None:
        """Return a record, or None."""
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM lamp WHERE number = ?", (number,)).fetchone()
        return row

    def drop(self, *, name: str = "", head: int | None = None, whole: bool = True) -> str:
        """
        Do what is done each night: work through the inbox, then drop what changed in the last days, all at first.

        Returns the name of the file; without `whole` its end is missing.
        """
        with self._lock:
            answers = self._read_inbox()
            since = (self.clock() - RESENT).isoformat() if self._turns else ""
            rows = self._db.execute("SELECT * FROM lamp WHERE stamp >= ? ORDER BY stamp, id", (since,)).fetchall()
            heads = HEADS[self._turns % 5 == 4 if head is None else head]
            content = sheets.write(
                [dict(zip(heads, (row[column] for column in COLUMNS), strict=True)) for row in rows], heads
            )
            part = name or self._wall_now().strftime("%Y%m%d_%H%M%S")
            head_of_answers = ("REF", "NUMBER", "RESULT", "REASON")
            self._put(f"BSL_ACK_{part}.csv", sheets.write(answers, head_of_answers))
            self._put(f"BSL_SR_{part}.csv", content if whole else content[: len(content) * 2 // 3])
            self._turns += 1
            return f"BSL_SR_{part}.csv"

    def fill(self, number: int, *, seed: int = 71) -> None:
        """Begin with so many past records, real rows of this bureau, and a first drop; only an empty shop is filled."""
        if not number or self.count():
            return
        chance = random.Random(seed)  # noqa: S311  a demo's data
        until = self._wall_now()
        with self._lock:
            self._db.execute("BEGIN")
            for row in past.drawn(number, kinds=KINDS, seed=seed, until=until):
                told = _old(row, chance, until)
                self._insert(told, datetime.strptime(told["changed"], WALL).replace(tzinfo=ZONE))
            self._db.execute("COMMIT")
        self.drop()

    def work(self, chance: random.Random | None = None) -> None:
        """Let a crew move a record or two a step further, and drop a file; at times another light goes out."""
        chance = chance or random.Random()  # noqa: S311  a demo's crew
        if chance.random() < GOES_OUT:
            self._go_out_again()
        rows = self._db.execute(
            "SELECT number, status FROM lamp WHERE status IN ('NEW', 'SCHED') ORDER BY ref = '', random() LIMIT 2"
        ).fetchall()
        for row in rows:
            if row["status"] == "NEW":
                self.change(row["number"], {"status": "SCHED", "crew": chance.choice(("NORTH", "CENTRAL", "SOUTH"))})
            else:
                outcome = chance.choices(("LAMP", "WIRE", "OKOA"), (6, 3, 1))[0]
                self.change(row["number"], {"status": "DONE", "outcome": outcome})
        self.drop()
        self._tidy()

    def _go_out_again(self) -> None:
        """Write down that a light is out which was mended before."""
        mended = "SELECT type, pole, address, lat, lon FROM lamp WHERE ref = '' ORDER BY random() LIMIT 1"
        if row := self._db.execute(mended).fetchone():
            self.take(dict(row))

    def _read_inbox(self) -> list[dict[str, str]]:
        answers = []
        for path in sorted((self.root / "inbox").glob("*.csv"), key=lambda one: one.stat().st_mtime_ns):
            try:
                answers += [self._one(row) for row in sheets.read(path.read_bytes())]
            except (sheets.NotWhole, sheets.NotATable):
                continue
            path.rename(self.root / "done" / path.name)
        return answers

    def _one(self, row: Mapping[str, str]) -> dict[str, str]:
        values = {name: value for name, value in row.items() if name in COLUMNS and name not in ("number", "ref")}
        number = row.get("number", "")
        try:
            if row.get("ACTION") == "NEW":
                known = self._db.execute("SELECT number FROM lamp WHERE ref = ?", (row["REF"],)).fetchone()
                number = known["number"] if known else self.take(values, ref=row["REF"])
            else:
                self.change(number, values)
        except ValueError as why:
            return {"REF": row.get("REF", ""), "NUMBER": number, "RESULT": "REJ", "REASON": str(why)}
        return {"REF": row.get("REF", ""), "NUMBER": number, "RESULT": "OK"}

    def _insert(self, row: Mapping[str, str], stamp: datetime) -> str:
        number = f"BSL-{self.count() + 410001}"
        told = {**{name: value for name, value in row.items() if name in COLUMNS}, "number": number}
        names, marks = ", ".join(told), ", ".join("?" for _ in told)
        with self._lock:
            self._db.execute(
                f"INSERT INTO lamp (stamp, {names}) VALUES (?, {marks})",  # noqa: S608  names are of our own list
                (stamp.astimezone(UTC).isoformat(), *told.values()),
            )
        return number

    def _put(self, name: str, content: bytes) -> None:
        (self.root / "outbound" / name).write_bytes(content)

    def _tidy(self, *, keep: int = 60) -> None:
        """Take away old drops, but not the first, which has everything."""
        for kind in ("BSL_SR_*", "BSL_ACK_*"):
            for path in sorted((self.root / "outbound").glob(kind))[1:-keep]:
                path.unlink()

    def _wall_now(self) -> datetime:
        return self.clock().astimezone(ZONE).replace(tzinfo=None)

    def _wall(self) -> str:
        return self._wall_now().strftime(WALL)


def _old(row: past.Past, chance: random.Random, until: datetime) -> dict[str, str]:
    kind = "UGS" if chance.random() < 0.01 else "SLM" if row.kind.startswith("Multiple") else "SL1"
    told = {
        "type": kind,
        "status": "NEW",
        "created": row.asked.strftime(WALL),
        "changed": row.asked.strftime(WALL),
        "pole": f"P{chance.randrange(10_000, 99_999)}",
        "address": f"{row.address}, {row.zip}",
        "lat": row.lat,
        "lon": row.lon,
        "crew": row.unit if row.unit in ("NORTH", "SOUTH", "EAST", "WEST", "CENTRAL") else "",
    }
    if chance.random() < 0.05:
        told |= chance.choice(({"lat": "0", "lon": "0"}, {"lat": "", "lon": ""}))
    ends = row.asked + timedelta(days=chance.uniform(3, 60))
    if ends < until:
        outcome = chance.choices(tuple(OUTCOMES), (50, 25, 6, 8, 4, 4, 0, 2))[0]
        stamp = ends.strftime(WALL)
        return told | {"status": "DONE", "outcome": outcome, "changed": stamp, "closed": stamp}
    if row.asked + timedelta(days=5) < until:
        stamp = (row.asked + timedelta(days=chance.uniform(1, 4))).strftime(WALL)
        held = {"status": "HOLD", "outcome": "CAP", "changed": stamp}
        return told | (held if chance.random() < 0.1 else {"status": "SCHED", "changed": stamp})
    return told
