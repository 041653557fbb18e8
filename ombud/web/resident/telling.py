"""A request told in sentences: how it stands, what was promised, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import OUTCOMES, pause_words
from ombud.kernel import clock
from ombud.kernel.texts import one_stop
from ombud.service_requests import queries as requests
from ombud.service_requests.queries import Entry
from ombud.service_requests.rules.lifecycle import DONE, ENDED, Kind, Outcome, Status
from ombud.service_requests.storms import queries as storms


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story in words."""

    entry: Entry
    words: str
    by: str
    who: str
    icon: str = ""


def telling(city: City, row: Any, *, audiences: Sequence[str]) -> dict[str, Any]:
    """Return what a page needs to tell a request."""
    now = clock.now()
    story = [
        line(city, entry)
        for entry in requests.story(row, audiences=audiences)
        if entry.kind is not Kind.PHOTO_ADDED or "reporter" in audiences
    ]
    service = city.service(row.service_code)
    suspended = row.status not in ENDED and storms.is_suspended(city, row.service_code, tags=row.area_tags, at=now)
    days_since_close = (now - row.closed_at).days if row.closed_at else 0
    return {
        "row": row,
        "service_name": city.text(service.name),
        "agency": city.agency(row.agency),
        "sentence": one_stop(sentence(city, row, now)),
        "closing_words": closing_words(row, story),
        "late": is_late(row, now),
        "story": story,
        "promise": None if suspended else promise(row, now),
        "suspended": suspended,
        "can_reopen": row.status == Status.CLOSED and days_since_close < service.not_fixed_days,
        "not_fixed_days": service.not_fixed_days,
        "is_done": row.outcome in DONE,
        "reports": len(requests.incident_members(row)) if row.incident_id else 1,
    }


def closing_words(row: Any, story: Sequence[Line]) -> str:
    """Return what staff wrote when they closed it last, where the reader may see it."""
    if row.status != Status.CLOSED:
        return ""
    return next((told.entry.text for told in reversed(story) if told.entry.kind is Kind.CLOSED), "")


def is_late(row: Any, now: datetime) -> bool:
    """Whether an open request is past its target."""
    return row.status not in ENDED and row.target_at is not None and row.target_at < now


def sentence(city: City, row: Any, now: datetime) -> str:
    """Return how a request stands: a subject, a time, a next step."""
    agency = city.agency(row.agency).name
    if row.awaiting_reporter:
        return _("%(agency)s asked a question and waits for the answer.") % {"agency": agency}
    match row.status:
        case Status.RECEIVED:
            return _("We have it. %(agency)s looks at it next.") % {"agency": agency}
        case Status.ACCEPTED if row.reopened:
            return _("It is open again. %(agency)s looks at what is still wrong.") % {"agency": agency}
        case Status.ACCEPTED:
            return _("%(agency)s has it in hand.") % {"agency": agency}
        case Status.SCHEDULED:
            start, end = (timezone.localtime(at) for at in (row.scheduled_from, row.scheduled_to))
            times = {
                # A weekday and a day as the language orders them, in the letters of Django's `date` filter.
                "day": formats.date_format(start, _("l, j F")),
                "start": formats.time_format(start, "TIME_FORMAT"),
                "end": formats.time_format(end, "TIME_FORMAT"),
            }
            return _("A crew is booked for %(day)s, between %(start)s and %(end)s.") % times
        case Status.ON_LIST:
            return _("It is on a waiting list. It is not closed, and we write when it moves.")
        case Status.WITHDRAWN:
            return _("It was taken back, so nothing more happens here.")
        case _:
            return closing(city, row)


def closing(city: City, row: Any) -> str:
    """Return what the closing says, as far as everybody may know it."""
    day = day_of(row.closed_at)
    match row.outcome:
        case Outcome.FIXED:
            return _("Fixed on %(day)s.") % {"day": day}
        case Outcome.MADE_SAFE:
            return _("Made safe on %(day)s.") % {"day": day}
        case Outcome.NOTHING_FOUND:
            return _("Closed on %(day)s: we came and found nothing to do.") % {"day": day}
        case Outcome.NOT_ELIGIBLE:
            return _("Closed on %(day)s: this is not something we may do.") % {"day": day}
        case Outcome.DUPLICATE_OF:
            return _("Closed on %(day)s: it was reported before, and both reports are kept together.") % {"day": day}
        case Outcome.REFERRED_TO if row.referred_to:
            body = city.body(row.referred_to)
            told = {"day": day, "body": body.name, "phone": body.phone, "next": body.next}
            if body.phone:
                return _("Closed on %(day)s: this belongs to %(body)s, telephone %(phone)s. %(next)s") % told
            return _("Closed on %(day)s: this belongs to %(body)s. %(next)s") % told
        case Outcome.REFERRED_TO:
            return _("Closed on %(day)s: it was handed to somebody outside the city.") % {"day": day}
        case _:
            return _("Closed on %(day)s. The other system did not say what was done.") % {"day": day}


def day_of(at: datetime | None) -> str:
    """Return a day in the reader's calendar and the city's zone."""
    return formats.date_format(timezone.localtime(at), "DATE_FORMAT") if at else ""


def promise(row: Any, now: datetime) -> dict[str, Any] | None:
    """Return the expected range and the target in days from asking, for the bar and its words."""
    if row.status in ENDED or not (row.expected_to or row.target_at):
        return None
    asked = row.requested_at

    def days(at: datetime | None) -> int | None:
        return max(0, round((at - asked).total_seconds() / 86_400)) if at else None

    return {
        "low": days(row.expected_from),
        "high": days(row.expected_to),
        "goal": days(row.target_at),
        "today": days(now),
        "goal_day": day_of(row.target_at),
        "from_day": day_of(row.expected_from),
        "to_day": day_of(row.expected_to),
        "past": row.expected_to is not None and now > row.expected_to,
    }


def line(city: City, entry: Entry) -> Line:
    """Return one event in words."""
    who = city.agency(entry.actor_agency).name if entry.actor_agency else ""
    by = {"reporter": "resident", "follower": "resident", "staff": "city"}.get(entry.actor_kind, "system")
    return Line(entry, _words(city, entry), by, who)


def _words(city: City, entry: Entry) -> str:
    changes, facts = entry.changes, entry.facts
    match entry.kind:
        case Kind.SUBMITTED | Kind.IMPORTED:
            return _("Reported")
        case Kind.ACCEPTED:
            return _("Taken in hand")
        case Kind.ASSIGNED:
            return _("Given to a member of staff")
        case Kind.SCHEDULED:
            start = datetime.fromisoformat(changes["scheduled_from"])
            return _("Booked for %(day)s") % {"day": day_of(start)}
        case Kind.LISTED:
            return _("Put on a waiting list: %(programme)s %(position)s") % {
                "programme": city.programme_name(str(facts.get("programme", ""))),
                "position": facts.get("position") or "",
            }
        case Kind.INSPECTED:
            return {
                "confirmed": _("Somebody went to look and found it"),
                "not_found": _("Somebody went to look and did not find it"),
                "no_access": _("Somebody went to look and could not get there"),
            }[facts.get("finding", "confirmed")]
        case Kind.SERVICE_CHANGED:
            return _("Now handled as “%(service)s”") % {
                "service": city.text(city.service(changes["service_code"]).name)
            }
        case Kind.TRANSFERRED:
            return _("Passed to %(agency)s") % {"agency": city.agency(changes["agency"]).name}
        case Kind.PRIORITISED:
            return _("Priority changed")
        case Kind.PROMISE_MOVED:
            return _("The expected date moved")
        case Kind.PAUSED:
            return _("The city's clock stands still until %(day)s at the latest: %(why)s") % {
                "day": day_of(datetime.fromisoformat(changes["paused_until"])),
                "why": pause_words(city, str(facts.get("reason", ""))),
            }
        case Kind.RESUMED:
            return _("The city's clock goes on")
        case Kind.JOINED:
            return _("Joined to %(number)s: the same thing was reported more than once") % {
                "number": facts.get("with", "")
            }
        case Kind.LEFT:
            return _("Separated from the other reports again")
        case Kind.CLOSED:
            return _("Closed: %(outcome)s") % {"outcome": OUTCOMES.get(changes.get("outcome", ""), "")}
        case Kind.REOPENED:
            return _("Not fixed: open again") if facts.get("not_fixed") else _("Open again")
        case _:
            return _PLAIN[entry.kind]()


_PLAIN = {
    Kind.PLACE_CORRECTED: lambda: _("The place was corrected"),
    Kind.QUESTION_ASKED: lambda: _("A question for you"),
    Kind.ANSWERED: lambda: _("Answered"),
    Kind.COMMENTED: lambda: _("Comment"),
    Kind.REPLIED: lambda: _("Message"),
    Kind.NOTED: lambda: _("Private note"),
    Kind.PHOTO_ADDED: lambda: _("Photo added"),
    Kind.PHOTO_COVERED: lambda: _("Parts of a photo covered"),
    Kind.PHOTO_SHOWN: lambda: _("Photo let through to the public, or taken back"),
    Kind.FOLLOWED: lambda: _("Somebody follows this"),
    Kind.UNFOLLOWED: lambda: _("Somebody stopped following"),
    Kind.WITHDRAWN: lambda: _("Taken back"),
    Kind.RATED: lambda: _("Rated"),
    Kind.CORRECTED: lambda: _("Details corrected"),
    Kind.REPORTED_AGAIN: lambda: _("Taken for something come back that was closed before"),
    Kind.TOLD_APART: lambda: _("Found not to be the same as another report"),
}


def how_long(seconds: int | None) -> str:
    """Return a length of time in the largest unit that says enough."""
    if seconds is None:
        return ""
    days = seconds / 86_400
    if days < 1:
        hours = max(1, round(seconds / 3600))
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    whole = round(days)
    return ngettext("%(n)d day", "%(n)d days", whole) % {"n": whole}
