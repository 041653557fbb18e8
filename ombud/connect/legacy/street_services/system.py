"""The connector to the street services system; see docs/reference/bridge-street-services.md for its quirks."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ombud.connect.bridge.ports import Cursor, FarDown, FarNonsense, FarRecord, FarRefused, Page, Remark, Values
from ombud.connect.legacy.calling import Line
from ombud.connect.legacy.files.instants import Instants
from ombud.connect.legacy.opening import LinkSettings, secret_of
from ombud.connect.legacy.wall import WallClock
from ombud.kernel.errors import N_

NAME = "Street services"
DATES = ("%m/%d/%Y %I:%M:%S %p",)
WIDEST = timedelta(days=400)
NARROWEST = timedelta(seconds=1)
# A window is read again where somebody changed a record while its pages were turned.
TURNS = 4


class Settings(LinkSettings):
    """What a link to street services needs."""

    url: str
    begins_on: date = date(2010, 1, 1)


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> "StreetServices":
    """Return the connection that these settings describe; its secret is `api_key`. Raises BadInput."""
    return StreetServices(Settings.read(settings, connector="street_services"), key=secret_of(secrets, "api_key"))


class StreetServices:
    """
    Service requests by XML over HTTP.

    Lists come newest first, a few at a time, and only so many in all: they are asked for in windows of time that are
    halved until they are whole, and given on oldest first.
    """

    can = frozenset({"create", "update", "say", "find"})

    def __init__(self, settings: Settings, *, key: str) -> None:
        self._settings = settings
        self._line = Line(NAME, settings.url, seconds=settings.timeout_seconds, headers={"X-Api-Key": key})
        self._instants = Instants(DATES, settings.zone)
        self._wall = WallClock(settings.zone)

    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Yield what changed since the cursor, a window of time at a time."""
        now = self._wall.now()
        begin = self._beginning()
        if until := cursor.get("until"):
            begin = self._wall.back(datetime.fromisoformat(until), self._settings.overlap)
        for records, end in self._windows(begin, self._end()):
            yield Page(records, {"until": min(end, now).isoformat()})

    def everything(self) -> Iterator[Page]:
        """Yield every record; one that changes meanwhile may come twice."""
        for records, _end in self._windows(self._beginning(), self._end()):
            yield Page(records, {})

    def look(self, far_id: str) -> FarRecord | None:
        """Return a record, or None where there is none of this number."""
        answer = self._line.ask("GET", f"sr/{quote(far_id, safe='')}.xml")
        return None if answer.status == 404 else self._record(self._read(answer.body, "SR"))

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the first record that was made with our reference."""
        found = self._read(self._line.ask("GET", "sr/list.xml", params={"ref": own_ref}).body, "SERVICEREQUESTS")
        return min(map(self._record, found), key=lambda record: record.far_id, default=None)

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make a record that carries our reference."""
        form = {name.upper(): value for name, value in values.items()} | {"REF": own_ref}
        return self._record(self._read(self._line.ask("POST", "sr/new.xml", form=form).body, "SR"))

    def update(self, far_id: str, values: Values) -> None:
        """Set values of a record."""
        form = {name.upper(): value for name, value in values.items()}
        self._read(self._line.ask("POST", f"sr/{quote(far_id, safe='')}/change.xml", form=form).body, "SR")

    def say(self, far_id: str, remark: Remark) -> None:
        """Add a comment; the other side keeps one for each reference."""
        form = {"TEXT": remark.text, "REF": remark.ref}
        self._read(self._line.ask("POST", f"sr/{quote(far_id, safe='')}/comment.xml", form=form).body, "SR")

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def _end(self) -> datetime:
        # Their clock may be ahead of ours, and what came in the first turn of an hour seems later than its second.
        return self._wall.now() + self._settings.overlap + self._wall.repeats_within(timedelta(hours=2))

    def _beginning(self) -> datetime:
        return datetime.combine(self._settings.begins_on, time())

    def _windows(self, begin: datetime, end: datetime) -> Iterator[tuple[list[FarRecord], datetime]]:
        """Yield the records of each window and its end; windows are as wide as the other side's limit lets them be."""
        width = WIDEST
        while begin < end:
            stop = min(begin + width, end)
            records = self._window(begin, stop)
            if records is None:
                width = (stop - begin) / 2
                if width < NARROWEST:
                    raise FarNonsense(N_("%(name)s says that there is always more to list."), name=NAME)
                continue
            yield records, stop
            begin, width = stop, min(width * 2, WIDEST)

    def _window(self, begin: datetime, end: datetime) -> list[FarRecord] | None:
        """Return all records that changed in a window, oldest first; None where there are more than it lists."""
        for _turn in range(TURNS):
            found: dict[str, FarRecord] = {}
            totals: set[int] = set()
            for page in self._pages(begin, end):
                if page.get("CAPPED") == "Y":
                    return None
                totals.add(_number(page, "TOTAL"))
                found |= {record.far_id: record for record in map(self._record, page)}
            if totals == {len(found)}:
                return sorted(found.values(), key=_oldest_first)
        raise FarNonsense(N_("%(name)s gives other pages each time it is asked."), name=NAME)

    def _pages(self, begin: datetime, end: datetime) -> Iterator[Element]:
        number, seen = 1, 0
        while True:
            params = {"from": _stamp(begin), "to": _stamp(end), "page": number}
            page = self._read(self._line.ask("GET", "sr/list.xml", params=params).body, "SERVICEREQUESTS")
            yield page
            number, seen = number + 1, seen + len(page)
            if not len(page) or seen >= _number(page, "TOTAL"):
                return

    def _read(self, body: bytes, expected: str) -> Element:
        """Return the root of an answer. Raises FarRefused with their words, FarNonsense where it is no answer."""
        try:
            root: Element = fromstring(body)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as broken:
            raise self._line.nonsense() from broken
        if root.tag == "ERROR":
            if root.get("CODE") in ("401", "403"):
                raise self._line.closed_to_us()
            raise FarRefused(N_("%(name)s said: %(why)s"), name=NAME, why=(root.text or "")[:300])
        if root.tag != expected:
            raise self._line.nonsense()
        return root

    def _record(self, found: Element) -> FarRecord:
        if found.tag != "SR" or not (number := (found.findtext("NUMBER") or "").strip()):
            raise self._line.nonsense()
        values = {part.tag.lower(): (part.text or "").strip() for part in found if not len(part)}
        for coded in ("type", "resolution"):
            part = found.find(coded.upper())
            values[f"{coded}_name"] = values.get(coded, "")
            values[coded] = "" if part is None else part.get("CODE", "")
        values.pop("comments", None)
        return FarRecord(
            number,
            values,
            changed_at=self._instant(values.get("changed", "")),
            own_ref=values.get("ref", ""),
            # What the office marks as internal is not for residents and stays there.
            remarks=tuple(self._remark(one) for one in found.iterfind("COMMENTS/COMMENT") if one.get("KIND") == "EXT"),
        )

    def _remark(self, said: Element) -> Remark:
        at = self._instant(said.get("DATE", ""))
        return Remark(said.get("REF") or said.get("ID") or "", (said.text or "").strip(), at)

    def _instant(self, text: str) -> datetime:
        try:
            return self._instants.read(text)[0]
        except ValueError as broken:
            raise self._line.nonsense() from broken


def _number(page: Element, name: str) -> int:
    text = page.get(name, "")
    if not text.isdigit():
        raise FarDown(N_("%(name)s answered what cannot be read."), name=NAME)
    return int(text)


def _oldest_first(record: FarRecord) -> tuple[datetime, str]:
    assert record.changed_at  # noqa: S101  `_record` reads it or raises
    return record.changed_at, record.far_id


def _stamp(wall: datetime) -> str:
    return wall.isoformat(sep="T", timespec="seconds")
