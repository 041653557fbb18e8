"""Calls to an old system over HTTP: whatever goes wrong is said in the bridge's words."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, Unavailable
from ombud.plumbing import outgoing

LONGEST_WAIT = 3600.0


class Line:
    """A line to one system. Every call ends in `seconds`."""

    def __init__(self, name: str, url: str, *, seconds: float, headers: Mapping[str, str] | None = None) -> None:
        self._name, self._seconds = name, seconds
        self._client = outgoing.Client(url if url.endswith("/") else f"{url}/", headers=headers)

    def ask(self, method: str, path: str, **told: Any) -> outgoing.Answer:
        """Return an answer that is not a failure of the server. Raises FarDown, FarNonsense, FarRefused."""
        try:
            answer = self._client.ask(method, path, timeout=self._seconds, **told)
        except (outgoing.NotReadable, outgoing.TooMuch) as unreadable:
            raise FarNonsense(unreadable.msgid, wait_seconds=None, **unreadable.params) from unreadable
        except Unavailable as lost:
            raise FarDown(lost.msgid, wait_seconds=None, **lost.params) from lost
        except BadInput as unsendable:
            raise FarRefused(unsendable.msgid, **unsendable.params) from unsendable
        if answer.status in (429, 503):
            raise FarDown(N_("%(name)s asks us to wait."), wait_seconds=_wait(answer), name=self._name)
        if answer.status >= 500:
            raise FarDown(N_("%(name)s failed with %(status)s."), name=self._name, status=answer.status)
        return answer

    def closed_to_us(self) -> FarDown:
        """Return what to raise where our key is not taken: a person must look, and nothing we sent is at fault."""
        return FarDown(N_("%(name)s does not take our key."), name=self._name)

    def nonsense(self) -> FarNonsense:
        """Return what to raise where an answer has not the shape it should have."""
        return FarNonsense(N_("%(name)s answered what cannot be read."), name=self._name)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _wait(answer: outgoing.Answer) -> float | None:
    """Return the seconds that a `Retry-After` asks for, as a number or as a date."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdigit():
        return min(float(said), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - clock.now()).total_seconds()), LONGEST_WAIT)
