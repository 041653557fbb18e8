"""The connector to the sanitation database; see docs/reference/bridge-sanitation.md for its quirks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from psycopg import sql

from ombud.connect.bridge.ports import Cursor, FarNonsense, FarRecord, FarRefused, Page, Remark, Values
from ombud.connect.legacy.opening import secret_of
from ombud.connect.legacy.sanitation import slots
from ombud.connect.legacy.sanitation.database import NAME, Connection, Database, Settings
from ombud.connect.legacy.sanitation.slots import Slot
from ombud.connect.legacy.wall import WallClock
from ombud.kernel.errors import N_

READ = (
    "sr_no", "ext_ref", "sr_typ", "stat_cd", "rsln_cd", "prty_cd", "yard_cd", "rte_no", "coll_day", "coll_loc", "addr",
    "zip", "x_coord", "y_coord", "cmnt_txt", "svc_dt", "crte_ts", "clsd_ts", "updt_ts",
)  # fmt: skip
# What may be set of a service request.
WRITABLE = frozenset(
    {"sr_typ", "stat_cd", "rsln_cd", "prty_cd", "yard_cd", "coll_loc", "addr", "zip", "x_coord", "y_coord"}
    | {"cmnt_txt", "svc_dt"}
)
ITEMS = frozenset({"items", "item_count"})
DEGREES = frozenset({"x_coord", "y_coord"})
LONGEST_TEXT = {"addr": 200, "cmnt_txt": 255}
LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001  by their wall clock
Row = Mapping[str, Any]
READ_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, READ))


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> "Sanitation":
    """Return the connection that these settings describe; its secret is `password`. Raises BadInput."""
    return Sanitation(Settings.read(settings, connector="sanitation"), password=secret_of(secrets, "password"))


class Sanitation:
    """
    Service requests as rows of tables.

    Rows are read by their last stamp and number, a page at a time; what vanished is read from the log of deletions.
    """

    can = frozenset({"create", "update", "say", "find"})

    def __init__(self, settings: Settings, *, password: str) -> None:
        self._settings = settings
        self._wall = WallClock(settings.zone)
        self._database = Database(settings, password)
        self._numbers = {word: number for number, word in settings.item_words.items()}

    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Yield what changed since the cursor, a page at a time, and then what was deleted."""
        since, deleted = cursor.get("since"), cursor.get("deleted")
        begin = self._wall.back(datetime.fromisoformat(since), self._settings.overlap) if since else LONG_AGO
        for records, last in self._pages("updt_ts", begin):
            since = max(since or "", last.isoformat())
            yield Page(records, {"since": since, "deleted": deleted or since})
        if self._settings.delete_log:
            # At the first reading what was deleted before it never came.
            yield from self._deletions(since or self._wall.now().isoformat(), deleted)

    def everything(self) -> Iterator[Page]:
        """Yield every service request, by number."""
        for records, _last in self._pages("sr_no", ""):
            yield Page(records, {})

    def look(self, far_id: str) -> FarRecord | None:
        """Return a service request, or None where there is none of this number."""
        with self._database.reading() as db:
            return self._one(db, sql.SQL("sr_no = {}").format(sql.Literal(far_id)))

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the first service request that was made with our reference."""
        with self._database.reading() as db:
            return self._one(db, sql.SQL("ext_ref = {}").format(sql.Literal(own_ref)))

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make a service request that carries our reference, with its stops, in one transaction."""
        header = self._header(values) | {"ext_ref": own_ref}
        names = sql.SQL(", ").join(map(sql.Identifier, header))
        marks = sql.SQL(", ").join(map(sql.Placeholder, header))
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING sr_no").format(
            self._database.table("sr_hdr"), names, marks
        )
        with self._database.writing() as db:
            row = db.execute(insert, header).fetchone()
            number = str((row or {}).get("sr_no", "")).strip()
            self._write_items(db, number, self._slots(values.get("items", ""), values.get("item_count", "")))
        made = self.look(number)
        if made is None:
            raise FarNonsense(N_("%(name)s has not kept what it took."), name=NAME)
        return made

    def update(self, far_id: str, values: Values) -> None:
        """Set values of a service request; rows that say so already are not touched."""
        header = self._header(values)
        with self._database.writing() as db:
            lock = sql.SQL("SELECT * FROM {} WHERE sr_no = %s FOR UPDATE").format(self._database.table("sr_hdr"))
            row = db.execute(lock, (far_id,)).fetchone()
            if row is None:
                raise FarRefused(N_("%(name)s has no request %(number)s."), name=NAME, number=far_id[:20])
            changed = {name: value for name, value in header.items() if _text(row[name]) != (value or "")}
            items_changed = bool(ITEMS & set(values)) and self._change_items(db, far_id, values)
            if changed or items_changed:
                sets = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changed]
                stamp = sql.SQL("updt_ts = date_trunc('second', now() AT TIME ZONE {})")
                sets.append(stamp.format(sql.Literal(self._settings.timezone)))
                update = sql.SQL("UPDATE {} SET {} WHERE sr_no = %(number)s").format(
                    self._database.table("sr_hdr"), sql.SQL(", ").join(sets)
                )
                db.execute(update, {**changed, "number": far_id})

    def say(self, far_id: str, remark: Remark) -> None:
        """Add a note, once for each reference; a long one is cut to what a note holds."""
        with self._database.writing() as db:
            # The row of the request is locked, so that two notes do not take one number.
            lock = sql.SQL("SELECT FROM {} WHERE sr_no = %s FOR UPDATE").format(self._database.table("sr_hdr"))
            if db.execute(lock, (far_id,)).fetchone() is None:
                raise FarRefused(N_("%(name)s has no request %(number)s."), name=NAME, number=far_id[:20])
            insert = sql.SQL(
                "INSERT INTO {note} (sr_no, note_seq, note_txt, ext_ref)"
                " SELECT %(no)s, coalesce(max(note_seq), 0) + 1, %(text)s, %(ref)s::varchar FROM {note}"
                " WHERE sr_no = %(no)s HAVING NOT coalesce(bool_or(ext_ref = %(ref)s::varchar), false)"
            ).format(note=self._database.table("sr_note"))
            db.execute(insert, {"no": far_id, "text": remark.text[:255], "ref": remark.ref[:60]})

    def close(self) -> None:
        """Let go of the connection."""
        self._database.close()

    # -- Reading ----------------------------------------------------------------------------------------------------
    def _pages(self, order: str, begin: datetime | str) -> Iterator[tuple[list[FarRecord], datetime]]:
        """Yield pages of records by a column and their number, and the stamp that the page has come to."""
        keys = ("updt_ts", "sr_no") if order == "updt_ts" else ("sr_no",)
        after: tuple[object, ...] = (begin, "") if order == "updt_ts" else (begin,)
        key = sql.SQL(", ").join(map(sql.Identifier, keys))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(keys))
        query = sql.SQL("SELECT {} FROM {} WHERE ({}) > ({}) ORDER BY {} LIMIT {}").format(
            READ_COLUMNS, self._database.table("sr_hdr"), key, marks, key, sql.Literal(self._settings.page_size)
        )
        while True:
            with self._database.reading() as db:
                rows = db.execute(query, after).fetchall()
                records = self._records(db, rows)
            if not rows:
                return
            yield records, rows[-1]["updt_ts"]
            if len(rows) < self._settings.page_size:
                return
            after = tuple(rows[-1][name] for name in keys)

    def _deletions(self, since: str, deleted: str | None) -> Iterator[Page]:
        if deleted is None:
            yield Page([], {"since": since, "deleted": since})
            return
        begin = self._wall.back(datetime.fromisoformat(deleted), self._settings.overlap)
        query = sql.SQL("SELECT sr_no, del_ts FROM {} WHERE del_ts >= %s ORDER BY del_ts, sr_no")
        with self._database.reading() as db:
            rows = db.execute(query.format(self._database.table("sr_del_log")), (begin,)).fetchall()
        gone = [
            FarRecord(row["sr_no"].strip(), changed_at=self._wall.instant(row["del_ts"]), gone=True) for row in rows
        ]
        last = max([deleted, *(row["del_ts"].isoformat() for row in rows)])
        yield Page(gone, {"since": since, "deleted": last})

    def _one(self, db: Connection, where: sql.Composed) -> FarRecord | None:
        query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY sr_no LIMIT 1")
        rows = db.execute(query.format(READ_COLUMNS, self._database.table("sr_hdr"), where)).fetchall()
        return next(iter(self._records(db, rows)), None)

    def _records(self, db: Connection, rows: Sequence[Row]) -> list[FarRecord]:
        numbers = [row["sr_no"] for row in rows]
        stops = self._of(db, "sr_stop", "stop_seq", numbers)
        notes = self._of(db, "sr_note", "note_seq", numbers)
        return [self._record(row, stops.get(row["sr_no"], ()), notes.get(row["sr_no"], ())) for row in rows]

    def _of(self, db: Connection, table: str, order: str, numbers: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        if numbers:
            query = sql.SQL("SELECT * FROM {} WHERE sr_no = ANY(%s::char(10)[]) ORDER BY sr_no, {}")
            for row in db.execute(query.format(self._database.table(table), sql.Identifier(order)), (list(numbers),)):
                found.setdefault(row["sr_no"], []).append(row)
        return found

    def _record(self, row: Row, stops: Sequence[Row], notes: Sequence[Row]) -> FarRecord:
        items = slots.read(stops)
        values = {name: _text(row[name]) for name in READ}
        values |= {
            "items": slots.JOIN.join(self._word(slot.code) for slot in items),
            "item_count": str(sum(slot.count for slot in items)) if items else "",
            "items_picked": str(sum(slot.count for slot in items if slot.picked)) if items else "",
        }
        return FarRecord(
            values["sr_no"],
            values,
            changed_at=self._wall.instant(row["updt_ts"]),
            own_ref=values["ext_ref"],
            remarks=tuple(self._remark(note) for note in notes),
        )

    def _remark(self, note: Row) -> Remark:
        ref = note["ext_ref"] or f"note-{note['note_seq']}"
        return Remark(ref, note["note_txt"].strip(), self._wall.instant(note["note_ts"]))

    # -- Writing ----------------------------------------------------------------------------------------------------
    def _header(self, values: Values) -> dict[str, str | None]:
        """Return the columns of the header; an empty value is none. Raises FarRefused for what may not be set."""
        if wrong := sorted(set(values) - WRITABLE - ITEMS):
            raise FarRefused(N_("%(name)s: %(column)s cannot be set from here."), name=NAME, column=wrong[0])
        return {name: _storable(name, value) or None for name, value in values.items() if name not in ITEMS}

    def _slots(self, items: str, count: str) -> list[Slot]:
        codes = [self._number(word) for word in items.split(slots.JOIN.strip()) if word.strip()]
        total = int(count) if count.isdigit() else len(codes)
        return slots.spread(codes, total)

    def _number(self, word: str) -> int:
        word = word.strip()
        if word in self._numbers:
            return self._numbers[word]
        if word.isdigit() and len(word) < 5:
            return int(word)
        raise FarRefused(N_("%(name)s has no number for the item “%(item)s”."), name=NAME, item=word[:40])

    def _word(self, code: int) -> str:
        return self._settings.item_words.get(code, str(code))

    def _change_items(self, db: Connection, number: str, values: Values) -> bool:
        """Write the stops anew where the items differ, keeping what was picked up; say whether they did."""
        there = slots.read(self._of(db, "sr_stop", "stop_seq", [number.ljust(10)]).get(number.ljust(10), ()))
        now = slots.JOIN.join(self._word(slot.code) for slot in there)
        total = str(sum(slot.count for slot in there)) if there else ""
        wanted = self._slots(values.get("items", now), values.get("item_count", total))
        if [(s.code, s.count) for s in wanted] == [(s.code, s.count) for s in there]:
            return False
        picked = {slot.code for slot in there if slot.picked}
        self._write_items(db, number, [Slot(s.code, s.count, s.code in picked) for s in wanted])
        return True

    def _write_items(self, db: Connection, number: str, items: Sequence[Slot]) -> None:
        table = self._database.table("sr_stop")
        db.execute(sql.SQL("DELETE FROM {} WHERE sr_no = %s").format(table), (number,))
        for place, row in enumerate(slots.stops(items), 1):
            names = sql.SQL(", ").join(map(sql.Identifier, row))
            marks = sql.SQL(", ").join(sql.Placeholder() * len(row))
            insert = sql.SQL("INSERT INTO {} (sr_no, stop_seq, {}) VALUES (%s, %s, {})").format(table, names, marks)
            db.execute(insert, (number, place, *row.values()))


def _storable(name: str, value: str) -> str:
    """Return a value as its column keeps it: no longer than it, degrees with its digits."""
    if name in DEGREES:
        try:
            return _text(round(Decimal(value), 6))
        except InvalidOperation:
            return value  # for the database to refuse
    return value[: LONGEST_TEXT.get(name, len(value))]


def _text(value: object) -> str:
    """Return a column as text: padding cut, a time without its zone, a number without closing noughts."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value).strip()
