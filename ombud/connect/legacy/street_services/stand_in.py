"""
A stand-in of the street services system: XML over HTTP, with a key, in the manner of Open311 but not quite.

Lists are by the last change, newest first, fifty a page, five hundred at most; times are wall clock without a zone; an
error may come with 200; at times a page of HTML comes with 200 too. State is kept in a file.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from xml.etree import ElementTree as Xml

from ombud.connect.legacy.standing_in import running, web
from ombud.connect.legacy.standing_in.faults import Faults
from ombud.connect.legacy.standing_in.web import Answer, Asked
from ombud.connect.legacy.street_services.office import NAMES, RESOLUTIONS, Office, Refused

API_KEY = "street-services-demo"
PAGE_SIZE = 50
LIST_LIMIT = 500


@dataclass(frozen=True, slots=True)
class StandIn:
    """The running system: its address, what it holds, and what can be made to go wrong."""

    url: str
    office: Office
    faults: Faults


@contextmanager
def serving(
    home: Path, *, port: int = 0, records: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[StandIn]:
    """Serve the system of this folder for the block."""
    home.mkdir(parents=True, exist_ok=True)
    office, faults = Office(home, clock=clock), Faults(home)
    office.fill(records)
    try:
        with web.answering(_Desk(office).answer, faults=faults, port=port) as url:
            yield StandIn(url, office, faults)
    finally:
        office.close()


class _Desk:
    """Answers what is asked over HTTP."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def answer(self, asked: Asked) -> Answer:
        if not hmac.compare_digest(asked.headers.get("x-api-key", "").encode(), API_KEY.encode()):
            return _error(401, "Key not recognised")
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["sr", "list.xml"]:
                return self._list(asked.query)
            case "POST", ["sr", "new.xml"]:
                return self._saying_no(lambda: self._new(asked.form))
            case "GET", ["sr", name] if name.endswith(".xml"):
                return self._one(name.removesuffix(".xml"))
            case "POST", ["sr", number, "change.xml"]:
                return self._saying_no(lambda: self._change(number, asked.form))
            case "POST", ["sr", number, "comment.xml"]:
                return self._saying_no(lambda: self._comment(number, asked.form))
            case _:
                return _error(404, "No such page")

    def _saying_no(self, do: Callable[[], Answer]) -> Answer:
        try:
            return do()
        except Refused as why:
            return _error(410, str(why))

    def _list(self, query: Mapping[str, str]) -> Answer:
        if ref := query.get("ref"):
            rows = self._office.with_ref(ref)
            total, page = len(rows), 1
        else:
            page = max(1, int(query.get("page") or 1))
            since, until = query.get("from", "").replace("T", " "), query.get("to", "9999").replace("T", " ")
            skip = (page - 1) * PAGE_SIZE
            rows, total = self._office.search(
                since, until, at_most=max(0, min(PAGE_SIZE, LIST_LIMIT - skip)), skip=skip
            )
        root = Xml.Element(
            "SERVICEREQUESTS",
            {"TOTAL": str(total), "PAGE": str(page), "PAGESIZE": str(PAGE_SIZE), "CAPPED": "NY"[total > LIST_LIMIT]},
        )
        root.extend(self._element(row) for row in rows)
        return _xml(root)

    def _one(self, number: str) -> Answer:
        row = self._office.look(number)
        return _error(404, "No such service request") if row is None else _xml(self._element(row))

    def _new(self, form: Mapping[str, str]) -> Answer:
        return self._one(self._office.take({name.lower(): value for name, value in form.items()}))

    def _change(self, number: str, form: Mapping[str, str]) -> Answer:
        self._office.change(number, {name.lower(): value for name, value in form.items()})
        return self._one(number)

    def _comment(self, number: str, form: Mapping[str, str]) -> Answer:
        self._office.comment(number, form.get("TEXT", ""), ref=form.get("REF", ""))
        return self._one(number)

    def _element(self, row: Row) -> Xml.Element:
        number = f"SR1-{row['id']:07d}"
        found = Xml.Element("SR")
        for tag, text in (
            ("NUMBER", number),
            ("STATUS", row["status"]),
            ("CREATED", _american(row["created"])),
            ("CHANGED", _american(row["changed"])),
            ("CLOSED", _american(row["closed"])),
            ("DUE", _american(row["due"])),
            *((name.upper(), row[name]) for name in ("address", "zip", "lat", "long", "division", "description")),
            *((name.upper(), row[name]) for name in ("caller_name", "caller_phone", "source", "ref")),
        ):
            Xml.SubElement(found, tag).text = text
        Xml.SubElement(found, "TYPE", {"CODE": row["type"]}).text = NAMES.get(row["type"], "")
        Xml.SubElement(found, "RESOLUTION", {"CODE": row["resolution"]}).text = RESOLUTIONS.get(row["resolution"], "")
        said = Xml.SubElement(found, "COMMENTS")
        for one in self._office.comments(number):
            about = {"ID": str(one["id"]), "DATE": _american(one["at"]), "KIND": one["kind"], "REF": one["ref"]}
            Xml.SubElement(said, "COMMENT", about).text = one["text"]
        return found


def _american(wall: str) -> str:
    if not wall:
        return ""
    return datetime.strptime(wall, "%Y-%m-%d %H:%M:%S").strftime("%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007  wall clock


def _xml(root: Xml.Element, status: int = 200) -> Answer:
    # Latin letters only; whatever else somebody wrote becomes a numbered character.
    return Answer(status, Xml.tostring(root, encoding="iso-8859-1", xml_declaration=True), "text/xml")


def _error(code: int, why: str) -> Answer:
    root = Xml.Element("ERROR", {"CODE": str(code)})
    root.text = why
    # Refusals come with 200, as in many a system of its age.
    return _xml(root, 200 if code == 410 else code)


@contextmanager
def _program(home: Path, port: int, records: int) -> Iterator[tuple[str, Callable[[], None]]]:
    with serving(home, port=port, records=records) as far:
        yield far.url, far.office.work


if __name__ == "__main__":
    running.run("A stand-in of the street services system.", serving=_program)
