"""What the street services stand-in holds: its records, kept in a file, as its clerks and crews change them."""

import random
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ombud.connect.legacy.standing_in import past

ZONE = ZoneInfo("America/Los_Angeles")
COLUMNS = (
    "type", "status", "resolution", "created", "changed", "closed", "due", "address", "zip", "lat", "long",
    "division", "description", "caller_name", "caller_phone", "source", "ref",
)  # fmt: skip
# What a caller may say of a record, and so what may be set in it.
SETTABLE = frozenset(COLUMNS) - {"created", "changed", "closed", "source", "ref", "division"}
# Code, name, division, days a crew takes, how often it is asked.
TYPES = (
    ("SMD-POT", "Pothole - Small Asphalt Repair", "SMD", 3, 30),
    ("SMD-SWEEP", "Street Sweeping", "SMD", 7, 8),
    ("SMD-SIDE", "Sidewalk Repair", "SMD", 400, 12),
    ("SMD-GUT", "Gutter Repair", "SMD", 60, 2),
    ("SMD-CURB", "Curb Repair", "SMD", 60, 3),
    ("SMD-GSI", "General Street Inspection", "SMD", 3, 6),
    ("SMD-FLD", "Flooding", "SMD", 1, 1),
    ("SMD-BARR", "Barricade Removal", "SMD", 5, 2),
    ("UFD-EMRG", "Tree Emergency", "UFD", 1, 8),
    ("UFD-OBST", "Tree Obstruction", "UFD", 12, 6),
    ("UFD-INSP", "Street Tree Inspection", "UFD", 30, 6),
    ("UFD-PALM", "Palm Fronds Down", "UFD", 5, 5),
    ("UFD-MED", "Median Island Maintenance", "UFD", 15, 3),
    ("IED-OBST", "Obstructions", "IED", 3, 5),
    ("IED-SIGN", "Illegal Sign Removal", "IED", 7, 2),
    ("SMD-OLD1", "Asphalt Walkway Ramping (pilot)", "SMD", 9, 1),
)
NAMES = {code: name for code, name, *_ in TYPES}
RESOLUTIONS = {
    "R01": "Repair completed",
    "R02": "Temporary repair, made safe",
    "R05": "Inspected - no defect found",
    "R07": "Private property",
    "R09": "Duplicate service request",
    "R11": "Referred - LADOT",
    "R13": "Referred - utility cut",
    "R14": "Placed on programme list",
    "X9": "ADMIN",
}
ENDED = ("COMPLETE", "CANCELLED", "REFERRED")
WALL = "%Y-%m-%d %H:%M:%S"
# In so many of its turns somebody calls.
CALLS = 0.2


class Refused(Exception):
    """The office does not take it."""


class Office:
    """What the office holds. `clock` gives the instant; the office writes it as the city's wall clock, without zone."""

    def __init__(self, home: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._db = sqlite3.connect(home / "requests.sqlite", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        columns = ", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in COLUMNS)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS sr (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})")
        self._db.execute("CREATE INDEX IF NOT EXISTS sr_changed ON sr (changed, id)")
        self._db.execute("CREATE INDEX IF NOT EXISTS sr_ref ON sr (ref)")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS comment"
            " (id INTEGER PRIMARY KEY, sr INTEGER, at TEXT, kind TEXT, ref TEXT, text TEXT)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS comment_sr ON comment (sr)")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def wall(self) -> str:
        """Return the time as the office writes it."""
        return self.clock().astimezone(ZONE).strftime(WALL)

    def count(self) -> int:
        """Return how many records there are."""
        return int(self._db.execute("SELECT count(*) FROM sr").fetchone()[0])

    def take(self, values: Mapping[str, str]) -> str:
        """Write a new record and return its number. Raises Refused."""
        if values.get("type") not in NAMES:
            raise Refused(f"Unknown type code {values.get('type', '')!r}")
        if not values.get("address") and not values.get("lat"):
            raise Refused("Location required")
        now = self.wall()
        told = {name: value for name, value in values.items() if name in COLUMNS}
        division = next(row[2] for row in TYPES if row[0] == values["type"])
        row = {"status": "OPEN", "created": now, "changed": now, "source": "311", "division": division, **told}
        return self._insert(row)

    def change(self, number: str, values: Mapping[str, str]) -> None:
        """Set values; what is already so changes nothing, not even the stamp. Raises Refused."""
        unknown = set(values) - SETTABLE
        if unknown:
            raise Refused(f"Cannot set {', '.join(sorted(unknown))}")
        with self._lock:
            row = self.look(number)
            if row is None:
                raise Refused("No such service request")
            if row["status"] in ENDED and values.get("status", row["status"]) not in (*ENDED, "OPEN"):
                raise Refused("Service request is closed")
            if all(row[name] == value for name, value in values.items()):
                return
            now = self.wall()
            stamps = {"changed": now}
            if values.get("status", row["status"]) in ENDED:
                stamps["closed"] = row["closed"] or now
            self._update(number, {**values, **stamps})

    def comment(self, number: str, text: str, *, ref: str = "", kind: str = "EXT") -> None:
        """Add a comment, once for each reference. Raises Refused."""
        with self._lock:
            if self.look(number) is None:
                raise Refused("No such service request")
            known = ref and self._db.execute("SELECT 1 FROM comment WHERE sr = ? AND ref = ?", (_id(number), ref))
            if known and known.fetchone():
                return
            self._db.execute(
                "INSERT INTO comment (sr, at, kind, ref, text) VALUES (?, ?, ?, ?, ?)",
                (_id(number), self.wall(), kind, ref, text),
            )
            self._update(number, {"changed": self.wall()})

    def comments(self, number: str) -> list[sqlite3.Row]:
        """Return what was said of a record."""
        with self._lock:
            return self._db.execute("SELECT * FROM comment WHERE sr = ? ORDER BY id", (_id(number),)).fetchall()

    def look(self, number: str) -> sqlite3.Row | None:
        """Return a record, or None."""
        with self._lock:
            row: sqlite3.Row | None = self._db.execute("SELECT * FROM sr WHERE id = ?", (_id(number),)).fetchone()
            return row

    def search(self, changed_from: str, changed_to: str, *, at_most: int, skip: int) -> tuple[list[sqlite3.Row], int]:
        """Return records by their last change, newest first, and how many there are in all."""
        with self._lock:
            when = (changed_from, changed_to)
            total = self._db.execute("SELECT count(*) FROM sr WHERE changed >= ? AND changed < ?", when).fetchone()[0]
            rows = self._db.execute(
                "SELECT * FROM sr WHERE changed >= ? AND changed < ? ORDER BY changed DESC, id DESC LIMIT ? OFFSET ?",
                (*when, at_most, skip),
            )
            return rows.fetchall(), int(total)

    def with_ref(self, ref: str) -> list[sqlite3.Row]:
        """Return the records that came with this reference."""
        with self._lock:
            return self._db.execute("SELECT * FROM sr WHERE ref = ?", (ref,)).fetchall()

    def fill(self, number: int, *, seed: int = 311) -> None:
        """Begin with so many past records, real places with kinds of this office; only an empty office is filled."""
        if self.count():
            return
        chance = random.Random(seed)  # noqa: S311  a demo's data
        until = self.clock().astimezone(ZONE).replace(tzinfo=None)
        with self._lock, self._db:
            self._db.execute("BEGIN")
            for row in past.drawn(number, seed=seed, until=until):
                self._insert(_old(row, chance, until))
            self._db.execute("COMMIT")

    def work(self, chance: random.Random | None = None) -> None:
        """Let a crew do a little: move an open record or two a step further; at times somebody calls the office."""
        chance = chance or random.Random()  # noqa: S311  a demo's crew
        if chance.random() < CALLS:
            self._take_a_call()
        with self._lock:
            # Whatever came from the bridge first: who reports in the demo sees something happen.
            open_ones = self._db.execute(
                "SELECT id, status FROM sr WHERE status NOT IN ('COMPLETE', 'CANCELLED', 'REFERRED', 'LISTED')"
                " ORDER BY ref = '', random() LIMIT 2"
            ).fetchall()
        for row in open_ones:
            self._one_step(f"SR1-{row['id']:07d}", row["status"], chance)

    def _take_a_call(self) -> None:
        """Write down that something is broken again, at a place where it was before."""
        again = "SELECT type, address, zip, lat, long FROM sr WHERE ref = '' ORDER BY random() LIMIT 1"
        if row := self._db.execute(again).fetchone():
            self.take({**dict(row), "source": "CD OFFICE"})

    def _one_step(self, number: str, status: str, chance: random.Random) -> None:
        if status == "OPEN":
            self.change(number, {"status": "ASSIGNED"})
        elif status == "ASSIGNED":
            self.change(number, {"status": "SCHEDULED"})
            self.comment(number, "Crew scheduled.")
        else:
            resolution = chance.choices(("R01", "R02", "R05"), (8, 1, 1))[0]
            self.change(number, {"status": "COMPLETE", "resolution": resolution})

    def _insert(self, row: Mapping[str, str]) -> str:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        with self._lock:
            # Names of columns are of our own list, values are parameters.
            done = self._db.execute(f"INSERT INTO sr ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
            return f"SR1-{done.lastrowid:07d}"

    def _update(self, number: str, values: Mapping[str, str]) -> None:
        sets = ", ".join(f"{name} = ?" for name in values)
        self._db.execute(f"UPDATE sr SET {sets} WHERE id = ?", (*values.values(), _id(number)))  # noqa: S608


def _id(number: str) -> int:
    digits = number.removeprefix("SR1-")
    return int(digits) if digits.isdigit() and len(digits) < 16 else -1


def _old(row: past.Past, chance: random.Random, until: datetime) -> dict[str, str]:
    code, _name, division, days, _weight = chance.choices(TYPES, [each[4] for each in TYPES])[0]
    ends = row.asked + timedelta(days=days * chance.uniform(0.3, 2.2))
    told = {
        "type": code,
        "division": division,
        "status": "OPEN",
        "created": row.asked.strftime(WALL),
        "changed": row.asked.strftime(WALL),
        "due": (row.asked + timedelta(days=days)).strftime(WALL),
        "address": f"{row.address}, {row.zip}",
        "zip": row.zip,
        "lat": row.lat,
        "long": row.lon,
        "source": chance.choice(("311", "311", "FIELD", "CD OFFICE")),
    }
    if chance.random() < 0.05:  # as many as the city's own data have without a place on the map
        told |= chance.choice(({"lat": "0", "long": "0"}, {"lat": "", "long": ""}, {"lat": row.lon, "long": row.lat}))
    if ends < until:
        resolution = chance.choices(tuple(RESOLUTIONS), (60, 6, 10, 4, 6, 4, 4, 4, 2))[0]
        closed = ends.strftime(WALL)
        if resolution == "R14":  # on a list is not closed, there neither
            return told | {"status": "LISTED", "resolution": resolution, "changed": closed}
        status = "REFERRED" if resolution in ("R11", "R13") else "COMPLETE"
        return told | {"status": status, "resolution": resolution, "changed": closed, "closed": closed}
    if row.asked + timedelta(days=1) < until:
        stamp = (row.asked + timedelta(hours=chance.uniform(1, 23))).strftime(WALL)
        return told | {"status": chance.choice(("ASSIGNED", "INSPECTED", "SCHEDULED")), "changed": stamp}
    return told
