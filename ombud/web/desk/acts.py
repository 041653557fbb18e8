"""
What staff can do to one request: each act with its form, its words and the one command it calls.

Adding an act is adding a row to `ACTS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ombud.catalog.queries import City
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.numbers import read_number
from ombud.people.rules.permissions import Verb
from ombud.service_requests.commands import act, incidents, pauses, together
from ombud.service_requests.commands.act import On
from ombud.web.desk import choices, correcting, forms
from ombud.web.desk.detail import colleagues

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


def _accept(on: On, form: Any, city: City, row: Any) -> str:
    act.accept(on)
    return _("You have taken it on.")


def _assign(on: On, form: forms.AssignForm, city: City, row: Any) -> str:
    chosen = form.cleaned_data["assignee"]
    act.assign(on, assignee_id=int(chosen) if chosen else None, unit=form.cleaned_data["unit"])
    if not chosen:
        return _("Nobody is named for it now.")
    return _("Given to %(name)s.") % {"name": dict(colleagues(city, row.agency)).get(int(chosen), "")}


def _take(on: On, form: Any, city: City, row: Any) -> str:
    act.assign(on, assignee_id=on.actor.account_id)
    return _("It is yours.")


def _schedule(on: On, form: forms.ScheduleForm, city: City, row: Any) -> str:
    start, end = form.window()
    try:
        act.schedule(on, start=start, end=end)
    except BadInput as refused:
        raise BadInput(refused.msgid, field="ends", **refused.params) from refused
    return _("Booked. The resident is told.")


def _inspect(on: On, form: Any, city: City, row: Any) -> str:
    act.inspect(on, **form.told())
    return _("The finding is kept.")


def _prioritise(on: On, form: Any, city: City, row: Any) -> str:
    act.prioritise(on, **form.told())
    return _("The priority is changed.")


def _change_service(on: On, form: Any, city: City, row: Any) -> str:
    act.change_service(on, code=form.cleaned_data["service"], text=form.cleaned_data["text"])
    return _("The service is changed. What it was stays in the story.")


def _transfer(on: On, form: Any, city: City, row: Any) -> str:
    act.transfer(on, **form.told())
    agency = city.agency(form.cleaned_data["agency"]).name
    return _("It is with %(agency)s now. The clock goes on.") % {"agency": agency}


def _send_back(on: On, form: Any, city: City, row: Any) -> str:
    act.send_back(on, **form.told())
    return _("It is in the triage queue now. The clock goes on.")


def _correct_place(on: On, form: Any, city: City, row: Any) -> str:
    told = form.cleaned_data
    place = correcting.place_of(city, row, address=told["address"], point=told["point"])
    act.correct_place(on, place=place, text=told["text"])
    return _("The place is corrected. Where it was before stays in the story.")


def _list(on: On, form: Any, city: City, row: Any) -> str:
    act.put_on_list(on, **form.told())
    return _("It is on the list. It stays open until it is done.")


def _pause(on: On, form: forms.PauseForm, city: City, row: Any) -> str:
    pauses.pause(on, reason=form.cleaned_data["reason"], until=form.end(), text=form.cleaned_data["text"])
    return _("The clock stands still. The resident is told why.")


def _resume(on: On, form: Any, city: City, row: Any) -> str:
    pauses.resume(on)
    return _("The clock goes on.")


def _number(city: City, typed: str) -> str:
    return read_number(typed, prefix=city.number_prefix) or typed.strip()


def _merge(on: On, form: Any, city: City, row: Any) -> str:
    number = _number(city, form.cleaned_data["number"])
    try:
        incidents.merge(
            jurisdiction_id=on.jurisdiction_id,
            request_id=on.request_id,
            with_number=number,
            actor=on.actor,
            at=on.at,
            seen=on.seen,
        )
    except BadInput as refused:
        raise BadInput(refused.msgid, field="number", **refused.params) from refused
    return _("Joined with %(number)s. Both reporters hear how it ends.") % {"number": number}


def _split(on: On, form: Any, city: City, row: Any) -> str:
    incidents.split(
        jurisdiction_id=on.jurisdiction_id, request_id=on.request_id, actor=on.actor, at=on.at, seen=on.seen
    )
    return _("It stands by itself again.")


def _close(on: On, form: forms.CloseForm, city: City, row: Any) -> str:
    told = form.told()
    whole = told.pop("whole_incident") == "yes"
    told["duplicate_of"] = _number(city, told["duplicate_of"]) if told["outcome"] == "duplicate_of" else ""
    told["referred_to"] = told["referred_to"] if told["outcome"] == "referred_to" else ""
    told["photo"] = next(iter(form.held.photos), None)
    told["language"] = _language(city, row)
    if whole and told["outcome"] != "duplicate_of":
        told.pop("duplicate_of")
        n = len(act.close_incident(on, **told))
        return ngettext(
            "Closed. The resident is told.", "%(n)d reports are closed. Everybody is told of their own.", n
        ) % {"n": n}
    if told["outcome"] == "duplicate_of" and not told["duplicate_of"]:
        raise BadInput(N_("Name the request it repeats."), field="duplicate_of")
    act.close(on, **told)
    return _("Closed. The resident is told.")


def _reopen(on: On, form: Any, city: City, row: Any) -> str:
    act.reopen(on, **form.told())
    return _("It is open again.")


def _note(on: On, form: Any, city: City, row: Any) -> str:
    act.note(on, **form.told())
    return _("The note is kept. Only staff can read it.")


def _reply(on: On, form: Any, city: City, row: Any) -> str:
    act.reply(on, language=_language(city, row), **form.told())
    return _("Sent. The resident has it in a minute.")


def _reply_to_all(on: On, form: Any, city: City, row: Any) -> str:
    n = len(together.reply_to_all(on, language=city.default_language, **form.told()))
    return ngettext("Sent to whoever made %(n)d report.", "Sent to whoever made these %(n)d reports.", n) % {"n": n}


def _language(city: City, row: Any) -> str:
    form = getattr(row, "form", None)
    return str(form.language) if form else city.default_language


ACTS: dict[str, Act] = {
    a.name: a
    for a in (
        Act("accept", gettext_lazy("Take it on"), gettext_lazy("Take it on"), Verb.WORK, _accept),
        Act("take", gettext_lazy("Assign to me"), gettext_lazy("Assign to me"), Verb.WORK, _take, icon="user"),
        Act(
            "assign",
            gettext_lazy("Assign"),
            gettext_lazy("Assign"),
            Verb.WORK,
            _assign,
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
            _schedule,
            forms.ScheduleForm,
            about=gettext_lazy("The resident is told the day and the time. Booking again moves it."),
            icon="calendar",
        ),
        Act(
            "inspect",
            gettext_lazy("Write down an inspection"),
            gettext_lazy("Keep the finding"),
            Verb.WORK,
            _inspect,
            forms.InspectForm,
            about=gettext_lazy("Somebody went to look. What they found does not close it."),
            icon="search",
        ),
        Act(
            "priority",
            gettext_lazy("Change the priority"),
            gettext_lazy("Change the priority"),
            Verb.ROUTE,
            _prioritise,
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
            _change_service,
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
            _transfer,
            forms.TransferForm,
            choices.agency,
            icon="arrow-right",
        ),
        Act(
            "wrong",
            gettext_lazy("Send it back as wrong"),
            gettext_lazy("Send it back"),
            Verb.ROUTE,
            _send_back,
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
            _correct_place,
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
            _list,
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
            _pause,
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
            _resume,
            icon="clock",
        ),
        Act(
            "merge",
            gettext_lazy("Join with another report"),
            gettext_lazy("Join them"),
            Verb.ROUTE,
            _merge,
            forms.MergeForm,
            about=gettext_lazy("Two reports of one thing. Both stay whole, and both people hear the end."),
            icon="merge",
        ),
        Act(
            "split",
            gettext_lazy("Take it out of the incident"),
            gettext_lazy("Take it out"),
            Verb.ROUTE,
            _split,
            about=gettext_lazy("It is about something else and goes on by itself."),
            icon="split",
        ),
        Act(
            "close",
            gettext_lazy("Close"),
            gettext_lazy("Close and tell the resident"),
            Verb.WORK,
            _close,
            forms.CloseForm,
            choices.close,
            about=gettext_lazy("Closed is not fixed: say what really came of it."),
        ),
        Act(
            "reopen",
            gettext_lazy("Open it again"),
            gettext_lazy("Open it again"),
            Verb.WORK,
            _reopen,
            forms.ReopenForm,
            icon="undo-2",
        ),
        Act(
            "note",
            gettext_lazy("Private note"),
            gettext_lazy("Keep note"),
            Verb.NOTE,
            _note,
            forms.NoteForm,
            kind="quiet",
            icon="lock",
        ),
        Act(
            "reply",
            gettext_lazy("Write to the resident"),
            gettext_lazy("Send"),
            Verb.REPLY,
            _reply,
            forms.ReplyForm,
            icon="send",
        ),
        Act(
            "reply-to-all",
            gettext_lazy("Write to everybody who reported it"),
            gettext_lazy("Look at it once more"),
            Verb.REPLY,
            _reply_to_all,
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
