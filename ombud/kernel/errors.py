"""
Refusals: what a person asked for and cannot have, said in a sentence they understand.

A bug is not a refusal; it crashes. The sentence is written in English here and translated where it is shown:
`msgid % params` is the English text, and pages pass `msgid` through gettext first.
"""


def N_(msgid: str) -> str:
    """Mark a sentence for translation without translating it yet."""
    return msgid


class Word(str):
    """A parameter of a refusal that is a text of ours itself: translated with the sentence it stands in."""

    __slots__ = ()


class OmbudError(Exception):
    """The root of every refusal; `message` is fit for the person who asked."""

    def __init__(self, msgid: str, **params: object) -> None:
        self.msgid = msgid
        self.params = params
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.msgid % self.params if self.params else self.msgid


class NotFound(OmbudError):
    """There is no such thing here, or it is not theirs to see: the two look alike on purpose."""


class NotAllowed(OmbudError):
    """The person's role does not cover this."""


class Unavailable(OmbudError):
    """Something we lean on does not answer just now; later it may."""


class BadInput(OmbudError):
    """What was sent cannot be taken as it is. `field` names the question it answers."""

    def __init__(self, msgid: str, *, field: str = "", **params: object) -> None:
        super().__init__(msgid, **params)
        self.field = field


class Several(OmbudError):
    """More than one thing is wrong with what was sent; all of them are named at once."""

    def __init__(self, problems: list[BadInput]) -> None:
        self.problems = problems
        super().__init__(N_("Some answers need another look."))

    def __str__(self) -> str:
        """All of it in one line, for logs and the command line."""
        return "; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in self.problems)
