"""The connector to the street lighting system; see docs/reference/bridge-street-lighting.md for its quirks."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from pydantic import Field, model_validator

from ombud.connect.bridge.ports import Cursor, FarDown, FarNonsense, FarRecord, FarRefused, Page, Remark, Values
from ombud.connect.legacy.files.instants import Instants
from ombud.connect.legacy.opening import LinkSettings
from ombud.connect.legacy.street_lighting import sheets
from ombud.connect.legacy.street_lighting.shelf import NAME, File, Shelf
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput

DROP, ACKNOWLEDGED = "BSL_SR_", "BSL_ACK_"
ROWS_A_PAGE = 1000
# What their inbox reads, in the order it was agreed on.
INBOX_COLUMNS = (
    "ACTION", "REF", "number", "type", "status", "outcome", "pole", "address", "lat", "lon", "crew", "description",
)  # fmt: skip
SETTABLE = frozenset(INBOX_COLUMNS[3:])


class Settings(LinkSettings):
    """What a link to the street lighting system needs."""

    host: str
    port: int = Field(default=22, ge=1, le=65_535)
    user: str
    # As in a file of known hosts: the kind of key, a space, the key.
    host_key: str = Field(pattern=r"^[a-z0-9@.-]+ [A-Za-z0-9+/=]+$")
    drops: str = "outbound"
    inbox: str = "inbox"
    # What we call a column to the names it has had in their files.
    columns: dict[str, tuple[str, ...]]
    dates: tuple[str, ...] = ("%m/%d/%Y %H:%M",)
    # So long may the newest drop be unfinished before a person must look.
    patience_minutes: int = Field(default=120, ge=1, le=2880)
    # So long to wait before asking again whether they took what we sent.
    ask_again_seconds: float = Field(default=1800.0, ge=1, le=86_400)

    @model_validator(mode="after")
    def _with_what_is_needed(self) -> Self:
        if missing := [name for name in ("number", "changed", "created", "ref") if not self.columns.get(name)]:
            raise ValueError(f"columns: say how {', '.join(missing)} is called there")
        return self


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> "StreetLighting":
    """Return the connection described; its secret is `password` or `private_key`. Raises BadInput."""
    told = Settings.read(settings, connector="street_lighting")
    if not (secrets.get("password") or secrets.get("private_key")):
        raise BadInput(N_("This link needs the secret “%(name)s”."), field="secrets", name="password")
    shelf = Shelf(told.host, told.port, host_key=told.host_key, seconds=told.timeout_seconds)
    shelf.sign_in(told.user, password=secrets.get("password", ""), private_key=secrets.get("private_key", ""))
    return StreetLighting(told, shelf)


class StreetLighting:
    """
    Service requests as rows of files, dropped once a night.

    What we want made or changed lies in their inbox until the next drop; until then a record is given as it will be,
    so that an older row does not take our change back. It takes no remarks.
    """

    can = frozenset({"create", "update", "find"})

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self._settings, self._shelf = settings, shelf
        self._instants = Instants(settings.dates, settings.zone)

    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Yield what the drops since the cursor name, each record once, as it is now; a corrected drop comes again."""
        if all(_is_before(file, cursor) for file in self._drops()):
            return
        files, folded = self._fold()
        for file in files:
            if _is_before(file, cursor):
                continue
            done = {"drop": file.name, "size": file.size, "changed": file.changed}
            refused = self._refusals(file)
            records = [_with_remark(one, refused.get(one.far_id)) for name, one in folded.values() if name == file.name]
            for begin in range(0, len(records) or 1, ROWS_A_PAGE):
                last = begin + ROWS_A_PAGE >= len(records)
                yield Page(records[begin : begin + ROWS_A_PAGE], done if last else cursor)
            cursor = done

    def everything(self) -> Iterator[Page]:
        """Yield every record as the drops leave it."""
        records = list(self._all.values())
        for begin in range(0, len(records), ROWS_A_PAGE):
            yield Page(records[begin : begin + ROWS_A_PAGE], {})

    def look(self, far_id: str) -> FarRecord | None:
        """Return a record as the drops, and what lies in the inbox, leave it."""
        return self._all.get(far_id)

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the record that carries our reference."""
        return next((record for record in self._all.values() if record.own_ref == own_ref), None)

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Return the record once a drop has it; before that, leave a file and raise FarDown."""
        if found := self.find(own_ref):
            return found
        self._leave("NEW", own_ref, values, number="")
        raise FarDown(
            N_("%(name)s takes what we sent with its next drop."),
            wait_seconds=self._settings.ask_again_seconds,
            name=NAME,
        )

    def update(self, far_id: str, values: Values) -> None:
        """Leave a file with the changes; the same changes are the same file."""
        if self.look(far_id) is None:
            raise FarRefused(N_("%(name)s has no request %(number)s."), name=NAME, number=far_id[:40])
        digest = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:12]
        self._leave("CHG", f"{far_id}_{digest}", values, number=far_id)
        self.__dict__.pop("_all", None)

    def say(self, far_id: str, remark: Remark) -> None:
        """Refuse: nothing of theirs holds a remark."""
        raise FarRefused(N_("%(name)s takes no remarks."), name=NAME)

    def close(self) -> None:
        """Let go of the connection."""
        self._shelf.close()

    # -- Reading ----------------------------------------------------------------------------------------------------
    def _drops(self) -> list[File]:
        return [file for file in self._shelf.files(self._settings.drops) if file.name.startswith(DROP)]

    def _rows(self, file: File, *, newest: bool) -> list[dict[str, str]] | None:
        """Return the rows of a drop by our names of its columns; None where it is still being written."""
        try:
            rows = sheets.read(self._shelf.content(f"{self._settings.drops}/{file.name}"))
        except sheets.NotWhole as half:
            age = clock.now().timestamp() - file.changed
            if newest and age < timedelta(minutes=self._settings.patience_minutes).total_seconds():
                return None
            raise FarNonsense(N_("%(name)s left half a file: %(file)s."), name=NAME, file=file.name[:80]) from half
        except sheets.NotATable as broken:
            raise FarNonsense(N_("%(name)s left a broken file: %(file)s."), name=NAME, file=file.name[:80]) from broken
        return [self._renamed(row, file) for row in rows]

    def _renamed(self, row: Mapping[str, str], file: File) -> dict[str, str]:
        found = {}
        for ours, theirs in self._settings.columns.items():
            name = next((name for name in theirs if name in row), None)
            if name is not None:
                found[ours] = row[name].strip()
            elif ours in ("number", "changed", "created", "ref"):
                raise FarNonsense(
                    N_("%(file)s of %(name)s has no column for the %(column)s."),
                    name=NAME,
                    file=file.name[:80],
                    column=ours,
                )
        return found

    @cached_property
    def _all(self) -> dict[str, FarRecord]:
        return {number: record for number, (_name, record) in self._fold()[1].items()}

    def _fold(self) -> tuple[list[File], dict[str, tuple[str, FarRecord]]]:
        """
        Return the whole drops, and every record with the last drop that names it.

        A row may be sent again as it was: the later stamp holds, not the later file.
        """
        drops, whole = self._drops(), []
        # Read before the drops: what they take from their inbox meanwhile may be in neither.
        pending = self._pending()
        rows: dict[str, dict[str, str]] = {}
        named: dict[str, str] = {}
        for file in drops:
            found = self._rows(file, newest=file == drops[-1])
            if found is None:
                break
            whole.append(file)
            for row in found:
                number = self._number(row)
                if number not in rows or self._at(row, "changed") >= self._at(rows[number], "changed"):
                    rows[number] = row
                named.pop(number, None)
                named[number] = file.name
        return whole, {number: (name, self._record(rows[number], pending)) for number, name in named.items()}

    def _record(self, row: Mapping[str, str], pending: Mapping[str, Values]) -> FarRecord:
        number = self._number(row)
        values = {**row, **pending.get(number, {})}
        return FarRecord(number, values, changed_at=self._at(row, "changed"), own_ref=row["ref"])

    def _number(self, row: Mapping[str, str]) -> str:
        if not row["number"]:
            raise FarNonsense(N_("%(name)s left a row without a number."), name=NAME)
        return row["number"]

    def _at(self, row: Mapping[str, str], column: str) -> datetime:
        """Return when; in the hour that comes twice, the first turn unless that would be before it was asked."""
        try:
            created = self._instants.read(row["created"])[0]
            return self._instants.read(row[column], not_before=created)[0]
        except ValueError as broken:
            raise FarNonsense(N_("%(name)s wrote a time that is none: %(why)s"), name=NAME, why=str(broken)) from broken

    # -- Their inbox ------------------------------------------------------------------------------------------------
    def _leave(self, action: str, ref: str, values: Values, *, number: str) -> None:
        if wrong := sorted(set(values) - SETTABLE):
            raise FarRefused(N_("%(name)s: %(column)s cannot be set from here."), name=NAME, column=wrong[0])
        if (refused := self._answer(ref)) is not None:
            raise FarRefused(N_("%(name)s said: %(why)s"), name=NAME, why=refused)
        columns = [name for name in INBOX_COLUMNS if name in {"ACTION", "REF", "number", *values}]
        row = {"ACTION": action, "REF": ref, "number": number, **values}
        self._shelf.put(f"{self._settings.inbox}/{action}_{_file_name(ref)}.csv", sheets.write([row], columns))

    def _pending(self) -> dict[str, dict[str, str]]:
        """Return what lies in the inbox to be changed, by number: the drops do not know of it yet."""
        found: dict[str, dict[str, str]] = {}
        waiting = [file for file in self._shelf.files(self._settings.inbox) if file.name.startswith("CHG_")]
        for file in sorted(waiting, key=lambda one: (one.changed, one.name)):
            try:
                rows = sheets.read(self._shelf.content(f"{self._settings.inbox}/{file.name}"))
            except FarNonsense:
                continue  # they have taken it since it was listed
            for row in rows:
                found.setdefault(row["number"], {}).update({n: v for n, v in row.items() if n in SETTABLE})
        return found

    def _answer(self, ref: str) -> str | None:
        """Return why they refused what we sent under a reference, or None."""
        for file in reversed(self._shelf.files(self._settings.drops)):
            if file.name.startswith(ACKNOWLEDGED):
                for row in self._acknowledged(file):
                    if row.get("REF") == ref:
                        return row.get("REASON", "")[:300] if row.get("RESULT") == "REJ" else None
        return None

    def _refusals(self, drop: File) -> dict[str, Remark]:
        """Return what came back with a drop of what we wanted changed, as remarks on the records: staff should know."""
        name = drop.name.replace(DROP, ACKNOWLEDGED)
        listed = [file for file in self._shelf.files(self._settings.drops) if file.name == name]
        return {
            row["NUMBER"]: Remark(f"ack-{row['REF']}"[:200], row.get("REASON", ""), _seen(drop))
            for file in listed
            for row in self._acknowledged(file)
            if row.get("RESULT") == "REJ" and row.get("NUMBER")
        }

    def _acknowledged(self, file: File) -> list[dict[str, str]]:
        try:
            return sheets.read(self._shelf.content(f"{self._settings.drops}/{file.name}"))
        except (sheets.NotWhole, sheets.NotATable):
            return []  # the next look finds it whole


def _is_before(file: File, cursor: Cursor) -> bool:
    """Whether a drop was read already, as it is now."""
    if not cursor:
        return False
    done = (cursor.get("drop", ""), cursor.get("size"), cursor.get("changed"))
    return file.name < str(done[0]) or (file.name, file.size, file.changed) == done


def _with_remark(record: FarRecord, remark: Remark | None) -> FarRecord:
    if remark is None:
        return record
    return FarRecord(record.far_id, record.values, record.changed_at, record.own_ref, (remark,))


def _seen(file: File) -> datetime:
    return datetime.fromtimestamp(file.changed, tz=clock.now().tzinfo)


def _file_name(ref: str) -> str:
    """Return a reference as part of a file's name."""
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in ref)[:80]
