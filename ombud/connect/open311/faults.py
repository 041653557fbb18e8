"""What is wrong with a call, as Open311 tells it: a status and, for each fault, a sentence that names the parameter."""

from dataclasses import dataclass

from ombud.kernel.errors import BadInput, NotAllowed, NotFound, OmbudError, Several, Unavailable
from ombud.service_requests.timeline import Conflict

# Our fields by the names that Open311 gives them.
PARAMETERS = {
    "place": "location",
    "name": "first_name",
    "photos": "media",
    "text": "description",
    "outcome": "status",
    "same_as": "service_request_id",
}


class Fault(OmbudError):
    """A call that is answered with an error. The first sentence is the one that clients show."""

    def __init__(self, status: int, *sentences: str, wait_seconds: float | None = None) -> None:
        self.status = status
        self.sentences = sentences
        self.wait_seconds = wait_seconds
        super().__init__("%(said)s", said="; ".join(sentences))


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of several, which are told together."""

    parameter: str
    sentence: str

    def __str__(self) -> str:
        """The sentence after the parameter's name."""
        return f"{self.parameter}: {self.sentence}"


def bad(*problems: Problem) -> Fault:
    """Return the fault of what was sent wrongly."""
    return Fault(400, *map(str, problems))


def fault_of(refusal: OmbudError) -> Fault:
    """Return a refusal of ours as Open311 tells it."""
    match refusal:
        case Fault():
            return refusal
        case Several():
            return bad(*map(problem_of, refusal.problems))
        case BadInput():
            return bad(problem_of(refusal))
        case NotFound():
            return Fault(404, refusal.message)
        case NotAllowed():
            return Fault(403, refusal.message)
        case Conflict():
            return Fault(409, refusal.message)
        case Unavailable():
            return Fault(503, refusal.message)
        case _:
            return Fault(400, refusal.message)


def problem_of(refusal: BadInput) -> Problem:
    """Return one problem under the name that the client knows."""
    if refusal.field.startswith("q."):
        code = refusal.field.removeprefix("q.")
        return Problem(f"{code} required" if refusal.msgid == UNANSWERED else code, refusal.message)
    return Problem(PARAMETERS.get(refusal.field, refusal.field) or "request", refusal.message)


UNANSWERED = "Answer this question."
