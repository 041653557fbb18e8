"""What an analysis is said in: how it stands, what has to stay so, what differs."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.opendata.analyses.queries import Run, Signature, Told
from ombud.opendata.rules.analysis_states import Kind, Standing, Status
from ombud.opendata.rules.claims import Answer, Cell, Difference, How, Terms, Verdict

# The shape and colour of each, as marks have them.
MEANINGS = {
    Standing.REPRODUCES: "fixed",
    Standing.NO_LONGER: "late",
    Standing.FAILED: "waiting",
    Standing.DATA_CHANGED: "ended",
    Standing.NOT_CHECKED: "ended",
}
STATES = {
    "reproduces": gettext_lazy("Still reproduces"),
    "no-longer": gettext_lazy("No longer reproduces"),
    "failed": gettext_lazy("Could not be run"),
    "data-changed": gettext_lazy("Checked before the data changed"),
    "not-checked": gettext_lazy("Not checked"),
    "acted-on": gettext_lazy("Acted on"),
}
STATUSES = {
    Status.ASKED: gettext_lazy("not confirmed"),
    Status.WAITING: gettext_lazy("waits for the city"),
    Status.SHOWN: gettext_lazy("public"),
    Status.REFUSED: gettext_lazy("refused"),
    Status.TAKEN_DOWN: gettext_lazy("taken down"),
    Status.WITHDRAWN: gettext_lazy("withdrawn"),
}
OPINIONS = {
    "reproduces": gettext_lazy("I have checked it: it reproduces"),
    "does_not": gettext_lazy("I have checked it: it does not reproduce"),
    "doubts": gettext_lazy("I have doubts"),
    "comment": gettext_lazy("Only a comment"),
}
SIGNED = {
    "reproduces": (gettext_lazy("checked: reproduces"), "fixed"),
    "does_not": (gettext_lazy("checked: does not reproduce"), "late"),
    "doubts": (gettext_lazy("has doubts"), "waiting"),
    "comment": (gettext_lazy("comments"), "note"),
}
HOWS = {
    How.EXACTLY: gettext_lazy("exactly as it is now"),
    How.WITHIN: gettext_lazy("within a percentage of what it is now"),
    How.MORE: gettext_lazy("more than a number"),
    How.LESS: gettext_lazy("less than a number"),
}
LOG = {
    "confirmed": gettext_lazy("confirmed by its author"),
    "let_through": gettext_lazy("let through"),
    "refused": gettext_lazy("refused"),
    "taken_down": gettext_lazy("taken down"),
    "withdrawn": gettext_lazy("withdrawn by its author"),
    "featured": gettext_lazy("put first"),
    "unfeatured": gettext_lazy("put back among the others"),
    "look_again": gettext_lazy("asked to be looked at again"),
    "invited": gettext_lazy("asked a reviewer"),
    "uninvited": gettext_lazy("closed a reviewer's link"),
    "signed": gettext_lazy("signed by a reviewer"),
    "signature_hidden": gettext_lazy("hid a reviewer's words"),
    "acted_on": gettext_lazy("said what was changed"),
}


@dataclass(frozen=True, slots=True)
class Stands:
    """How an analysis stands: the words, and the meaning that gives them shape and colour."""

    words: str
    meaning: str


def stands(told: Told) -> Stands:
    """Return how an analysis stands, with the version that it is known of."""
    if told.standing is Standing.NOT_CHECKED:
        words = _("Not checked yet")
    elif told.standing is Standing.DATA_CHANGED:
        words = _("Checked at version %(version)s; the data have changed since") % {"version": told.checked_version}
    else:
        words = str(STATES[told.standing])
    return Stands(words, MEANINGS[told.standing])


def value(cell: Cell) -> str:
    """Return one value in words."""
    if cell is None:
        return _("nothing")
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.10g}" if isinstance(cell, float) else cell


def terms(told: Terms) -> str:
    """Return what has to stay so."""
    amount = value(None if told.amount is None else int(told.amount) if told.amount % 1 == 0 else told.amount)
    words = {
        How.EXACTLY: _("It has to stay exactly so."),
        How.WITHIN: _("It has to stay within %(n)s %% of that."),
        How.MORE: _("It has to stay more than %(n)s."),
        How.LESS: _("It has to stay less than %(n)s."),
    }[told.how] % {"n": amount}
    return f"{words} {_('Only “%(column)s” counts.') % {'column': told.column}}" if told.column else words


def lone_value(answer: Answer | None, column: str = "") -> str:
    """Return the one value that a claim rests on, or nothing where it rests on more, or on groups."""
    if answer is None or len(answer.rows) != 1 or answer.keys:
        return ""
    names = [column] if column else answer.values
    return value(answer.rows[0][answer.names.index(names[0])]) if len(names) == 1 else ""


def found(run: Run) -> str:
    """Return what somebody found when they looked again."""
    if run.verdict is Verdict.FAILED:
        return _("Could not be run: %(why)s") % {
            "why": run.said or _("the data set is not there, or has other columns.")
        }
    if run.verdict is Verdict.REPRODUCES:
        return _("Reproduces")
    if not run.differences:
        return _("Does not reproduce")
    said = "; ".join(difference(one) for one in run.differences)
    more = run.count - len(run.differences)
    return _("Differs: %(what)s") % {"what": said} + (_("; and %(n)s more") % {"n": more} if more > 0 else "")


def difference(one: Difference) -> str:
    """Return one difference in words."""
    if one.gone:
        return _("“%(key)s” is gone") % {"key": one.key} if one.key else _("there is no row any more")
    if one.came:
        return _("“%(key)s” is new") % {"key": one.key} if one.key else _("there is another row")
    words = _("the value is now %(now)s, was %(was)s") % {"now": value(one.now), "was": value(one.was)}
    return f"{one.key}: {words}" if one.key else words


def run(one: Run, told: Told) -> dict[str, Any]:
    """Return one time that somebody looked, for a row of the history."""
    meaning = {Verdict.REPRODUCES: "fixed", Verdict.DIFFERS: "late", Verdict.FAILED: "waiting"}[one.verdict]
    column = told.terms.column if told.terms else ""
    return {"run": one, "words": found(one), "meaning": meaning, "value": lone_value(one.answer, column)}


def signed(one: Signature, told: Told) -> dict[str, Any]:
    """Return what a reviewer signed, and whether the record has moved on since."""
    words, meaning = SIGNED[one.opinion]
    return {
        "signature": one,
        "words": words,
        "meaning": meaning,
        "is_stale": one.version < told.newest_version,
        # Since then a run has found something else than what the reviewer saw.
        "has_changed": told.kind is Kind.QUERY
        and told.checked_version > one.version
        and told.verdict is not None
        and one.opinion in ("reproduces", "does_not")
        and (told.verdict is Verdict.REPRODUCES) != (one.opinion == "reproduces"),
    }


def table(answer: Answer | None) -> dict[str, Any] | None:
    """Return an answer as a table: its heads, with whether each is a number, and its cells in words."""
    if answer is None:
        return None
    places = range(len(answer.names))
    numbers = [answer.names[place] in answer.values for place in places]
    return {
        "heads": list(zip(answer.names, numbers, strict=True)),
        "rows": [[(value(row[place]), numbers[place]) for place in places] for row in answer.rows],
    }
