"""
Which addresses we may call: those of the public Internet, and what the operator allows besides.

The public ones are named and the rest is refused, so that a range nobody thought of here stays closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special-purpose addresses; Python's own list differs between its patch releases.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        # Within what IPv6 gives out: protocols of the IETF (Teredo among them) and two ranges for documents.
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
_GIVEN_OUT = IPv6Network("2000::/3")
_MAPPED, _NAT64, _SIX_TO_FOUR = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator allows besides the public Internet: networks, and hosts by name wherever they are."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()


@cache
def read(said: tuple[str, ...]) -> Allowed:
    """Return what a list of networks and host names allows. Raises ValueError for a network that is none."""
    networks, hosts = [], set()
    for text in said:
        if "/" in text or ":" in text or text.replace(".", "").isdigit():
            networks.append(ip_network(text))
        else:
            hosts.add(_name(text))
    return Allowed(tuple(networks), frozenset(hosts))


def chosen(host: str, addresses: Iterable[str], allowed: Allowed) -> list[str]:
    """Return those of a host's addresses that may be called, in their order."""
    anywhere = _name(host) in allowed.hosts
    return [text for text in addresses if anywhere or may_be_called(ip_address(text), allowed.networks)]


def may_be_called(address: Address, networks: Sequence[Network] = ()) -> bool:
    """Whether an address is public or in one of the networks; one of IPv4 within IPv6 counts as what it leads to."""
    meant = _meant(address)
    if any(meant in network or address in network for network in networks):
        return True
    if isinstance(meant, IPv6Address) and meant not in _GIVEN_OUT:
        return False
    return not any(meant in network for network in _NOT_PUBLIC)


def _meant(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def _name(host: str) -> str:
    return host.rstrip(".").lower()
