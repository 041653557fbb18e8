"""What is done by the clock: one that fails holds up no other."""

from collections.abc import Iterator

import pytest

from ombud import wiring
from ombud.plumbing import jobs

done: list[str] = []


def fails() -> None:
    done.append("began")
    raise RuntimeError("the far side is gone")


def works() -> None:
    done.append("works")


@pytest.fixture
def routines(_ground: None) -> Iterator[None]:
    done.clear()
    here = __name__
    jobs.set_routines({"often": (f"{here}.fails", f"{here}.works")})
    yield
    jobs.set_routines(wiring.ROUTINES)


@pytest.mark.usefixtures("routines")
def test_what_fails_is_written_down_and_the_rest_is_done(caplog: pytest.LogCaptureFixture) -> None:
    jobs.often(0)
    assert done == ["began", "works"]
    assert "fails went wrong and is done again next time" in caplog.text
