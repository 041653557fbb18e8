"""The way out by HTTP, against hosts that answer well, badly, slowly, hugely, or from where they should not."""

import gzip
import resource
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ombud.kernel.errors import BadInput, OmbudError, Unavailable
from ombud.plumbing import outgoing, outgoing_network
from ombud.plumbing.outgoing import NoAnswer, NotReadable, TooMuch, TooSlow
from tests.far_host import FarHost, Line, fine, listening
from tests.ports import free_port


@pytest.fixture
def far() -> Iterator[FarHost]:
    with listening(fine) as host:
        yield host


# -- What is asked and what comes back


def test_an_answer_says_what_came(far: FarHost) -> None:
    answer = outgoing.ask("GET", far.url + "requests?open=yes", params={"since": "2026-11-22", "code": ["a", "b"]})
    assert (answer.status, answer.is_success, answer.json()) == (200, True, {"a": 1})
    assert answer.headers["content-TYPE"] == "application/json"
    head = far.asked[0].decode()
    assert head.startswith("GET /requests?open=yes&since=2026-11-22&code=a&code=b HTTP/1.1\r\n")
    assert "user-agent: ombud/" in head.lower()


@pytest.mark.parametrize(
    ("told", "kind", "body"),
    [
        ({"json": {"a": "é"}}, "application/json", '{"a":"é"}'.encode()),
        ({"form": {"a": "b c", "d": ["1", "2"]}}, "application/x-www-form-urlencoded", b"a=b+c&d=1&d=2"),
        ({"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}, "text/xml", b"<a/>"),
    ],
)
def test_bodies_are_sent_as_they_are_named(far: FarHost, told: dict[str, Any], kind: str, body: bytes) -> None:
    outgoing.ask("POST", far.url, **told)
    head, _, sent = far.asked[0].partition(b"\r\n\r\n")
    assert f"content-type: {kind}" in head.decode().lower()
    assert sent == body


def test_files_go_as_a_form_of_several_parts(far: FarHost) -> None:
    outgoing.ask("POST", far.url, form={"number": "7"}, files={"media": ("hole.jpg", b"\xff\xd8", "image/jpeg")})
    assert b'name="number"\r\n\r\n7\r\n' in far.asked[0]
    assert b'filename="hole.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n' in far.asked[0]


def test_a_client_uses_its_connection_again_and_sends_its_headers(far: FarHost) -> None:
    with outgoing.Client(far.url + "api/", headers={"Authorization": "key"}) as client:
        for n in range(3):
            assert client.ask("GET", f"requests/{n}").status == 200
    assert far.connections == 1
    assert far.asked[2].startswith(b"GET /api/requests/2 ")
    assert all(b"Authorization: key" in asked for asked in far.asked)


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    def once(line: Line) -> None:
        fine(line)
        line.connection.close()

    with listening(once) as far, outgoing.Client(far.url) as client:
        for _ in range(2):
            assert client.ask("GET", "").json() == {"a": 1}
            time.sleep(0.05)
        assert far.connections == 2


def test_text_is_read_in_its_charset() -> None:
    with listening(
        lambda line: line.answer(body="é".encode("latin-1"), Content_Type="text/plain; charset=latin-1")
    ) as f:
        assert outgoing.ask("GET", f.url).text() == "é"
    with listening(lambda line: line.answer(body=b"\xc3\xa9\xff")) as far:
        assert outgoing.ask("GET", far.url).text() == "é\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xff", b"[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with listening(lambda line: line.answer(body=body)) as far:
        answer = outgoing.ask("GET", far.url)
        with pytest.raises(NotReadable):
            answer.json()


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "503 Busy"])
def test_every_status_is_an_answer(status: str) -> None:
    with listening(lambda line: line.answer(status)) as far:
        assert outgoing.ask("GET", far.url).status == int(status[:3])


def test_no_cookie_is_kept_and_nothing_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with listening(lambda line: line.answer(Set_Cookie="a=b")) as far, outgoing.Client(far.url) as client:
        client.ask("GET", "")
        client.ask("GET", "")
    assert all(name not in asked.lower() for asked in far.asked for name in (b"cookie", b"authorization"))


# -- Redirects


def test_a_redirect_is_an_answer() -> None:
    with listening(lambda line: line.answer("302 Found", Location="/there")) as far:
        assert outgoing.ask("GET", far.url).headers["Location"] == "/there"
    assert len(far.asked) == 1


def onward(line: Line) -> None:
    if b" /start " in line.request:
        line.answer("307 Moved", Location="/end", body=b"no")
    elif b" /round " in line.request:
        line.answer("302 Found", Location="/round")
    elif b" /odd " in line.request:
        line.answer("302 Found", Location="http://[")
    else:
        fine(line)


def test_redirects_within_the_host_are_followed_where_asked() -> None:
    with listening(onward) as far:
        answer = outgoing.ask("POST", far.url + "start", json={"a": 1}, follow_redirects=True)
        assert (answer.status, answer.url) == (200, far.url + "end")
        assert far.asked[1].endswith(b'{"a":1}')
        assert outgoing.ask("GET", far.url + "round", follow_redirects=True).status == 302
        assert len(far.asked) == 2 + 6
        assert outgoing.ask("GET", far.url + "odd", follow_redirects=True).status == 302


def test_a_redirect_to_another_host_is_never_followed(far: FarHost) -> None:
    for to in (far.url, f"http://localhost:{far.port}/", "//[::1]/", "https://127.0.0.1/", "file:///etc/passwd"):
        with listening(lambda line, to=to: line.answer("302 Found", Location=to)) as first:  # type: ignore[misc]
            assert outgoing.ask("GET", first.url, follow_redirects=True).status == 302
    assert far.asked == []


# -- Time and size


def drip_head(line: Line) -> None:
    line.say("HTTP/1.1 200 OK\r\n")
    while True:
        line.say("X: y\r\n")
        time.sleep(0.02)


def drip_body(line: Line) -> None:
    line.say("HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.say("x")
        time.sleep(0.02)


def drip_early_hints(line: Line) -> None:
    while True:
        line.say("HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.02)


def silent(line: Line) -> None:
    time.sleep(1)


@pytest.mark.parametrize("talk", [drip_head, drip_body, drip_early_hints, silent])
def test_one_that_drips_is_cut_when_the_time_is_over(talk: Callable[[Line], None]) -> None:
    with listening(talk) as far:
        begun = time.monotonic()
        with pytest.raises(TooSlow) as slow:
            outgoing.ask("GET", far.url, timeout=0.3)
        assert 0.25 < time.monotonic() - begun < 0.8
    assert slow.value.message == "127.0.0.1 took too long to answer."


def test_one_that_takes_a_long_letter_slowly_is_cut() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            outgoing.ask(
                "POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", content=b"x" * 30_000_000, timeout=0.3
            )
        assert time.monotonic() - begun < 0.8


def test_one_that_never_says_hello_in_tls_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(TooSlow):
        outgoing.ask("GET", f"https://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.2)


def test_a_name_that_is_looked_up_for_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(0.6) or [])
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        outgoing.ask("GET", "http://far.example/", timeout=0.2)
    assert time.monotonic() - begun < 0.5


def endless(line: Line) -> None:
    line.say("HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.say(b"x" * 65_536)


def test_a_huge_body_is_cut() -> None:
    with listening(endless) as far, pytest.raises(TooMuch):
        outgoing.ask("GET", far.url, at_most_bytes=1_000_000)


def test_a_huge_body_may_be_cut_to_its_beginning() -> None:
    with listening(endless) as far:
        answer = outgoing.ask("GET", far.url, at_most_bytes=1000, cut=True)
    assert (answer.status, answer.body) == (200, b"x" * 1000)


def test_exactly_as_much_as_is_taken_is_taken() -> None:
    with listening(lambda line: line.answer(body=b"x" * 1000)) as far:
        assert len(outgoing.ask("GET", far.url, at_most_bytes=1000).body) == 1000
        with pytest.raises(TooMuch):
            outgoing.ask("GET", far.url, at_most_bytes=999)


def test_a_bomb_stays_small() -> None:
    bomb = gzip.compress(bytes(400_000_000), 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with listening(lambda line: line.answer(body=bomb, Content_Encoding="gzip")) as far, pytest.raises(TooMuch):
        outgoing.ask("GET", far.url, at_most_bytes=1_000_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kilobytes


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0)),
        ("deflate", zlib.compress(b"one two")),
        ("identity", b"one two"),
    ],
)
def test_packed_bodies_are_unpacked(encoding: str, packed: bytes) -> None:
    with listening(lambda line: line.answer(body=packed, Content_Encoding=encoding)) as far:
        assert outgoing.ask("GET", far.url, at_most_bytes=7).body == b"one two"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"one", mtime=0)[:-5]),
        ("gzip", b"no gzip"),
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(b"x", mtime=0)),
    ],
)
def test_what_cannot_be_unpacked_is_said_to_be_so(encoding: str, packed: bytes) -> None:
    with listening(lambda line: line.answer(body=packed, Content_Encoding=encoding)) as far, pytest.raises(NotReadable):
        outgoing.ask("GET", far.url)


# -- What goes wrong


@pytest.mark.parametrize(
    "said",
    [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"HTTP/1.1 200 OK\r\nX" * 9000],
)
def test_half_an_answer_is_none(said: bytes) -> None:
    def half(line: Line) -> None:
        line.say(said)
        line.connection.close()

    with listening(half) as far, pytest.raises(NoAnswer):
        outgoing.ask("GET", far.url)


def test_nobody_there_is_told_from_no_such_host() -> None:
    with pytest.raises(NoAnswer, match=r"^127.0.0.1 does not answer"):
        outgoing.ask("GET", f"http://127.0.0.1:{free_port()}/")
    for name in ("nobody.invalid", "a..b", "x" * 64 + ".example"):
        with pytest.raises(OmbudError):
            outgoing.ask("GET", f"http://{name}/")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "far.example",
            "ftp://far.example/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/",
            "http://",
            "https:///x",
        ),
        *(
            "http://ada@far.example/",
            "http://ada:pw@far.example/",
            "http://:@far.example/",
            "http://[::1",
            "javascript:1",
        ),
        *("http://far.example:99999/", "http://far example/", "http://far.example/\n"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    for call in (outgoing.check, lambda url: outgoing.ask("GET", url)):
        with pytest.raises(BadInput):
            call(url)


@pytest.mark.parametrize("headers", [{"A\r\nB": "c"}, {"A": "b\r\nC: d"}, {"A": "\x00"}, {"A": "é"}])
def test_headers_cannot_carry_others(far: FarHost, headers: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        outgoing.ask("GET", far.url, headers=headers)
    assert far.asked == []


@pytest.mark.parametrize("path", ["http://localhost/", "//127.0.0.1/x", "https://127.0.0.1/", "http://ada@127.0.0.1/"])
def test_a_client_calls_nobody_else(far: FarHost, path: str) -> None:
    with outgoing.Client(far.url, headers={"Authorization": "key"}) as client, pytest.raises(Unavailable):
        client.ask("GET", path)
    assert far.asked == []


# -- Certificates


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[FarHost, Path]]:
    """A host that speaks TLS, and the certificate that it made itself: for 127.0.0.1 and for nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "far")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "far.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with listening(fine, secured_by=context) as far:
        yield far, file
    outgoing_network.certificates.cache_clear()


def test_a_certificate_is_believed_only_from_those_we_know(
    secure: tuple[FarHost, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    far, file = secure
    outgoing_network.certificates.cache_clear()
    with pytest.raises(NoAnswer, match="certificate"):
        outgoing.ask("GET", f"https://127.0.0.1:{far.port}/")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    outgoing_network.certificates.cache_clear()
    assert outgoing.ask("GET", f"https://127.0.0.1:{far.port}/").status == 200
    with pytest.raises(NoAnswer, match="certificate"):  # it is not for this name, though it is the same address
        outgoing.ask("GET", f"https://localhost:{far.port}/")
