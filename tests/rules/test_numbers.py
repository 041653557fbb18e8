"""Public numbers: none is given twice, a slip of the finger is noticed, and many ways of typing one are read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.numbers import ALPHABET, SPACE, public_number, read_number, serial_of

serials = st.integers(0, SPACE - 1)
PREFIXES = ("LA", "NYC", "SP", "O")
prefixes = st.sampled_from(PREFIXES)


@given(serials, prefixes)
def test_a_number_leads_back_to_its_serial(serial: int, prefix: str) -> None:
    number = public_number(prefix, serial)
    assert serial_of(number, prefix=prefix) == serial
    assert read_number(number, prefix=prefix) == number


@given(serials, serials)
def test_two_serials_never_share_a_number(one: int, other: int) -> None:
    assert (public_number("LA", one) == public_number("LA", other)) == (one == other)


def test_neighbours_look_unlike() -> None:
    numbers = [public_number("LA", serial).replace("-", "")[2:] for serial in range(2000)]
    assert len(set(numbers)) == 2000
    for one, next_one in pairwise(numbers):
        assert sum(a != b for a, b in zip(one, next_one, strict=True)) >= 3


@pytest.mark.parametrize("serial", [-1, SPACE])
def test_outside_of_the_space_there_is_no_number(serial: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        public_number("LA", serial)


@given(serials)
def test_every_single_wrong_character_is_noticed(serial: int) -> None:
    whole = public_number("LA", serial).removeprefix("LA-").replace("-", "")
    for at, right in enumerate(whole):
        for wrong in ALPHABET:
            if wrong != right:
                assert read_number(f"LA-{whole[:at]}{wrong}{whole[at + 1 :]}", prefix="LA") is None


@given(serials)
def test_every_two_swapped_neighbours_are_noticed(serial: int) -> None:
    whole = public_number("LA", serial).removeprefix("LA-").replace("-", "")
    for at in range(len(whole) - 1):
        swapped = whole[:at] + whole[at + 1] + whole[at] + whole[at + 2 :]
        if swapped != whole:
            assert read_number(f"LA-{swapped}", prefix="LA") is None


TYPED = {
    "as written": lambda n: n,
    "in small letters": str.lower,
    "without dashes": lambda n: n.replace("-", ""),
    "with spaces": lambda n: f"  {n.replace('-', '  ')} ",
    "with long dashes": lambda n: n.replace("-", "\N{EM DASH}"),
    "with dots": lambda n: n.replace("-", "."),
    "zero as the letter": lambda n: n[:3] + n[3:].replace("0", "O"),
    "one as an I": lambda n: n[:3] + n[3:].replace("1", "I"),
    "one as a small L": lambda n: n[:3] + n[3:].replace("1", "l"),
    "two as a Z": lambda n: n[:3] + n[3:].replace("2", "z"),
    "V as a U": lambda n: n[:3] + n[3:].replace("V", "u"),
    "without the city": lambda n: n[3:],
}


@pytest.mark.parametrize("way", TYPED)
@given(serials)
def test_a_number_is_read_however_it_was_typed(way: str, serial: int) -> None:
    number = public_number("SP", serial)
    assert read_number(TYPED[way](number), prefix="SP") == number


@given(st.text(max_size=30))
def test_junk_is_no_number(junk: str) -> None:
    read = read_number(junk, prefix="LA")
    assert read is None or public_number("LA", serial_of(read, prefix="LA")) == read


def test_another_citys_number_is_not_read_as_ours() -> None:
    assert read_number(public_number("NYC", 4711), prefix="LA") is None


def test_numbers_given_out_stay_what_they_are() -> None:
    """Written on paper and on doors: what makes them may never change."""
    assert [public_number("LA", serial) for serial in (0, 1, 2_500_000)] == [
        "LA-NKYH-06Y",
        "LA-RV6B-FFG",
        "LA-BQYB-XMC",
    ]


def test_a_number_that_begins_like_its_citys_prefix_is_read_whole() -> None:
    serial = next(n for n in range(SPACE) if public_number("SP", n).startswith("SP-SP"))
    number = public_number("SP", serial)
    assert read_number(number.removeprefix("SP-"), prefix="SP") == number
