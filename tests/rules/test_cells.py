"""Cells as texts: numbers without exponent, halves alike wherever they were worked out."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.opendata.formats import cells
from ombud.opendata.soql.faults import SoqlError
from ombud.opendata.soql.tree import ROUGH


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))))
def test_a_number_is_a_plain_decimal_that_reads_back_as_itself(values: list[float | None]) -> None:
    for value, text in zip(values, cells.numbers(pa.array(values, pa.float64())).to_pylist(), strict=True):
        assert (text is None) == (value is None)
        if text is not None:
            assert float(text) == value
            assert set(text) <= set("-.0123456789")
            assert text != "-0"


def test_a_half_is_taken_up_on_whichever_side_of_it_an_engine_is() -> None:
    half = 2.3514217955
    around = [math.nextafter(half, 0), half, math.nextafter(half, 3)]
    assert set(cells.numbers(pa.array(around), ROUGH).to_pylist()) == {"2.351421796"}
    assert cells.numbers(pa.array([0.75, 12.0, 0.0]), ROUGH).to_pylist() == ["0.75", "12", "0"]


def test_what_is_no_number_is_null_and_what_is_endless_is_refused() -> None:
    assert cells.numbers(pa.array([math.nan, 1.0])).to_pylist() == [None, "1"]
    with pytest.raises(SoqlError):
        cells.numbers(pa.array([math.inf]))
