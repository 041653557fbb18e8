"""An Open311 server as the other side of a link."""

import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from ombud.connect.bridge.ports import Cursor, FarDown, FarNonsense, FarRecord, FarRefused, Page, Remark, Values
from ombud.connect.open311.client import reading
from ombud.connect.open311.client.calling import Endpoint
from ombud.connect.open311.client.reading import Tree
from ombud.connect.open311.client.settings import Settings, read_settings
from ombud.kernel import clock
from ombud.kernel.errors import N_

# The longest span that the standard lets one ask for.
SPAN = timedelta(days=90)
LOOK_BACK_FOR_OURS = timedelta(days=7)
PAGES_AT_MOST = 10_000
IDS_AT_ONCE = 50
_OWN_REF = re.compile(r"\s*\(Ref\. ([A-Z0-9][A-Z0-9-]{2,30})\)\s*$")
_CREATE = frozenset(
    {"service_code", "lat", "long", "address_string", "address_id", "description", "media_url", "email", "first_name"}
    | {"last_name", "phone", "device_id", "account_id"}
)
# What a request is called there when it is read, and when it is made.
_AS_SENT = {"address": "address_string"}


def connect(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> "Open311":
    """Return the connection that these settings describe; its secret is `api_key`. Raises BadInput."""
    return Open311(read_settings(settings), api_key=secrets.get("api_key", ""))


class Open311:
    """
    Requests by GeoReport v2.

    The standard lets a client make requests and read them. What was made can be moved only where the server has
    mySociety's updates.
    """

    def __init__(self, settings: Settings, *, api_key: str) -> None:
        self._settings = settings
        self._endpoint = Endpoint(settings, api_key=api_key)
        known_again = {"external_id": {"repeat"}, "none": set[str]()}.get(settings.own_ref, {"find"})
        updates = {"update", "say"} if settings.updates else set()
        self.can = frozenset({"create"} | known_again | updates)
        self.settable = frozenset({"status", "status_notes"}) if settings.updates else frozenset[str]()

    def close(self) -> None:
        """Let go of connections."""
        self._endpoint.close()

    # -- Reading ----------------------------------------------------------------------------------------------
    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """
        Yield what changed since the cursor. The list is by date of request, so the cursor moves only at its end.
        """
        began = clock.now()
        since = datetime.fromisoformat(cursor["since"]) - self._overlap if cursor.get("since") else None
        said = self._updates(since or began - timedelta(days=1), began) if self._settings.updates else {}
        newest = datetime.fromisoformat(cursor["since"]) if since else began - self._overlap
        seen: set[str] = set()
        for records in self._changed(since, began):
            found = [self._with_remarks(record, said) for record in records]
            seen |= {record.far_id for record in found}
            newest = max([newest, *(r.changed_at for r in found if r.changed_at and r.changed_at <= began)])
            yield Page(found, cursor)
        for records in self._by_ids(sorted(said.keys() - seen)):
            yield Page([self._with_remarks(record, said) for record in records], cursor)
        yield Page((), {"since": newest.isoformat()})

    def everything(self) -> Iterator[Page]:
        """Yield every request of the days that the settings name."""
        for records in self._history(clock.now()):
            yield Page(records, {})

    def look(self, far_id: str) -> FarRecord | None:
        """Return a request as it is now."""
        told = self._endpoint.get(f"requests/{quote(far_id, safe='')}", **self._extended())
        found = self._read(told) if told is not None else []
        return next((record for record in found if record.far_id == far_id), None)

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the request that we made under a number of ours, if it is in the lists of the last days."""
        now = clock.now()
        for records in self._listed(
            start_date=_written(now - LOOK_BACK_FOR_OURS), end_date=_written(now + self._overlap)
        ):
            for record in records:
                if record.own_ref == own_ref:
                    return record
        return None

    def services(self) -> dict[str, str]:
        """Return the services it offers, code and name; a list that is empty or broken raises FarNonsense."""
        told = self._endpoint.get("services")
        found = reading.records(told, "services", "service") if told is not None else []
        named = {reading.text(one.get("service_code")): reading.text(one.get("service_name")) for one in found}
        if not named or "" in named:
            raise FarNonsense(N_("The list of services is empty or broken; nothing is concluded from it."))
        return named

    # -- Sending ----------------------------------------------------------------------------------------------
    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make a request. Where the answer is lost, nothing is repeated here."""
        sent = {_AS_SENT.get(name, name): value for name, value in values.items()}
        form: dict[str, str | list[str]] = {
            name: value for name, value in sent.items() if name in _CREATE or name.startswith("attribute[")
        }
        if "media_url" in form:
            form["media_url"] = list(reading.media(form["media_url"]))
        match self._settings.own_ref:
            case "external_id":
                form["external_id"] = own_ref
            case "attribute":
                form[f"attribute[{self._settings.own_ref_attribute}]"] = own_ref
            case "description":
                form["description"] = f"{sent.get('description', '')}\n\n(Ref. {own_ref})".strip()
        made = self._endpoint.post("requests", form)
        if len(made) != 1:
            raise reading.nonsense()
        number = reading.text(made[0].get("service_request_id")) or self._redeemed(reading.text(made[0].get("token")))
        return FarRecord(number, own_ref=own_ref)

    def update(self, far_id: str, values: Values) -> None:
        """Tell a status, with the words for it."""
        if other := sorted(set(values) - self.settable):
            raise FarRefused(N_("%(name)s: %(column)s cannot be set from here."), name="Open311", column=other[0])
        now = clock.now()
        told = "|".join(f"{name}={value}" for name, value in sorted(values.items()))
        mark = hashlib.sha256(f"{far_id}|{told}|{_written(now)}".encode()).hexdigest()[:24]
        status = values.get("status") or self._status(far_id)
        self._tell(far_id, status, values.get("status_notes") or self._settings.update_words, f"status-{mark}", now)

    def say(self, far_id: str, remark: Remark) -> None:
        """Add an update with these words; the other side keeps one for each reference."""
        self._tell(far_id, self._status(far_id), remark.text, remark.ref, clock.now(), remark.media_urls)

    def _tell(
        self, far_id: str, status: str, words: str, ref: str, at: datetime, media_urls: tuple[str, ...] = ()
    ) -> None:
        self._endpoint.post(
            "servicerequestupdates",
            {
                "service_request_id": far_id,
                "status": status,
                "updated_datetime": _written(at),
                "description": words,
                "update_id": ref,
                "media_url": list(media_urls),
            },
        )

    def _status(self, far_id: str) -> str:
        record = self.look(far_id)
        if record is None:
            raise FarRefused(N_("The other side has no such record any more."))
        return record.values.get("status", "open")

    def _redeemed(self, token: str) -> str:
        """Return the number that a token becomes, asking with growing waits. Raises FarDown where it takes too long."""
        if not token:
            raise FarRefused(N_("It was taken without a number, so what becomes of it cannot be followed."))
        waited, pause = 0.0, 0.5
        while True:
            told = self._endpoint.get(f"tokens/{quote(token, safe='')}")
            for one in reading.records(told, "service_requests", "request") if told is not None else []:
                if number := reading.text(one.get("service_request_id")):
                    return number
            if waited >= self._settings.token_seconds:
                raise FarDown(N_("The number of a request that was taken did not come yet."))
            time.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 5.0)

    # -- Lists ------------------------------------------------------------------------------------------------
    @property
    def _overlap(self) -> timedelta:
        return timedelta(seconds=self._settings.overlap_seconds)

    def _extended(self) -> dict[str, str]:
        return {"extensions": "true"} if self._settings.extensions else {}

    def _changed(self, since: datetime | None, now: datetime) -> Iterator[list[FarRecord]]:
        if since is None:
            yield from self._history(now)
        elif self._settings.changes == "updated_after":
            yield from self._listed(updated_after=_written(since))
        else:
            begin = now - timedelta(days=self._settings.window_days)
            yield from self._listed(start_date=_written(begin), end_date=_written(now))

    def _history(self, now: datetime) -> Iterator[list[FarRecord]]:
        start, end = now - timedelta(days=self._settings.history_days), now + self._overlap
        while start < end:
            until = min(start + SPAN, end)
            yield from self._listed(start_date=_written(start), end_date=_written(until))
            start = until

    def _listed(self, **asked: str) -> Iterator[list[FarRecord]]:
        """Yield pages until one brings nothing new: whoever knows no pages gives the same one for ever."""
        seen: set[str] = set()
        size = self._settings.page_size
        first: list[str] = []
        for page in range(1, PAGES_AT_MOST):
            told = self._endpoint.get("requests", page=str(page), page_size=str(size), **self._extended(), **asked)
            if told is None:
                raise reading.nonsense()
            found = {record.far_id: record for record in self._read(told)}
            fresh = [record for number, record in found.items() if number not in seen]
            seen |= found.keys()
            if fresh:
                yield fresh
            first = first or list(found)
            if page == 2 and found and list(found) == first and len(first) >= size:
                raise FarNonsense(N_("The other side gives the same page again and again."))
            if not fresh or len(found) < min(size, len(first)):
                return

    def _by_ids(self, far_ids: list[str]) -> Iterator[list[FarRecord]]:
        for start in range(0, len(far_ids), IDS_AT_ONCE):
            wanted = far_ids[start : start + IDS_AT_ONCE]
            told = self._endpoint.get("requests", service_request_id=",".join(wanted), **self._extended())
            # Only what was asked for: a server that does not know the filter answers with everything.
            yield [record for record in self._read(told) if record.far_id in wanted] if told is not None else []

    def _read(self, told: Any) -> list[FarRecord]:
        records = reading.records(told, "service_requests", "requests", "request")
        return [record for record in map(self._record, records) if record.far_id]

    def _record(self, told: Tree) -> FarRecord:
        values = dict(reading.flat(told, self._settings.zone))
        own_ref = values.get(f"attribute[{self._settings.own_ref_attribute}]", "")
        if self._settings.own_ref == "description" and (ours := _OWN_REF.search(values.get("description", ""))):
            own_ref, values["description"] = ours[1], values["description"][: ours.start()]
        changed = reading.instant(told.get("updated_datetime") or told.get("requested_datetime"), self._settings.zone)
        return FarRecord(values.get("service_request_id", ""), values, changed, own_ref)

    # -- Updates ----------------------------------------------------------------------------------------------
    def _updates(self, since: datetime, until: datetime) -> dict[str, list[tuple[str, Remark]]]:
        """Return what was told in a span: by request, each with the status it was told with."""
        told = self._endpoint.get("servicerequestupdates", start_date=_written(since), end_date=_written(until))
        found: dict[str, list[tuple[str, Remark]]] = defaultdict(list)
        for one in _rows(told):
            number, ref = reading.text(one.get("service_request_id")), reading.text(one.get("update_id"))
            at = reading.instant(one.get("updated_datetime"), self._settings.zone)
            if number and ref and at:
                words = reading.text(one.get("description"))
                words = "" if words == self._settings.update_words else words
                remark = Remark(ref, words, at, reading.media(one.get("media_url")))
                found[number].append((reading.text(one.get("status")).casefold(), remark))
        return dict(found)

    def _with_remarks(self, record: FarRecord, said: Mapping[str, list[tuple[str, Remark]]]) -> FarRecord:
        own = sorted(said.get(record.far_id, ()), key=lambda pair: (pair[1].at, pair[1].ref))
        if not own:
            return record
        remarks = tuple(remark for _, remark in own if remark.text or remark.media_urls)
        values = {**record.values, "update_status": own[-1][0]}
        changed = max(filter(None, [record.changed_at, own[-1][1].at]))
        return FarRecord(record.far_id, values, changed, record.own_ref, remarks)


def _rows(told: Any) -> Iterable[Tree]:
    return reading.records(told, "service_request_updates", "request_update") if told is not None else ()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
