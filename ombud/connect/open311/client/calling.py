"""Calls to an Open311 endpoint: found by discovery, in the form it speaks, with trouble in the bridge's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.calling import Line
from ombud.connect.open311.client import reading
from ombud.connect.open311.client.reading import Tree
from ombud.connect.open311.client.settings import Settings
from ombud.kernel.errors import N_
from ombud.plumbing import outgoing

NAME = "Open311"
GEOREPORT = "georeport_v2"
# Of a form that a server does not speak.
_NOT_THIS_FORM = frozenset({404, 406, 415})

Form = Mapping[str, str | Sequence[str]]


class Endpoint:
    """One endpoint, called in one form once that is known to work."""

    def __init__(self, settings: Settings, *, api_key: str) -> None:
        self._settings, self._key = settings, api_key
        self._forms = ["json", "xml"] if settings.format == "auto" else [settings.format]
        self._line: Line | None = None

    def close(self) -> None:
        """Let go of the connections."""
        if self._line:
            self._line.close()

    def get(self, path: str, **params: str) -> Any:
        """Return what stands at a path; None where nothing does. Raises FarDown, FarNonsense, FarRefused."""
        asked = {**self._settings.params, **self._jurisdiction(), **params}
        lost: FarNonsense | None = None
        line = self._open()  # which also learns the forms
        for form in tuple(self._forms):
            answer = line.ask("GET", f"{path}.{form}", params=asked)
            last = form == self._forms[-1]
            if answer.status in _NOT_THIS_FORM and not last:
                continue
            if answer.status == 404:
                return None
            self._check(answer, form)
            try:
                told = reading.parsed(answer.body, form=form)
            except FarNonsense as unread:
                lost = unread
                continue
            self._forms = [form]
            return told
        raise lost or reading.nonsense()

    def post(self, path: str, values: Form) -> list[Tree]:
        """Send something and return the records of the answer. Raises as `get`; refused is what it refuses."""
        if not self._key:
            raise FarRefused(N_("This link needs the secret “%(name)s”."), name="api_key")
        line = self._open()
        if len(self._forms) > 1:
            # Which form it speaks is learnt by reading: a report is not sent to find out.
            self.get("services")
        form = self._forms[0]
        sent = {"api_key": self._key, **self._jurisdiction(), **{n: v for n, v in values.items() if v}}
        answer = line.ask("POST", f"{path}.{form}", form=sent)
        self._check(answer, form)
        return reading.records(
            reading.parsed(answer.body, form=form), "service_requests", "service_request_updates", "request_update",
            "request",
        )  # fmt: skip

    def _jurisdiction(self) -> dict[str, str]:
        # An empty one confuses some servers; it is never sent.
        return {"jurisdiction_id": self._settings.jurisdiction_id} if self._settings.jurisdiction_id else {}

    def _check(self, answer: outgoing.Answer, form: str) -> None:
        if answer.status in (401, 403):
            raise FarDown(N_("%(name)s does not take our key."), name=NAME)
        if answer.is_success and answer.status in (200, 201, 202):
            return
        if 300 <= answer.status < 400 or answer.is_success:
            raise reading.nonsense()
        why = reading.error_words(answer.body, form=form) or f"HTTP {answer.status}"
        raise FarRefused(N_("%(name)s said: %(why)s"), name=NAME, why=why)

    def _open(self) -> Line:
        if self._line is None:
            url = self._settings.url
            if url.partition("?")[0].rpartition("/")[2].startswith("discovery."):
                url = self._discovered(url)
            self._line = Line(NAME, url, seconds=self._settings.timeout_seconds)
        return self._line

    def _discovered(self, url: str) -> str:
        """Return the endpoint that a discovery document names, a production one before others; keep to its forms."""
        line = Line(NAME, url, seconds=self._settings.timeout_seconds)
        try:
            answer = line.ask("GET", url, follow_redirects=True)
        finally:
            line.close()
        form = "json" if url.partition("?")[0].endswith(".json") else "xml"
        self._check(answer, form)
        told = reading.parsed(answer.body, form=form)
        if not isinstance(told, dict):
            raise reading.nonsense()
        endpoints = [
            one
            for one in reading.records(told.get("endpoints"), "endpoints", "endpoint")
            if GEOREPORT in reading.text(one.get("specification")).casefold() and reading.text(one.get("url"))
        ]
        wanted = "test" if self._settings.test_endpoint else "production"
        endpoints.sort(key=lambda one: reading.text(one.get("type")).casefold() != wanted)
        if not endpoints:
            raise FarNonsense(N_("The discovery document names no endpoint of GeoReport v2."))
        self._keep_to(endpoints[0].get("formats"))
        return reading.text(endpoints[0]["url"])

    def _keep_to(self, formats: Any) -> None:
        listed = formats if isinstance(formats, list) else [formats]
        told = " ".join(map(reading.text, listed)).casefold()
        spoken = [form for form in self._forms if form in told]
        self._forms = spoken or self._forms
