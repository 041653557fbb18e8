"""The connector to the graffiti job system; see docs/reference/bridge-graffiti.md for its quirks."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pydantic import Field

from ombud.connect.bridge.ports import Cursor, FarDown, FarNonsense, FarRecord, FarRefused, Page, Remark, Values
from ombud.connect.legacy.calling import Line
from ombud.connect.legacy.opening import LinkSettings, secret_of
from ombud.kernel.errors import N_
from ombud.plumbing import outgoing

NAME = "Graffiti"
# A token is renewed a little before it expires, so that it does not on the way.
MARGIN_SECONDS = 5.0
# So often is a change tried on top of what somebody else changed in the same moment.
TURNS = 4
# Numbers on their side; everything else is text.
WHOLE = frozenset({"sqft"})


class Settings(LinkSettings):
    """What a link to the graffiti job system needs."""

    url: str
    client_id: str
    page_size: int = Field(default=100, ge=1, le=1000)
    # How long a call waits by itself when asked to; longer waits are left to the bridge.
    patience_seconds: float = Field(default=5.0, ge=0, le=60)


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> "Graffiti":
    """Return the connection that these settings describe; its secret is `client_secret`. Raises BadInput."""
    return Graffiti(Settings.read(settings, connector="graffiti"), secret=secret_of(secrets, "client_secret"))


class Graffiti:
    """
    Jobs by JSON over HTTP.

    Pages by offset shift while jobs change, so each page is asked for from the last change seen; an offset is used
    only among jobs of the same second.
    """

    can = frozenset({"create", "update", "say", "find"})

    def __init__(self, settings: Settings, *, secret: str) -> None:
        self._settings, self._secret = settings, secret
        self._line = Line(NAME, settings.url, seconds=settings.timeout_seconds)
        self._token, self._token_until = "", 0.0

    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Yield what changed since the cursor, a page at a time."""
        since = str(cursor.get("since", ""))
        if since:
            since = _stamp(self._instant(since) - self._settings.overlap)
        return self._pages(since)

    def everything(self) -> Iterator[Page]:
        """Yield every job; one that changes meanwhile comes twice."""
        return self._pages("")

    def look(self, far_id: str) -> FarRecord | None:
        """Return a job, or None where there is none of this number."""
        answer = self._ask("GET", f"api/jobs/{quote(far_id, safe='')}")
        return None if answer.status == 404 else self._record(self._object(answer))

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the job that was made under our number."""
        items = self._items(self._object(self._ask("GET", "api/jobs", params={"external_id": own_ref})))
        return self._record(items[0]) if items else None

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make a job under our number; where it is there already, that one is returned."""
        answer = self._ask("POST", "api/jobs", json={**_nested(values), "external_id": own_ref})
        if answer.status == 409 and (known := self.find(own_ref)):
            return known
        return self._record(self._object(answer))

    def update(self, far_id: str, values: Values) -> None:
        """Set values of a job on top of its newest version."""
        path = f"api/jobs/{quote(far_id, safe='')}"
        for _turn in range(TURNS):
            seen = self._ask("GET", path)
            self._object(seen)
            answer = self._ask("PATCH", path, json=_nested(values), headers={"If-Match": seen.headers.get("etag", "")})
            if answer.status != 412:
                self._object(answer)
                return
        raise FarDown(N_("%(name)s changes faster than we can."), wait_seconds=1.0, name=NAME)

    def say(self, far_id: str, remark: Remark) -> None:
        """Add a note; the other side keeps one for each reference."""
        note = {"text": remark.text, "client_ref": remark.ref}
        self._object(self._ask("POST", f"api/jobs/{quote(far_id, safe='')}/notes", json=note))

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def _pages(self, since: str) -> Iterator[Page]:
        offset, seen, barren = 0, set[tuple[str, str]](), 0
        while True:
            limit = self._settings.page_size
            params = {"updated_since": since, "offset": offset, "limit": limit}
            told = self._object(self._ask("GET", "api/jobs", params=params))
            items = self._items(told)
            found = [record for record in map(self._record, items) if _key(record) not in seen]
            seen |= {_key(record) for record in found}
            last = items[-1]["updated_at"] if items else since
            if found:
                yield Page(found, {"since": last})
            if offset + len(items) >= self._total(told):
                return
            # A page may hold nothing new where it was asked for from a busy second; two of them say nothing at all.
            barren = 0 if found else barren + 1
            if barren > 1 or not items:
                raise FarNonsense(N_("%(name)s gives the page that it gave before."), name=NAME)
            since, offset = (last, 0) if last > since else (since, offset + len(items))

    def _ask(self, method: str, path: str, **told: Any) -> outgoing.Answer:
        """Ask with a token, renewed once where it is not taken any more; wait a little where asked to."""
        headers = told.pop("headers", {})
        renewed = False
        for _turn in range(TURNS * 2):
            token = self._fresh_token(anew=renewed)
            try:
                answer = self._line.ask(method, path, headers={**headers, "Authorization": f"Bearer {token}"}, **told)
            except FarDown as busy:
                if busy.wait_seconds is None or busy.wait_seconds > self._settings.patience_seconds:
                    raise
                time.sleep(busy.wait_seconds)
                continue
            if answer.status != 401:
                return answer
            if renewed:
                break
            renewed = True
        raise self._line.closed_to_us()

    def _fresh_token(self, *, anew: bool) -> str:
        if anew or time.monotonic() > self._token_until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._secret,
            }
            answer = self._line.ask("POST", "oauth/token", form=form)
            if answer.status in (400, 401, 403):
                raise self._line.closed_to_us()
            told = self._object(answer)
            self._token = str(told.get("access_token", ""))
            lasts = told.get("expires_in", 0)
            lasts = float(lasts) if isinstance(lasts, int | float) else 0.0
            self._token_until = time.monotonic() + lasts - MARGIN_SECONDS
        return self._token

    def _object(self, answer: outgoing.Answer) -> dict[str, Any]:
        """Return the answer's object. Raises FarRefused with their words, FarNonsense where it is none."""
        try:
            told = answer.json()
        except outgoing.NotReadable as broken:
            raise self._line.nonsense() from broken
        if not isinstance(told, dict):
            raise self._line.nonsense()
        if not answer.is_success:
            raise FarRefused(N_("%(name)s said: %(why)s"), name=NAME, why=str(told.get("error", ""))[:300])
        return told

    def _items(self, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        items = told.get("items")
        if not isinstance(items, list) or not all(isinstance(item, dict) and item.get("updated_at") for item in items):
            raise self._line.nonsense()
        return items

    def _total(self, told: Mapping[str, Any]) -> int:
        total = told.get("total")
        if not isinstance(total, int):
            raise self._line.nonsense()
        return total

    def _record(self, job: Mapping[str, Any]) -> FarRecord:
        number, updated_at = job.get("id"), job.get("updated_at")
        if not isinstance(number, str) or not isinstance(updated_at, str):
            raise self._line.nonsense()
        flat = {name: _text(value) for name, value in job.items() if not isinstance(value, dict | list)}
        location, photos = job.get("location") or {}, job.get("photos") or {}
        if not isinstance(location, dict) or not isinstance(photos, dict):
            raise self._line.nonsense()
        flat |= {"lat": _text(location.get("lat")), "lng": _text(location.get("lng"))}
        # A list gives paths, a single job whole addresses.
        flat |= {f"photo_{kind}": self._whole(str(path)) for kind, path in photos.items()}
        flat["photos"] = " ".join(self._whole(str(path)) for path in photos.values())
        return FarRecord(
            number,
            flat,
            changed_at=self._instant(updated_at),
            own_ref=flat.get("external_id", ""),
            remarks=tuple(self._remark(note) for note in job.get("notes") or ()),
        )

    def _whole(self, path: str) -> str:
        return path if "://" in path else f"{self._settings.url.rstrip('/')}/{path.lstrip('/')}"

    def _remark(self, note: object) -> Remark:
        if not isinstance(note, dict):
            raise self._line.nonsense()
        ref = note.get("client_ref") or f"note-{note.get('id')}"
        return Remark(str(ref), str(note.get("text", "")), self._instant(str(note.get("at", ""))))

    def _instant(self, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as broken:
            raise self._line.nonsense() from broken
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=self._settings.zone).astimezone(UTC)


def _key(record: FarRecord) -> tuple[str, str]:
    return record.far_id, record.values.get("version", "")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _nested(values: Values) -> dict[str, Any]:
    """Return values as their JSON has them: numbers as numbers, the place as one object."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if name not in ("lat", "lng"):
            told[name] = int(value) if name in WHOLE and value.isdigit() else value
    if values.get("lat") and values.get("lng"):
        try:
            told["location"] = {"lat": float(values["lat"]), "lng": float(values["lng"])}
        except ValueError as wrong:
            raise FarRefused(N_("%(name)s needs a place in degrees."), name=NAME) from wrong
    return told
