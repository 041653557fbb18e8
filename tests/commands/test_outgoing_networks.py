"""Where a call may go: to public networks, and to those the operator names, however a host is written or looked up."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from ombud.kernel.errors import BadInput
from ombud.plumbing import outgoing
from ombud.plumbing.outgoing import AddressRefused
from tests.far_host import FarHost, fine, listening


@pytest.fixture
def far() -> Iterator[FarHost]:
    with listening(fine) as host:
        yield host


@pytest.fixture
def public_only(settings: LazySettings) -> None:
    settings.OMBUD_OUTGOING_NETWORKS = []


LOOPBACK = ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "0.0.0.00"]
LOOPBACK += ["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]"]
LOOPBACK += ["①②⑦.0.0.1", "LOCALHOST"]


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.usefixtures("public_only")
def test_loopback_is_refused_however_it_is_written(far: FarHost, host: str) -> None:
    url = f"http://{host}:{far.port}/"
    for call in (outgoing.check, lambda url: outgoing.ask("GET", url)):
        with pytest.raises((AddressRefused, BadInput)):
            call(url)
    assert far.connections == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[fd00::1]", "[fe80::1]", "224.0.0.1", "192.168.0.1"])
def test_other_networks_are_refused_where_only_loopback_is_allowed(host: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        outgoing.ask("GET", f"http://{host}/")
    assert refused.value.message.startswith(f"{host.strip('[]')} is on a network that is not public.")


def looked_up(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names be answered so, one answer after the other; return what was looked up."""
    system, asked, left = socket.getaddrinfo, [], list(answers)

    def look(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        if host != "far.example":
            return system(host, port, *rest, **more)
        asked.append(host)
        return [found for address in left.pop(0) for found in system(address, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


@pytest.mark.usefixtures("public_only")
def test_a_name_that_leads_to_loopback_is_refused(monkeypatch: pytest.MonkeyPatch, far: FarHost) -> None:
    looked_up(monkeypatch, ["127.0.0.1"], ["::1", "10.0.0.1"])
    for _ in range(2):
        with pytest.raises(AddressRefused):
            outgoing.ask("GET", f"http://far.example:{far.port}/")
    assert far.connections == 0


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch, far: FarHost
) -> None:
    asked = looked_up(monkeypatch, ["10.0.0.1", "127.0.0.1"], ["10.0.0.1"])
    assert outgoing.ask("GET", f"http://far.example:{far.port}/").status == 200
    assert f"Host: far.example:{far.port}".encode() in far.asked[0]
    assert asked == ["far.example"]
    with pytest.raises(AddressRefused):
        outgoing.ask("GET", f"http://far.example:{far.port}/")


def test_an_address_where_nobody_listens_leaves_the_next(monkeypatch: pytest.MonkeyPatch, far: FarHost) -> None:
    looked_up(monkeypatch, ["::1", "127.0.0.2", "127.0.0.1"])
    assert outgoing.ask("GET", f"http://far.example:{far.port}/").status == 200


def test_a_host_that_the_operator_names_may_be_anywhere(settings: LazySettings, far: FarHost) -> None:
    settings.OMBUD_OUTGOING_NETWORKS = ["localhost"]
    outgoing.check(f"http://localhost:{far.port}/")
    assert outgoing.ask("GET", f"http://localhost:{far.port}/").status == 200
    with pytest.raises(AddressRefused):
        outgoing.ask("GET", far.url)


def test_ipv6_works() -> None:
    try:
        with listening(fine, host="::1") as far:
            assert outgoing.ask("GET", f"http://[::1]:{far.port}/").status == 200
    except OSError:
        pytest.skip("this machine has no IPv6")
