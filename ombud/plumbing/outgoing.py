"""
The one way out by HTTP: for connectors and webhooks, to addresses that other people wrote down.

    answer = outgoing.ask("POST", url, json={"a": 1}, timeout=10)
    with outgoing.Client("https://crm.example/api/", headers={"Authorization": key}) as far:
        far.ask("GET", "requests", params={"since": "2026-11-22"}).json()

Every call ends: it has a time for the whole of it, names and TLS included, and a size. Only http and https go out,
only to addresses that `reachable` lets through: a name is looked up once, and the address that was looked at is the
one that is called. Nothing is taken from the environment (proxies, netrc), no cookie is kept, and a redirect is an
answer like any other unless the caller wants those within one host followed.
"""

import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from json import JSONDecodeError
from typing import IO, Any, Self

import httpcore
import httpx

import ombud
from ombud.kernel.errors import N_, BadInput, Unavailable
from ombud.plumbing import outgoing_network, reachable
from ombud.plumbing.outgoing_network import AddressRefused, TooSlow

__all__ = ["AddressRefused", "Answer", "Client", "NoAnswer", "NotReadable", "TooMuch", "TooSlow", "ask", "check"]

SECONDS = 20.0
AT_MOST_BYTES = 10_000_000
MOST_REDIRECTS = 5
_WORD_FOR_US = f"Ombud/{ombud.__version__}"

NOT_AN_ADDRESS = N_("Write an address that begins with https:// or http://, without a user name or password in it.")
NOT_SECURE = N_("Write an address that begins with https://: it is on the public Internet.")
ELSEWHERE = N_("This connection is to %(host)s; it does not call anybody else.")
NOT_SENDABLE = N_("This cannot be sent by HTTP.")

Params = Mapping[str, str | int | float | Sequence[str]]
Files = Mapping[str, tuple[str, bytes | IO[bytes], str]]


class NoAnswer(Unavailable):
    """Nobody is there, or the line was cut: no name, nobody listens, a certificate that is not theirs."""


class NotReadable(NoAnswer):
    """What came is no HTTP, no JSON, or packed in a way we do not unpack."""


class TooMuch(NoAnswer):
    """The answer is longer than the caller takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are found in upper and lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300

    def text(self) -> str:
        """Return the body as text, in the charset it states or else UTF-8; what cannot be read becomes a mark."""
        return httpx.Response(
            self.status, headers={"Content-Type": self.headers.get("content-type", "")}, content=self.body
        ).text

    def json(self) -> Any:
        """Return the body as JSON. Raises NotReadable."""
        try:
            return httpx.Response(self.status, content=self.body).json()
        except (JSONDecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise NotReadable(N_("What came back cannot be read.")) from broken


def ask(method: str, url: str, **told: Any) -> Answer:
    """Send one request and return its answer, whatever its status; see `Client.ask`."""
    with Client(url) as client:
        return client.ask(method, url, **told)


def addresses(host: str, *, seconds: float) -> list[str]:
    """
    Return the addresses of a host that may be called, for what speaks another protocol than HTTP.

    Whoever connects connects to one of them: a name that is looked up twice may lead elsewhere the second time.
    Raises AddressRefused, TooSlow or NoAnswer.
    """
    try:
        with outgoing_network.deadline(seconds):
            return outgoing_network.addresses(host)
    except httpcore.TimeoutException as late:
        raise TooSlow(host=host) from late
    except httpcore.ConnectError as lost:
        raise _gone(host, lost) from lost


def check(url: str, *, secure: bool = False) -> None:
    """
    Raise BadInput, AddressRefused, TooSlow or NoAnswer where an address could not be called as it stands now.

    With `secure` it has to be https where it is on the public Internet.
    """
    read = _read(url)
    found = addresses(read.raw_host.decode("ascii"), seconds=SECONDS)
    if secure and read.scheme != "https" and any(reachable.may_be_called(ip_address(one)) for one in found):
        raise BadInput(NOT_SECURE)


class Client:
    """Calls to one host; connections are used again. Threads may share it."""

    def __init__(self, base: str, *, headers: Mapping[str, str] | None = None) -> None:
        self._base = _read(base)
        self._http = httpx.Client(
            transport=outgoing_network.Transport(),
            headers={"User-Agent": _WORD_FOR_US, "Accept-Encoding": "gzip", **(headers or {})},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connections."""
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        form: Mapping[str, str | Sequence[str]] | None = None,
        json: Any = None,
        content: bytes | None = None,
        files: Files | None = None,
        timeout: float = SECONDS,
        at_most_bytes: int = AT_MOST_BYTES,
        cut: bool = False,
        follow_redirects: bool = False,
    ) -> Answer:
        """
        Send a request and return its answer, whatever its status.

        `path` is within the client's address, or a whole address on the same host. `timeout` is for all of it, in
        seconds; `at_most_bytes` counts what the body is unpacked, and with `cut` the rest is let go and no trouble.
        Redirects are followed within the host only.

        Raises BadInput (what cannot be asked at all), AddressRefused, TooSlow, TooMuch, NotReadable, NoAnswer; all
        but the first are Unavailable.
        """
        url = self._within(path)
        if params:
            url = url.copy_merge_params(dict(params))
        try:
            with outgoing_network.deadline(timeout):
                request = self._http.build_request(
                    method, url, headers=headers, data=form, json=json, content=content, files=files, timeout=timeout
                )
                redirects = MOST_REDIRECTS if follow_redirects else 0
                return self._read_answer(request, at_most_bytes, cut=cut, redirects=redirects)
        except (httpcore.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as unsendable:
            raise BadInput(NOT_SENDABLE) from unsendable
        except (httpcore.TimeoutException, httpx.TimeoutException) as late:
            raise TooSlow(host=url.host) from late
        except (httpcore.RemoteProtocolError, httpx.RemoteProtocolError) as garbled:
            raise NotReadable(N_("%(host)s did not answer in full, or not by HTTP."), host=url.host) from garbled
        except (httpcore.NetworkError, httpx.TransportError) as lost:
            raise _gone(url.host, lost) from lost

    def _within(self, path: str) -> httpx.URL:
        try:
            url = self._base.join(path)
        except httpx.InvalidURL as wrong:
            raise BadInput(NOT_AN_ADDRESS) from wrong
        if _origin(url) != _origin(self._base) or url.userinfo:
            raise AddressRefused(ELSEWHERE, host=self._base.host)
        return url

    def _read_answer(self, request: httpx.Request, at_most: int, *, cut: bool, redirects: int) -> Answer:
        response = self._http.send(request, stream=True)
        try:
            onward = response.next_request
            if onward is None or not redirects or _origin(onward.url) != _origin(request.url):
                body = b"".join(_body(response, at_most, cut=cut))
                return Answer(response.status_code, response.headers, body[:at_most], str(response.url))
        finally:
            response.close()
        return self._read_answer(onward, at_most, cut=cut, redirects=redirects - 1)


def _body(response: httpx.Response, at_most: int, *, cut: bool) -> Iterator[bytes]:
    """
    Yield the body unpacked, to one piece beyond `at_most` where it is to be cut.

    What is packed is unpacked a piece at a time, so that a bomb stays small:
    `httpx` would unpack each piece that came as a whole, a thousand times its size.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    unpack: Callable[[bytes, int], Iterator[bytes]] = _as_it_is
    unpacker = _Unpacker()
    if encoding in ("gzip", "x-gzip", "deflate"):
        unpack = unpacker.unpack
    elif encoding not in ("", "identity"):
        raise NotReadable(N_("%(host)s packs its answers in a way that was not asked for."), host=response.url.host)
    left = at_most
    try:
        for packed in response.iter_raw():
            for piece in unpack(packed, left):
                left -= len(piece)
                if left < 0 and cut:
                    yield piece
                    return
                if left < 0:
                    raise TooMuch(N_("%(host)s answered more than we take."), host=response.url.host)
                yield piece
    except zlib.error as broken:
        raise NotReadable(N_("What came back cannot be read.")) from broken
    if not unpacker.is_whole:
        raise NotReadable(N_("What came back cannot be read."))


def _as_it_is(piece: bytes, left: int) -> Iterator[bytes]:
    yield piece


class _Unpacker:
    """Unpacks gzip and deflate, several members one behind the other as well."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._begun = False

    @property
    def is_whole(self) -> bool:
        """Whether what began has come to its end."""
        return self._member.eof or not self._begun

    def unpack(self, packed: bytes, left: int) -> Iterator[bytes]:
        """Yield what a piece unpacks to, one byte beyond `left` at most."""
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 32)
            self._begun = True
            piece = self._member.decompress(packed, left + 1)
            left -= len(piece)
            yield piece
            packed = self._member.unconsumed_tail or self._member.unused_data


def _read(url: str) -> httpx.URL:
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL as wrong:
        raise BadInput(NOT_AN_ADDRESS) from wrong
    odd = "%" in read.host or not 0 < (read.port or 80) < 65_536
    if read.scheme not in ("http", "https") or not read.host or read.userinfo or odd:
        raise BadInput(NOT_AN_ADDRESS)
    return read


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)


def _gone(host: str, lost: Exception) -> NoAnswer:
    # The pool of connections hides the cause, but what is raised still carries it.
    match lost.args[0] if lost.args else None:
        case socket.gaierror() | UnicodeError():
            return NoAnswer(N_("There is no host called %(host)s."), host=host)
        case ssl.SSLCertVerificationError():
            return NoAnswer(N_("The certificate of %(host)s is not one that we believe."), host=host)
        case _:
            return NoAnswer(N_("%(host)s does not answer."), host=host)
