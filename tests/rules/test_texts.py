"""Texts in the city's languages: a sentence ends once."""

import pytest

from ombud.kernel.texts import one_stop


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Counted at 3:59 a.m..", "Counted at 3:59 a.m."),
        ("Counted at 15:59.", "Counted at 15:59."),
        ("Revoked on Nov. 3, 3:59 a.m.. It does not work.", "Revoked on Nov. 3, 3:59 a.m. It does not work."),
        ("And so on...", "And so on..."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_time_that_ends_with_a_full_stop_ends_the_sentence(said: str, read: str) -> None:
    assert one_stop(said) == read
