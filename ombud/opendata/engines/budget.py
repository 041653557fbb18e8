"""What a query may take, and how it is told when it takes more."""

from dataclasses import dataclass

from ombud.kernel.errors import OmbudError


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds that a query may run."""

    seconds: float


ANONYMOUS = Budget(10)
WITH_TOKEN = Budget(30)


class Busy(OmbudError):
    """As many queries run as may run at once; `seconds` is when to ask again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__("Many queries are being answered just now. Ask again in %(seconds)s seconds.", seconds=seconds)


class TookTooLong(OmbudError):
    """The query ran for as long as it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            "The query ran for %(seconds)s seconds, which is as long as one may. Ask for less, or download the whole.",
            seconds=f"{seconds:g}",
        )
