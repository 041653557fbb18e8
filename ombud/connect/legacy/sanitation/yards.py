"""What the sanitation stand-in holds: service requests and their stops, as yards and trucks work on them."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from ombud.connect.legacy.sanitation import cluster, slots
from ombud.connect.legacy.sanitation.slots import Slot
from ombud.connect.legacy.standing_in import past

ZONE = ZoneInfo("America/Los_Angeles")
LOGIN, PASSWORD = "sr_bridge", "sanitation-demo"
YARDS = {
    "NC": "North Central",
    "EV": "East Valley",
    "WV": "West Valley",
    "WLA": "West LA",
    "SLA": "South LA",
    "HB": "Harbor",
}
TYPES = {
    101: "BULKY ITEMS",
    102: "ELECTRONIC WASTE",
    103: "METAL/HOUSEHOLD APPLIANCES",
    110: "DEAD ANIMAL",
    120: "ILLEGAL DUMPING",
    130: "CONTAINERS",
    199: "SPECIAL EVENT BINS",
}
ITEMS = {
    1: "MATTRESS", 2: "BOX SPRING", 3: "SOFA", 4: "SOFA BED", 5: "RECLINER", 6: "BED FRAME", 7: "HEADBOARD",
    8: "DRESSER", 9: "TABLE", 10: "BOOKCASE", 11: "SHELF", 12: "CABINET", 13: "ENTERTAINMENT CENTER", 14: "CRIB",
    15: "CARPET", 16: "RUG", 17: "LAMP", 18: "MIRROR", 19: "PATIO FURNITURE", 20: "TOILET", 21: "LADDER",
    22: "SUITCASE", 23: "SHOPPING CART", 24: "VEHICLE TIRE", 25: "LOOSE DEBRIS", 49: "OTHER BULKY", 50: "COMPUTER",
    51: "MONITOR", 52: "TV", 53: "PRINTER/FAX", 54: "STEREO/RADIO", 55: "SPEAKERS", 56: "MICROWAVE", 69: "OTHER EWASTE",
    70: "REFRIGERATOR", 71: "FREEZER", 72: "STOVE", 73: "OVEN", 74: "DISHWASHER", 75: "WASHING MACHINE", 76: "DRYER",
    77: "HEATER", 78: "BBQ", 79: "SCRAP METAL", 90: "TRASH BAGS", 91: "CONSTRUCTION DEBRIS", 92: "GREEN WASTE",
    98: "HOT TUB (2 CREW)",
}  # fmt: skip
ITEMS_OF = {101: range(1, 50), 102: range(50, 70), 103: range(70, 90)}
KINDS = {
    "Bulky Items": 101,
    "Electronic Waste": 102,
    "Metal/Household Appliances": 103,
    "Dead Animal Removal": 110,
    "Illegal Dumping Pickup": 120,
}
NEW, ROUTED, DISPATCHED, EXCEPTION, CANCELLED, CLOSED = 10, 20, 30, 40, 80, 90
# 1 picked up, 2 not out, 3 blocked in, 4 not ours to take, 5 duplicate, 6 other hauler, 7 part of it, 99 nobody knows.
RESOLUTIONS = (1, 2, 3, 4, 5, 6, 7, 99)
# In so many of its turns somebody calls.
CALLS = 0.2


class Yards:
    """The database as its owner sees it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.prepare()
        self._db = cluster.owner(port)

    def close(self) -> None:
        """Let go of the connection."""
        self._db.close()

    def prepare(self) -> None:
        """Make the tables and the bridge's login where they are not there."""
        with cluster.owner(self.port, "postgres") as db:
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", (cluster.DATABASE,)).fetchone():
                db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(cluster.DATABASE)))
        with cluster.owner(self.port) as db, db.transaction():
            if db.execute("SELECT to_regclass('sr_hdr') AS found").fetchone() != {"found": None}:
                return
            schema = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
            db.execute(sql.SQL(schema))
            db.execute(sql.SQL("ALTER ROLE sr_bridge PASSWORD {}").format(sql.Literal(PASSWORD)))
            cursor = db.cursor()
            cursor.executemany("INSERT INTO yard VALUES (%s, %s)", list(YARDS.items()))
            cursor.executemany("INSERT INTO sr_typ VALUES (%s, %s)", list(TYPES.items()))
            cursor.executemany("INSERT INTO item_cd VALUES (%s, %s)", list(ITEMS.items()))

    def count(self) -> int:
        """Return how many service requests there are."""
        row = self._db.execute("SELECT count(*) AS n FROM sr_hdr").fetchone()
        return int(row["n"]) if row else 0

    def take(self, items: Iterable[Slot] = (), **header: object) -> str:
        """Write a service request with its stops and return its number."""
        names = sql.SQL(", ").join(map(sql.Identifier, header))
        marks = sql.SQL(", ").join(map(sql.Placeholder, header))
        statement = sql.SQL("INSERT INTO sr_hdr ({}) VALUES ({}) RETURNING sr_no").format(names, marks)
        with self._db.transaction():
            row = self._db.execute(statement, header).fetchone()
            assert row  # noqa: S101  an insert returns its row
            number = str(row["sr_no"]).strip()
            write_stops(self._db, number, list(items))
        return number

    def change(self, number: str, **header: object) -> None:
        """Set columns of a service request."""
        sets = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in header)
        self._db.execute(sql.SQL("UPDATE sr_hdr SET {} WHERE sr_no = {}").format(sets, sql.Literal(number)), header)

    def delete(self, number: str) -> None:
        """Let a service request vanish."""
        self._db.execute("DELETE FROM sr_hdr WHERE sr_no = %s", (number,))

    def note(self, number: str, text: str) -> None:
        """Write a note; the service request is stamped with it."""
        with self._db.transaction():
            write_note(self._db, number, text, "")
            self._db.execute("UPDATE sr_hdr SET updt_ts = updt_ts WHERE sr_no = %s", (number,))

    def fill(self, number: int, *, seed: int = 7) -> None:
        """Begin with so many past requests, real rows of these yards; only an empty database is filled."""
        if not number or self.count():
            return
        chance = random.Random(seed)  # noqa: S311  a demo's data
        until = datetime.now(ZONE).replace(tzinfo=None, microsecond=0)
        rows = past.drawn(number, kinds=tuple(KINDS), seed=seed, until=until)
        with self._db.transaction():
            for row in rows:
                header, items = _old(row, chance, until)
                self.take(items, **header)

    def work(self, chance: random.Random | None = None) -> None:
        """Let a yard do a little: move an open request or two a step further; at times somebody calls the yard."""
        chance = chance or random.Random()  # noqa: S311  a demo's crew
        if chance.random() < CALLS:
            self._take_a_call()
        rows = self._db.execute(
            "SELECT sr_no, stat_cd FROM sr_hdr WHERE stat_cd IN (10, 20, 30) ORDER BY ext_ref IS NULL, random() LIMIT 2"
        ).fetchall()
        for row in rows:
            self._one_step(str(row["sr_no"]).strip(), int(str(row["stat_cd"])), chance)

    def _take_a_call(self) -> None:
        """Write down that there is something to be picked up again, where there was before."""
        again = "SELECT sr_typ, yard_cd, coll_loc, addr, zip, x_coord, y_coord FROM sr_hdr WHERE ext_ref IS NULL"
        if row := self._db.execute(f"{again} ORDER BY random() LIMIT 1").fetchone():
            self.take(**row)

    def _one_step(self, number: str, status: int, chance: random.Random) -> None:
        if status == NEW:
            day = datetime.now(ZONE).date() + timedelta(days=chance.randrange(1, 6))
            self.change(number, stat_cd=ROUTED, rte_no=f"{chance.randrange(100, 999)}B", svc_dt=day)
        elif status == ROUTED:
            self.change(number, stat_cd=DISPATCHED)
            self.note(number, "Truck on route.")
        else:
            picked = chance.random() < 0.85
            self.change(number, stat_cd=CLOSED, rsln_cd=1 if picked else 2)
            if picked:
                pick(self._db, number)


def write_stops(db: "psycopg.Connection[dict[str, Any]]", number: str, items: list[Slot]) -> None:
    """Write the stops of a service request anew."""
    db.execute("DELETE FROM sr_stop WHERE sr_no = %s", (number,))
    for place, row in enumerate(slots.stops(items), 1):
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(row))
        statement = sql.SQL("INSERT INTO sr_stop (sr_no, stop_seq, {}) VALUES (%s, %s, {})").format(names, marks)
        db.execute(statement, (number, place, *row.values()))


def write_note(db: "psycopg.Connection[dict[str, Any]]", number: str, text: str, ref: str) -> None:
    """Write a note, once for each reference."""
    db.execute(
        "INSERT INTO sr_note (sr_no, note_seq, note_txt, ext_ref)"
        " SELECT %(no)s, coalesce(max(note_seq), 0) + 1, %(text)s, nullif(%(ref)s, '') FROM sr_note"
        " WHERE sr_no = %(no)s HAVING NOT coalesce(bool_or(ext_ref = %(ref)s), false)",
        {"no": number, "text": text[:255], "ref": ref},
    )


def pick(db: "psycopg.Connection[dict[str, Any]]", number: str) -> None:
    """Mark every item of a service request as picked up."""
    sets = sql.SQL(", ").join(
        sql.SQL("{0} = CASE WHEN {1} IS NOT NULL THEN 'Y' END").format(
            sql.Identifier(f"item_{n}_pkd"), sql.Identifier(f"item_{n}_cd")
        )
        for n in range(1, slots.SLOTS + 1)
    )
    db.execute(sql.SQL("UPDATE sr_stop SET {} WHERE sr_no = {}").format(sets, sql.Literal(number)))


def _old(row: past.Past, chance: random.Random, until: datetime) -> tuple[dict[str, object], list[Slot]]:
    kind = 199 if chance.random() < 0.01 else KINDS[row.kind]
    ends = row.asked + timedelta(days=min(row.days_to_close or 5, 30))
    header: dict[str, object] = {
        "sr_typ": kind,
        "yard_cd": row.unit if row.unit in YARDS else chance.choice(tuple(YARDS)),
        "coll_day": chance.randrange(1, 6),
        "coll_loc": chance.choice("CCCCADGXO") if kind in (101, 102, 103) else None,
        "addr": row.address[:200],
        "zip": row.zip[:5],
        "x_coord": row.lon[:11],
        "y_coord": row.lat[:10],
        "crte_ts": row.asked,
        "updt_ts": row.asked,
    }
    if chance.random() < 0.05:
        header |= chance.choice(({"x_coord": 0, "y_coord": 0}, {"x_coord": None, "y_coord": None}))
    closed = ends < until
    if closed:
        resolution = chance.choices(RESOLUTIONS, (70, 12, 4, 3, 4, 3, 3, 1))[0]
        header |= {"stat_cd": CLOSED, "rsln_cd": resolution, "clsd_ts": ends, "updt_ts": ends, "svc_dt": ends.date()}
        header["rte_no"] = f"{chance.randrange(100, 999)}B"
    elif row.asked + timedelta(days=1) < until:
        header |= {
            "stat_cd": ROUTED,
            "rte_no": f"{chance.randrange(100, 999)}B",
            "svc_dt": until.date() + timedelta(days=2),
        }
    return header, _items(kind, chance, picked=closed and header.get("rsln_cd") == 1)


def _items(kind: int, chance: random.Random, *, picked: bool) -> list[Slot]:
    codes = [code for code in ITEMS_OF.get(kind, ()) if code in ITEMS]
    if not codes:
        return []
    number = min(len(codes), chance.choices((1, 2, 3, 4, 6, 12), (40, 25, 15, 10, 8, 2))[0])
    found = [Slot(code, chance.choice((1, 1, 1, 2, 3)), picked) for code in chance.sample(codes, number)]
    return [*found, Slot(98, 1, picked)] if chance.random() < 0.01 else found
