"""Which addresses may be called: the public ones, however they are written, and what the operator allows."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.plumbing.reachable import Allowed, chosen, may_be_called, read

PUBLIC = ("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111")
NOT_PUBLIC = (
    *("0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "100::1", "64:ff9b:1::7f00:1", "2001::1", "2001:db8::1", "2001:10::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "::ffff:0:7f00:1"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_be_called(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_others_may_not(address: str) -> None:
    assert not may_be_called(ip_address(address))


@given(st.ip_addresses(v=4))
def test_one_of_ipv4_within_ipv6_counts_as_what_it_leads_to(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address(0xFFFF << 32 | number)
    nat64 = IPv6Address(0x64FF9B << 96 | number)
    six_to_four = IPv6Address(0x2002 << 112 | number << 80 | 1)
    for within in (mapped, nat64, six_to_four):
        assert may_be_called(within) == may_be_called(address)


@given(st.ip_addresses(v=4))
def test_nothing_may_be_called_that_python_takes_for_private(address: IPv4Address) -> None:
    if may_be_called(address):
        assert address.is_global
        assert not address.is_multicast


def test_what_the_operator_allows_may_be_called() -> None:
    allowed = read(("10.20.0.0/16", "fd00::/8", "192.168.7.7", "Crm.city.example."))
    found = ["10.20.1.1", "10.21.1.1", "::ffff:10.20.1.1", "fd00::5", "192.168.7.7", "192.168.7.8", "8.8.8.8"]
    assert chosen("far.example", found, allowed) == [found[i] for i in (0, 2, 3, 4, 6)]
    assert chosen("CRM.city.example", found, allowed) == found
    assert chosen("crm.city.example.evil.example", ["10.0.0.1"], allowed) == []


def test_nothing_said_allows_nothing() -> None:
    assert read(()) == Allowed()


@pytest.mark.parametrize("said", ["10.0.0.1/8", "300.1.1.1", "10.0.0.0/33", "fd00::/200", "1"])
def test_a_network_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read((said,))
