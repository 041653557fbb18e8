"""A request's story in sentences, as staff read it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import outcome_words, pause_words, priority_words
from ombud.people import queries as people
from ombud.service_requests.queries import Entry
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.screening import DANGER, HATE
from ombud.triage.likeness.reasons import in_words
from ombud.triage.routing.words import sent_back_words
from ombud.web.desk.phrases import day, time_window
from ombud.web.standing import standing_of


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story, ready to be drawn."""

    seq: int
    at: datetime
    who: str
    what: str
    by: str
    meaning: str
    icon: str
    text: str
    photo_id: int | None = None


@dataclass
class Teller:
    """Tells the story of one request of a city."""

    city: City
    names: dict[int, str] = field(default_factory=dict)

    def story(self, entries: list[Entry]) -> list[Line]:
        """Return the lines of a story."""
        mentioned = {
            account
            for e in entries
            for account in (e.changes.get("assignee_id"), e.facts.get("before"))
            if e.kind in (Kind.ASSIGNED, Kind.ACCEPTED) and isinstance(account, int)
        }
        self.names |= people.names_of(mentioned)
        return [self.line(entry) for entry in entries]

    def line(self, entry: Entry) -> Line:
        """Return one line."""
        meaning, icon = _SIGNS.get(entry.kind, ("", ""))
        if entry.kind is Kind.CLOSED:
            meaning = standing_of("closed", str(entry.changes.get("outcome") or ""))[0]
        by = "note" if entry.kind is Kind.NOTED else _BY.get(entry.actor_kind, "system")
        return Line(
            seq=entry.seq,
            at=entry.at,
            who=self._who(entry),
            what=self._what(entry),
            by=by,
            meaning=meaning,
            icon=icon,
            text=entry.text,
            photo_id=entry.facts.get("photo_id") if entry.kind is Kind.PHOTO_ADDED else None,
        )

    def _who(self, entry: Entry) -> str:
        if entry.actor_kind == "staff":
            agency = self.city.agency(entry.actor_agency).short_name if entry.actor_agency else ""
            return ", ".join(part for part in (entry.actor_name or _("Staff"), agency) if part)
        return {
            "reporter": _("The resident"),
            "follower": _("A follower"),
            "import": _("The old system"),
            "outside": _("The other system"),
        }.get(entry.actor_kind, _("Ombud"))

    def _what(self, entry: Entry) -> str:
        told = getattr(self, f"_{entry.kind.value}", None)
        return str(told(entry)) if told else str(_SAID.get(entry.kind, lambda: entry.kind.value)())

    def _assigned(self, entry: Entry) -> str:
        account, unit = entry.changes.get("assignee_id"), entry.changes.get("unit")
        if account:
            return _("gave it to %(name)s") % {"name": self.names.get(account, _("somebody"))}
        if unit:
            named = dict(pair for agency in self.city.agencies() for pair in agency.units)
            return _("gave it to %(unit)s") % {"unit": named.get(unit, unit)}
        return _("took it from the person who had it")

    def _scheduled(self, entry: Entry) -> str:
        window = time_window(_instant(entry.changes, "scheduled_from"), _instant(entry.changes, "scheduled_to"))
        if entry.facts.get("before"):
            return _("moved the booking to %(window)s") % {"window": window}
        return _("booked it for %(window)s") % {"window": window}

    def _listed(self, entry: Entry) -> str:
        programme = self.city.programme_name(str(entry.facts.get("programme", "")))
        position = entry.facts.get("position") or ""
        if position:
            return _("put it on the list of %(programme)s, place %(position)s") % {
                "programme": programme,
                "position": position,
            }
        return _("put it on the list of %(programme)s") % {"programme": programme or _("a programme")}

    def _inspected(self, entry: Entry) -> str:
        return {
            "confirmed": _("went to look: it is as reported"),
            "not_found": _("went to look: nothing was found"),
            "no_access": _("went to look: there was no way in"),
        }.get(str(entry.facts.get("finding")), _("went to look"))

    def _service_changed(self, entry: Entry) -> str:
        return _("changed the service from “%(before)s” to “%(after)s”") % {
            "before": self.service_name(str(entry.facts.get("before", ""))),
            "after": self.service_name(str(entry.changes.get("service_code", ""))),
        }

    def _transferred(self, entry: Entry) -> str:
        return _("handed it from %(before)s to %(after)s") % {
            "before": self.city.agency(str(entry.facts.get("before", ""))).name,
            "after": self.city.agency(str(entry.changes.get("agency", ""))).name,
        }

    def _sent_back(self, entry: Entry) -> str:
        return _("sent it back from %(agency)s: %(reason)s") % {
            "agency": self.city.agency(str(entry.facts.get("before", ""))).name,
            "reason": sent_back_words(str(entry.facts.get("reason", ""))),
        }

    def _prioritised(self, entry: Entry) -> str:
        words = {
            "before": priority_words(entry.facts.get("before")),
            "after": priority_words(entry.changes.get("priority")),
        }
        if entry.facts.get(DANGER):
            return _("changed the priority from %(before)s to %(after)s: the words tell of danger to life") % words
        if entry.facts.get(HATE):
            return _("changed the priority from %(before)s to %(after)s: the words tell of hate or a threat") % words
        return _("changed the priority from %(before)s to %(after)s") % words

    def _promise_moved(self, entry: Entry) -> str:
        return _("expects it between %(from)s and %(to)s now") % {
            "from": day(_instant(entry.changes, "expected_from")),
            "to": day(_instant(entry.changes, "expected_to")),
        }

    def _photo_added(self, entry: Entry) -> str:
        return _("added a photo of the finished work") if entry.facts.get("stage") == "after" else _("added a photo")

    def _photo_shown(self, entry: Entry) -> str:
        if not entry.facts.get("shown"):
            return _("hid a photo from the public")
        if entry.facts.get("by") == "rule":
            return _("let the public see a photo, by the city's rule")
        return _("let the public see a photo")

    def _photo_covered(self, entry: Entry) -> str:
        n = int(entry.facts.get("areas", 0))
        return ngettext("covered %(n)d area of a photo", "covered %(n)d areas of a photo", n) % {"n": n}

    def _joined(self, entry: Entry) -> str:
        return _("joined it with %(number)s: one thing, several reports") % {
            "number": entry.facts.get("with", "")
        } + reasons_of(entry)

    def _closed(self, entry: Entry) -> str:
        outcome = outcome_words(entry.changes.get("outcome"))
        if body := entry.changes.get("referred_to"):
            return _("closed it: handed over to %(body)s") % {"body": self.city.body_name(str(body))}
        if other := entry.facts.get("duplicate_of"):
            return _("closed it: reported before as %(number)s") % {"number": other}
        return _("closed it: %(outcome)s") % {"outcome": outcome}

    def _reopened(self, entry: Entry) -> str:
        if entry.facts.get("not_fixed"):
            return _("said it is not fixed; it is open again")
        return _("opened it again")

    def _reported_again(self, entry: Entry) -> str:
        said = _("took it for %(number)s come back, which was closed") % {"number": entry.facts.get("earlier", "")}
        return said + reasons_of(entry)

    def _told_apart(self, entry: Entry) -> str:
        return _("said that it is not the same as %(number)s") % {"number": entry.facts.get("from", "")}

    def _rated(self, entry: Entry) -> str:
        return {
            1: _("was not content with how it went"),
            2: _("found it all right"),
            3: _("was content with how it went"),
        }.get(int(entry.facts.get("score", 0)), _("said how it went"))

    def _not_reached(self, entry: Entry) -> str:
        what = str(_NOT_TOLD.get(str(entry.facts.get("told")), lambda: _("what happened"))())
        if entry.facts.get("reporter", True):
            return _("could not tell the resident by mail: %(what)s. Call them if you can.") % {"what": what}
        return _("could not tell one who follows by mail: %(what)s.") % {"what": what}

    def _corrected(self, entry: Entry) -> str:
        if entry.facts.get("part"):
            return _("corrected what was told. Before, it read:") if entry.text else _("completed what was told")
        return _("corrected the sentence of the closing") if entry.facts.get("sentence") else _("put the record right")

    def _linked(self, entry: Entry) -> str:
        return _("has it under the number %(number)s") % {"number": entry.facts.get("number", "")}

    def _gone_there(self, entry: Entry) -> str:
        return _("deleted its record %(number)s. Nothing was deleted here.") % {"number": entry.facts.get("number", "")}

    def _paused(self, entry: Entry) -> str:
        return _("let the clock stand still until %(day)s at the latest: %(why)s") % {
            "day": day(_instant(entry.changes, "paused_until")),
            "why": pause_words(self.city, str(entry.facts.get("reason", ""))),
        }

    def _resumed(self, entry: Entry) -> str:
        if entry.facts.get("why") == "limit":
            return _("let the clock go on: its time to stand still was over")
        return _("let the clock go on")

    def service_name(self, code: str) -> str:
        """Return a service's name, or its code where the catalogue has lost it."""
        service = self.city.services.get(code)
        return self.city.text(service.name) if service else code


_BY = {"staff": "city", "reporter": "resident", "follower": "resident"}
_SIGNS: dict[Kind, tuple[str, str]] = {
    Kind.ACCEPTED: ("waiting", ""),
    Kind.SCHEDULED: ("booked", ""),
    Kind.LISTED: ("waiting", ""),
    Kind.REOPENED: ("late", "undo-2"),
    Kind.WITHDRAWN: ("ended", ""),
    Kind.REPLIED: ("", "message-square"),
    Kind.QUESTION_ASKED: ("", "circle-help"),
    Kind.PHOTO_ADDED: ("", "camera"),
    Kind.PHOTO_COVERED: ("", "eye-off"),
    Kind.PHOTO_SHOWN: ("", "eye"),
    Kind.JOINED: ("", "merge"),
    Kind.LEFT: ("", "split"),
    Kind.REPORTED_AGAIN: ("late", "undo-2"),
    Kind.TOLD_APART: ("", "split"),
    Kind.TRANSFERRED: ("", "arrow-right"),
    Kind.SENT_BACK: ("late", "undo-2"),
    Kind.SERVICE_CHANGED: ("", "tag"),
    Kind.PRIORITISED: ("", "flag"),
    Kind.ASSIGNED: ("", "user"),
    Kind.INSPECTED: ("", "search"),
    Kind.PROMISE_MOVED: ("", "clock"),
    Kind.PAUSED: ("", "hand"),
    Kind.RESUMED: ("", "clock"),
    Kind.PLACE_CORRECTED: ("", "map-pin"),
    Kind.FOLLOWED: ("", "bell"),
    Kind.UNFOLLOWED: ("", "bell"),
    Kind.RATED: ("", "star"),
    Kind.NOT_REACHED: ("late", "mail"),
    Kind.LINKED: ("", "link"),
    Kind.GONE_THERE: ("late", "trash-2"),
}
_NOT_TOLD = {
    "submitted": lambda: _("that we have the report"),
    "scheduled": lambda: _("the booked time"),
    "listed": lambda: _("that it is on a waiting list"),
    "transferred": lambda: _("that another agency has it"),
    "promise_moved": lambda: _("that it takes longer"),
    "question_asked": lambda: _("our question"),
    "replied": lambda: _("our message"),
    "joined": lambda: _("that it is joined with another report"),
    "closed": lambda: _("that it is closed"),
    "reopened": lambda: _("that it is open again"),
    "paused": lambda: _("that the clock stands still"),
    "withdrawn": lambda: _("that it is taken back"),
}
_SAID = {
    Kind.SUBMITTED: lambda: _("asked for it"),
    Kind.IMPORTED: lambda: _("brought it in"),
    Kind.ACCEPTED: lambda: _("took it on"),
    Kind.QUESTION_ASKED: lambda: _("asked the resident"),
    Kind.ANSWERED: lambda: _("answered"),
    Kind.COMMENTED: lambda: _("added"),
    Kind.REPLIED: lambda: _("wrote to the resident"),
    Kind.NOTED: lambda: _("noted, for staff only"),
    Kind.PLACE_CORRECTED: lambda: _("corrected the place"),
    Kind.LEFT: lambda: _("took it out of the incident"),
    Kind.FOLLOWED: lambda: _("follows it from now on"),
    Kind.UNFOLLOWED: lambda: _("does not follow it any more"),
    Kind.WITHDRAWN: lambda: _("took it back"),
}


def reasons_of(entry: Entry) -> str:
    """Return how sure it was and why, where that was worked out; empty where a person said so of their own accord."""
    if "score" not in entry.facts:
        return ""
    why = ", ".join(in_words(entry.facts.get("reasons", ())))
    return ": " + _("%(percent)d %% likely, %(why)s") % {"percent": round(100 * entry.facts["score"]), "why": why}


def _instant(changes: dict[str, Any], name: str) -> datetime | None:
    raw = changes.get(name)
    return datetime.fromisoformat(raw) if isinstance(raw, str) else None
