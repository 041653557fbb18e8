"""A request's state in a sentence with the next step, and its days, as staff read them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import outcome_words, pause_words
from ombud.service_requests.rules.lifecycle import ENDED


def day(at: datetime | None) -> str:
    """Return a day in the reader's calendar: Tue 24 Nov."""
    return date_format(timezone.localtime(at), "D j M") if at else ""


def time_window(start: datetime | None, end: datetime | None) -> str:
    """Return a booked time: Tue 24 Nov, 8:00 to 12:00."""
    if start is None or end is None:
        return ""
    start, end = timezone.localtime(start), timezone.localtime(end)
    if start.date() == end.date():
        return _("%(day)s, %(from)s to %(to)s") % {
            "day": date_format(start, "D j M"),
            "from": date_format(start, "TIME_FORMAT"),
            "to": date_format(end, "TIME_FORMAT"),
        }
    return _("%(from)s to %(to)s") % {
        "from": date_format(start, "D j M, H:i"),
        "to": date_format(end, "D j M, H:i"),
    }


def sentence(city: City, row: Any, *, assignee: str, now: datetime) -> tuple[str, str]:
    """Return the state of a request as a sentence with the next step, and a smaller line under it."""
    agency = city.agency(row.agency).name
    match row.status:
        case "received":
            said = _("Nobody has looked at it yet. It is for %(agency)s to take on.") % {"agency": agency}
        case "scheduled":
            window = time_window(row.scheduled_from, row.scheduled_to)
            said = _("Booked for %(window)s with %(agency)s.") % {"window": window, "agency": agency}
        case "on_list":
            said = _("It is on a waiting list with %(agency)s. It stays open until it is done.") % {"agency": agency}
        case "closed":
            said = _closed_sentence(city, row)
        case "withdrawn":
            said = _("The resident took it back on %(day)s.") % {"day": day(row.closed_at)}
        case _ if assignee:
            said = _("%(name)s has it, for %(agency)s.") % {"name": assignee, "agency": agency}
        case _:
            said = _("%(agency)s has it. Nobody is named for it yet.") % {"agency": agency}
    extra = []
    if row.awaiting_reporter:
        extra.append(_("We asked the resident and wait for the answer."))
    if row.again_of_id and row.status not in ENDED:
        extra.append(
            _("The same was closed here before and has come back. Somebody other than who closed it takes it.")
        )
    if row.paused_at:
        extra.append(
            _("The clock stands still, %(why)s. It goes on by %(day)s at the latest.")
            % {"why": pause_words(city, row.pause_reason), "day": day(row.paused_until)}
        )
    if row.reopened and row.status not in ENDED:
        extra.append(_("It was closed before and opened again."))
    if row.target_at and row.target_at < now and row.status not in ENDED:
        extra.append(_("The target was %(day)s.") % {"day": day(row.target_at)})
    return said, " ".join(extra)


def _closed_sentence(city: City, row: Any) -> str:
    when = day(row.closed_at)
    if row.outcome == "referred_to":
        body = city.body_name(row.referred_to)
        return _("Closed on %(day)s: handed over to %(body)s.") % {"day": when, "body": body}
    return _("Closed on %(day)s: %(outcome)s.") % {"day": when, "outcome": outcome_words(row.outcome)}
