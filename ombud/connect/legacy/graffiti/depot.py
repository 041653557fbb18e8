"""What the graffiti stand-in holds: jobs, kept in a file, as contractors work on them."""

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ombud.connect.legacy.standing_in import past

ZONE = ZoneInfo("America/Los_Angeles")
# Each contractor has its zone of the city.
CONTRACTORS = {
    "CCAC": "Z1", "KYCC": "Z2", "NEGB": "Z3", "HBT": "Z4", "LACC": "Z5", "CRCD": "Z6", "GAPBH": "Z7", "GAP": "Z7",
    "WVA": "Z8", "PGS": "Z9", "NDFY": "Z10", "SGB": "Z11", "SLABT": "Z12", "SVGB": "Z13", "NEGB_ELA": "Z3",
}  # fmt: skip
RESULTS = {
    "PNT": "Painted over",
    "WSH": "Washed off",
    "SBL": "Sandblasted",
    "NTH": "Nothing there",
    "PRV": "Private property, no consent",
    "DUP": "Duplicate job",
    "RAP": "Passed to Recreation and Parks",
    "MUR": "Mural, to be reviewed",
    "CXC-NA": "Cancelled by contractor: no access",
    "CXC-WT": "Cancelled by contractor: weather",
    "CXC-09": "Cancelled by contractor",
}
SURFACES = (
    "concrete_block_wall", "stucco_wall", "metal_pole", "roll_down_door", "sidewalk", "traffic_control_box", "fence",
    "brick_wall", "curb", "street_sign", "hydro_cabinet",
)  # fmt: skip
STATES = ("queued", "dispatched", "in_progress", "done", "cancelled")
ENDED = ("done", "cancelled")
# In so many of its turns a contractor finds another wall.
FINDS = 0.2
SETTABLE = frozenset(
    {"kind", "state", "result", "contractor", "surface", "sqft", "method", "address", "location", "description"}
)


class Refused(Exception):
    """The depot does not take it; `status` is how HTTP says so."""

    def __init__(self, why: str, *, status: int = 422) -> None:
        super().__init__(why)
        self.status = status


class Depot:
    """The jobs. `clock` gives the instant; stamps are in UTC, to the second."""

    def __init__(self, home: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._db = sqlite3.connect(home / "jobs.sqlite", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY AUTOINCREMENT, external_id TEXT UNIQUE,"
            " updated_at TEXT, version INTEGER, told TEXT)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS job_updated ON job (updated_at, id)")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def now(self) -> str:
        """Return the time as the depot writes it."""
        return _stamp(self.clock())

    def count(self) -> int:
        """Return how many jobs there are."""
        return int(self._db.execute("SELECT count(*) FROM job").fetchone()[0])

    def look(self, number: str) -> dict[str, Any] | None:
        """Return a job, or None."""
        with self._lock:
            row = self._db.execute("SELECT * FROM job WHERE id = ?", (_id(number),)).fetchone()
        return _job(row) if row else None

    def with_external_id(self, external_id: str) -> list[dict[str, Any]]:
        """Return the job that somebody made under this number of theirs."""
        with self._lock:
            rows = self._db.execute("SELECT * FROM job WHERE external_id = ?", (external_id,)).fetchall()
        return [_job(row) for row in rows]

    def changed(self, since: str, *, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Return jobs by their last change, oldest first, and how many there are in all."""
        with self._lock:
            total = self._db.execute("SELECT count(*) FROM job WHERE updated_at >= ?", (since,)).fetchone()[0]
            rows = self._db.execute(
                "SELECT * FROM job WHERE updated_at >= ? ORDER BY updated_at, id LIMIT ? OFFSET ?",
                (since, limit, offset),
            ).fetchall()
        return [_job(row) for row in rows], int(total)

    def take(self, told: Mapping[str, Any]) -> str:
        """Write a new job and return its number. Raises Refused."""
        if unknown := set(told) - SETTABLE - {"external_id", "reported_at"}:
            raise Refused(f"unknown field {sorted(unknown)[0]}", status=400)
        if not told.get("address") and not told.get("location"):
            raise Refused("address or location is required")
        _check(told)
        now = self.now()
        begin: dict[str, Any] = {
            "kind": "GRAFFITI",
            "state": "queued",
            "result": "",
            "reported_at": now,
            "completed_at": None,
            "photos": {},
            "notes": [],
        }
        with self._lock:
            if (external_id := told.get("external_id")) and self.with_external_id(external_id):
                raise Refused(f"external_id {external_id} is known", status=409)
            return self._insert({**begin, "contractor": "", "surface": "", **told}, updated_at=now)

    def change(self, number: str, told: Mapping[str, Any], *, version: int | None = None) -> None:
        """Set values; what is already so changes nothing. Raises Refused, also where another version is there."""
        with self._lock:
            job = self.look(number)
            if job is None:
                raise Refused("no such job", status=404)
            if version is not None and version != job["version"]:
                raise Refused("the job has changed", status=412)
            if unknown := set(told) - SETTABLE:
                raise Refused(f"unknown field {sorted(unknown)[0]}", status=400)
            _check(told)
            if job["state"] in ENDED and told.get("state", job["state"]) not in (*ENDED, "queued"):
                raise Refused("the job has ended", status=409)
            if any(job.get(name) != value for name, value in told.items()):
                ended = {"completed_at": self.now()} if told.get("state") in ENDED else {}
                self._update(number, {**job, **ended, **told})

    def note(self, number: str, text: str, *, client_ref: str = "") -> None:
        """Add a note, once for each reference. Raises Refused."""
        with self._lock:
            job = self.look(number)
            if job is None:
                raise Refused("no such job", status=404)
            if client_ref and any(note["client_ref"] == client_ref for note in job["notes"]):
                return
            note = {"id": len(job["notes"]) + 1, "text": text, "at": self.now(), "client_ref": client_ref}
            self._update(number, {**job, "notes": [*job["notes"], note]})

    def fill(self, number: int, *, seed: int = 20) -> None:
        """Begin with so many past jobs, real rows of this office; only an empty depot is filled."""
        if self.count():
            return
        chance = random.Random(seed)  # noqa: S311  a demo's data
        until = self.clock().astimezone(ZONE).replace(tzinfo=None)
        rows = past.drawn(number, kinds=("Graffiti Removal",), seed=seed, until=until)
        jobs = [_old(row, chance, until) for row in rows]
        with self._lock:
            self._db.execute("BEGIN")
            for job in sorted(jobs, key=lambda one: str(one["updated_at"])):
                self._insert(job, updated_at=job.pop("updated_at"))
            self._db.execute("COMMIT")

    def work(self, chance: random.Random | None = None) -> None:
        """Let a contractor do a little: move an open job or two a step further; at times one finds new graffiti."""
        chance = chance or random.Random()  # noqa: S311  a demo's crew
        if chance.random() < FINDS:
            self._find_another()
        with self._lock:
            rows = self._db.execute(
                "SELECT * FROM job WHERE json_extract(told, '$.state') NOT IN ('done', 'cancelled')"
                " ORDER BY external_id IS NULL, random() LIMIT 2"
            ).fetchall()
        for job in map(_job, rows):
            if job["state"] == "queued":
                self.change(job["id"], {"state": "dispatched", "contractor": job["contractor"] or "CCAC"})
            elif job["state"] == "dispatched":
                self.change(job["id"], {"state": "in_progress"})
                self.note(job["id"], "Crew on site.")
            else:
                self._finish(job, chance)

    def _find_another(self) -> None:
        """Write a job for a wall that was cleaned before."""
        known = "SELECT * FROM job WHERE external_id IS NULL ORDER BY random() LIMIT 1"
        if row := self._db.execute(known).fetchone():
            job = _job(row)
            self.take({name: job[name] for name in ("kind", "address", "location", "surface") if job.get(name)})

    def _finish(self, job: Mapping[str, Any], chance: random.Random) -> None:
        number = job["id"]
        result = chance.choices(("PNT", "WSH", "NTH"), (6, 3, 1))[0]
        with self._lock:
            done = {"state": "done", "result": result, "completed_at": self.now(), "sqft": chance.randrange(10, 240)}
            self._update(number, {**(self.look(number) or {}), **done, "photos": _photos(number)})

    def _insert(self, job: Mapping[str, Any], *, updated_at: str) -> str:
        told = {name: value for name, value in job.items() if name != "external_id"}
        done = self._db.execute(
            "INSERT INTO job (external_id, updated_at, version, told) VALUES (?, ?, 1, ?)",
            (job.get("external_id"), updated_at, json.dumps(told)),
        )
        return f"G-{done.lastrowid:06d}"

    def _update(self, number: str, job: Mapping[str, Any]) -> None:
        told = {
            name: value for name, value in job.items() if name not in ("id", "external_id", "updated_at", "version")
        }
        self._db.execute(
            "UPDATE job SET told = ?, updated_at = ?, version = version + 1 WHERE id = ?",
            (json.dumps(told), self.now(), _id(number)),
        )


def _job(row: tuple[int, str | None, str, int, str]) -> dict[str, Any]:
    number, external_id, updated_at, version, told = row
    about = {"id": f"G-{number:06d}", "external_id": external_id, "updated_at": updated_at, "version": version}
    return {**about, **json.loads(told)}


def _check(told: Mapping[str, Any]) -> None:
    if told.get("state", "queued") not in STATES:
        raise Refused(f"state {told['state']} is unknown")
    if told.get("contractor") and told["contractor"] not in CONTRACTORS:
        raise Refused(f"contractor {told['contractor']} is unknown")


def _id(number: str) -> int:
    digits = number.removeprefix("G-")
    return int(digits) if digits.isdigit() and len(digits) < 16 else -1


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _photos(number: str) -> dict[str, str]:
    return {"before": f"/photos/{number}-before.jpg", "after": f"/photos/{number}-after.jpg"}


def _old(row: past.Past, chance: random.Random, until: datetime) -> dict[str, Any]:
    asked = row.asked.replace(tzinfo=ZONE)
    ends = row.asked + timedelta(days=min(row.days_to_close or 3, 20))
    job: dict[str, Any] = {
        "kind": "STICKER" if chance.random() < 0.01 else "GRAFFITI",
        "state": "queued",
        "result": "",
        "reported_at": _stamp(asked),
        "updated_at": _stamp(asked),
        "completed_at": None,
        "contractor": row.unit if row.unit in CONTRACTORS else chance.choice(tuple(CONTRACTORS)),
        "surface": chance.choices(SURFACES, [5] * (len(SURFACES) - 1) + [1])[0],
        "method": chance.choice(("paint", "chemical_solvent", "sandblast_waterblast", "no_preference")),
        "sqft": chance.randrange(5, 400),
        "address": f"{row.address}, {row.zip}",
        "location": {"lat": float(row.lat), "lng": float(row.lon)},
        "photos": {},
        "notes": [],
    }
    if chance.random() < 0.04:
        job["location"] = None
    if ends < until:
        result = chance.choices(tuple(RESULTS), (50, 20, 5, 8, 5, 4, 2, 1, 3, 1, 1))[0]
        closed = _stamp(ends.replace(tzinfo=ZONE))
        state = "cancelled" if result.startswith("CXC") else "done"
        # Rain ends a job that has to be done all the same.
        completed = None if result == "CXC-WT" else closed
        return job | {"state": state, "result": result, "updated_at": closed, "completed_at": completed}
    return job | {"state": chance.choice(("queued", "dispatched", "dispatched"))}
