"""Asking a stranger to wait: who they are cannot be forged, and the count holds across processes."""

import ipaddress
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from ombud.plumbing import limits
from ombud.plumbing.limits import Allowed, Wait

addresses = st.ip_addresses().map(str)
junk = st.text(st.characters(codec="latin-1", exclude_characters=","), max_size=30) | addresses


def meta(connected: str, forwarded: str | None = None) -> dict[str, object]:
    said = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return {"REMOTE_ADDR": connected, **said}


@given(addresses, st.lists(junk).map(",".join))
def test_without_a_proxy_of_ours_no_header_is_believed(connected: str, forged: str):
    assert limits.client_address(meta(connected, forged), 0) == limits.client_address(meta(connected), 0)


@given(addresses, st.lists(junk), st.integers(1, 4), st.data())
def test_what_a_stranger_writes_before_our_proxies_changes_nothing(client, forged, proxies, data):
    ours = [client, *data.draw(st.lists(addresses, min_size=proxies - 1, max_size=proxies - 1))]
    honest = limits.client_address(meta("10.0.0.1", ", ".join(ours)), proxies)
    attacked = limits.client_address(meta("10.0.0.1", ",".join([*forged, *ours])), proxies)
    assert attacked == honest == limits.client_address(meta(client), 0)


@given(junk, st.none() | st.lists(junk).map(",".join), st.integers(-1, 5))
def test_the_answer_is_always_an_address_a_network_or_unknown(connected, forwarded, proxies):
    said = limits.client_address(meta(connected, forwarded), proxies)
    assert said == "unknown" or ipaddress.ip_network(said).prefixlen in (32, 64)


@given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
def test_all_addresses_of_one_household_count_as_one(address):
    assert limits.client_address(meta(str(address)), 0) == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("connected", "forwarded", "proxies", "address"),
    [
        ("192.0.2.7", None, 0, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", 0, "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", 2, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", 1, "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", 1, "2001:db8::/64"),
        ("10.0.0.1", "::ffff:198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "fe80::1%eth0", 1, "fe80::/64"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", None, 1, "10.0.0.1"),
        ("", None, 0, "unknown"),
    ],
)
def test_who_a_request_counts_for(connected, forwarded, proxies, address):
    assert limits.client_address(meta(connected, forwarded), proxies) == address


def rows() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, full_at FROM ombud_rate_limit")
        return [(bytes(key), full_at) for key, full_at in cursor.fetchall()]


@pytest.mark.django_db
def test_the_allowance_may_be_used_at_once_and_then_one_waits():
    assert [limits.allow("report:192.0.2.1", 3, 3600) for _ in range(3)] == [Allowed()] * 3
    match limits.allow("report:192.0.2.1", 3, 3600):
        case Wait(seconds):
            assert 1190 < seconds <= 1200
        case other:
            pytest.fail(f"{other}")
    assert limits.allow("report:192.0.2.2", 3, 3600) == Allowed()
    assert limits.allow("login:192.0.2.1", 3, 3600) == Allowed()


@pytest.mark.django_db
def test_to_ask_again_while_waiting_makes_the_wait_no_longer():
    limits.allow("key", 1, 1000)
    waits = [limits.allow("key", 1, 1000).seconds for _ in range(5)]
    assert waits == sorted(waits, reverse=True)


@pytest.mark.django_db
def test_the_allowance_comes_back_with_time():
    assert limits.allow("key", 1, 1000) == Allowed()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ombud_rate_limit SET full_at = full_at - interval '1000 seconds'")
    assert limits.allow("key", 1, 1000) == Allowed()
    assert isinstance(limits.allow("key", 1, 1000), Wait)


@pytest.mark.django_db
def test_a_limit_of_none_allows_nothing():
    assert limits.allow("key", 0, 60) == Wait(60)
    assert rows() == []


@pytest.mark.django_db
def test_no_address_is_written_down():
    limits.allow("report:192.0.2.1", 3, 3600)
    ((key, _full_at),) = rows()
    assert len(key) == 16
    assert b"192.0.2.1" not in key


@pytest.mark.django_db
def test_what_holds_nobody_back_any_more_is_forgotten():
    limits.allow("now", 3, 3600)
    limits.allow("long ago", 3, 3600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(full_at) FROM ombud_rate_limit")
        (first,) = cursor.fetchone()
        cursor.execute("UPDATE ombud_rate_limit SET full_at = now() - interval '1 hour' WHERE full_at = %s", [first])
    assert limits.forget() == 1
    assert len(rows()) == 1


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Let what is counted be seen by other connections, and take it back afterwards."""
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ombud_rate_limit")
        connection.close()


@pytest.mark.usefixtures("committed")
def test_many_at_once_take_the_allowance_once():
    verdicts: list[object] = []

    def ask() -> None:
        verdicts.extend(limits.allow("key", 10, 3600) for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 40
    assert verdicts.count(Allowed()) == 10
