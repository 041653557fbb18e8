"""
What staff can do to one request: each act with its form and its words; what it does is in `doing`.

Adding an act is adding a row to `ACTS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ombud.catalog.city import City
from ombud.people.rules.permissions import Verb
from ombud.service_requests.commands.act import On
from ombud.web.desk import choices, doing, forms

Words = str | Promise
Choices = choices.Choices


@dataclass(frozen=True)
class Act:
    """One act: who may, on what state, with which form, and what it does. `do` returns what to say after."""

    name: str
    title: Words
    button: Words
    verb: Verb
    do: Callable[[On, Any, City, Any], str]
    form: type[forms.ActionForm] = forms.JustDo
    choices: Callable[[City, Any], Choices] = field(default=lambda city, row: {})
    begin: Callable[[Any], dict[str, Any]] = field(default=lambda row: {})
    about: Words = ""
    icon: str = "check"
    kind: str = "primary"
    key: str = ""


ACTS: dict[str, Act] = {
    a.name: a
    for a in (
        Act("accept", gettext_lazy("Take it on"), gettext_lazy("Take it on"), Verb.WORK, doing.accept),
        Act("take", gettext_lazy("Assign to me"), gettext_lazy("Assign to me"), Verb.WORK, doing.take, icon="user"),
        Act(
            "assign",
            gettext_lazy("Assign"),
            gettext_lazy("Assign"),
            Verb.WORK,
            doing.assign,
            forms.AssignForm,
            choices.assign,
            lambda row: {"assignee": str(row.assignee_id or ""), "unit": row.unit},
            icon="user",
        ),
        Act(
            "schedule",
            gettext_lazy("Book a time"),
            gettext_lazy("Book it"),
            Verb.WORK,
            doing.schedule,
            forms.ScheduleForm,
            about=gettext_lazy("The resident is told the day and the time. Booking again moves it."),
            icon="calendar",
        ),
        Act(
            "inspect",
            gettext_lazy("Write down an inspection"),
            gettext_lazy("Keep the finding"),
            Verb.WORK,
            doing.inspect,
            forms.InspectForm,
            about=gettext_lazy("Somebody went to look. What they found does not close it."),
            icon="search",
        ),
        Act(
            "priority",
            gettext_lazy("Change the priority"),
            gettext_lazy("Change the priority"),
            Verb.ROUTE,
            doing.prioritise,
            forms.PriorityForm,
            choices.priority,
            lambda row: {"priority": row.priority},
            icon="flag",
        ),
        Act(
            "service",
            gettext_lazy("Change the service"),
            gettext_lazy("Change the service"),
            Verb.ROUTE,
            doing.change_service,
            forms.ServiceForm,
            choices.service,
            about=gettext_lazy(
                "The story keeps what it was. The target is counted anew from the day it was asked; "
                "if another agency does this service, it moves there."
            ),
            icon="tag",
        ),
        Act(
            "transfer",
            gettext_lazy("Hand it to another agency"),
            gettext_lazy("Hand it over"),
            Verb.ROUTE,
            doing.transfer,
            forms.TransferForm,
            choices.agency,
            icon="arrow-right",
        ),
        Act(
            "wrong",
            gettext_lazy("Send it back as wrong"),
            gettext_lazy("Send it back"),
            Verb.ROUTE,
            doing.send_back,
            forms.SendBackForm,
            choices.sent_back,
            about=gettext_lazy("It came to the wrong place. Dispatchers send it on; you need not know to whom."),
            icon="undo-2",
            key="w",
        ),
        Act(
            "place",
            gettext_lazy("Correct the place"),
            gettext_lazy("Correct the place"),
            Verb.ROUTE,
            doing.correct_place,
            forms.CorrectPlaceForm,
            begin=lambda row: {"address": row.address},
            about=gettext_lazy(
                "If another agency or unit works there, it moves to them. The clock goes on from the day it was asked."
            ),
            icon="map-pin",
        ),
        Act(
            "list",
            gettext_lazy("Put it on a waiting list"),
            gettext_lazy("Put it on the list"),
            Verb.WORK,
            doing.put_on_list,
            forms.ListForm,
            choices.programme,
            about=gettext_lazy("A place on a list is not the end: the request stays open."),
            icon="list",
        ),
        Act(
            "pause",
            gettext_lazy("Let the clock stand still"),
            gettext_lazy("Let it stand still"),
            Verb.WORK,
            doing.pause,
            forms.PauseForm,
            choices.pause,
            about=gettext_lazy(
                "Only while the city waits for somebody else, and not for long. The resident's own clock goes on, and"
                " both are shown. What is late already cannot be paused."
            ),
            icon="hand",
        ),
        Act(
            "resume",
            gettext_lazy("Let the clock go on"),
            gettext_lazy("Let it go on"),
            Verb.WORK,
            doing.resume,
            icon="clock",
        ),
        Act(
            "merge",
            gettext_lazy("Join with another report"),
            gettext_lazy("Join them"),
            Verb.ROUTE,
            doing.merge,
            forms.MergeForm,
            about=gettext_lazy("Two reports of one thing. Both stay whole, and both people hear the end."),
            icon="merge",
        ),
        Act(
            "split",
            gettext_lazy("Take it out of the incident"),
            gettext_lazy("Take it out"),
            Verb.ROUTE,
            doing.split,
            about=gettext_lazy("It is about something else and goes on by itself."),
            icon="split",
        ),
        Act(
            "close",
            gettext_lazy("Close"),
            gettext_lazy("Close and tell the resident"),
            Verb.WORK,
            doing.close,
            forms.CloseForm,
            choices.close,
            about=gettext_lazy("Closed is not fixed: say what really came of it."),
        ),
        Act(
            "reopen",
            gettext_lazy("Open it again"),
            gettext_lazy("Open it again"),
            Verb.WORK,
            doing.reopen,
            forms.ReopenForm,
            icon="undo-2",
        ),
        Act(
            "note",
            gettext_lazy("Private note"),
            gettext_lazy("Keep note"),
            Verb.NOTE,
            doing.note,
            forms.NoteForm,
            kind="quiet",
            icon="lock",
        ),
        Act(
            "reply",
            gettext_lazy("Write to the resident"),
            gettext_lazy("Send"),
            Verb.REPLY,
            doing.reply,
            forms.ReplyForm,
            icon="send",
        ),
        Act(
            "reply-to-all",
            gettext_lazy("Write to everybody who reported it"),
            gettext_lazy("Look at it once more"),
            Verb.REPLY,
            doing.reply_to_all,
            forms.ReplyToAllForm,
            about=gettext_lazy(
                "One message for all reports of this thing. Each gets it about their own report; "
                "nobody learns of another."
            ),
            icon="send",
        ),
    )
}


def offered(row: Any, may: dict[str, bool], moves: set[str], *, in_incident: bool, has_programmes: bool) -> list[Act]:
    """Return the acts of the menu that make sense on a request as it stands, for who may do them."""
    is_open = row.closed_at is None
    fits = {
        "assign": is_open,
        "schedule": is_open,
        "inspect": is_open,
        "priority": is_open,
        "service": is_open,
        "transfer": is_open,
        "wrong": is_open,
        "place": is_open,
        "list": "on_list" in moves and has_programmes,
        "pause": is_open and row.paused_at is None and row.target_at is not None,
        "resume": row.paused_at is not None,
        "merge": True,
        "split": in_incident,
        "reply-to-all": in_incident,
    }
    return [ACTS[name] for name, fit in fits.items() if fit and may[ACTS[name].verb.value]]
