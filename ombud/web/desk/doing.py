"""
What each act of staff on one request does: the one command it calls with what its form told.

Each returns what to say afterwards.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.numbers import read_number
from ombud.service_requests.commands import act, closing, incidents, pauses, together
from ombud.service_requests.commands.act import On
from ombud.web.desk import correcting, forms
from ombud.web.desk.detail import colleagues


def accept(on: On, form: Any, city: City, row: Any) -> str:
    """Take it on."""
    act.accept(on)
    return _("You have taken it on.")


def assign(on: On, form: forms.AssignForm, city: City, row: Any) -> str:
    """Give it to somebody, or to nobody."""
    chosen = form.cleaned_data["assignee"]
    act.assign(on, assignee_id=int(chosen) if chosen else None, unit=form.cleaned_data["unit"])
    if not chosen:
        return _("Nobody is named for it now.")
    return _("Given to %(name)s.") % {"name": dict(colleagues(city, row.agency)).get(int(chosen), "")}


def take(on: On, form: Any, city: City, row: Any) -> str:
    """Give it to whoever asks."""
    act.assign(on, assignee_id=on.actor.account_id)
    return _("It is yours.")


def schedule(on: On, form: forms.ScheduleForm, city: City, row: Any) -> str:
    """Book a time."""
    start, end = form.window()
    try:
        act.schedule(on, start=start, end=end)
    except BadInput as refused:
        raise BadInput(refused.msgid, field="ends", **refused.params) from refused
    return _("Booked. The resident is told.")


def inspect(on: On, form: Any, city: City, row: Any) -> str:
    """Write down what was found."""
    act.inspect(on, **form.told())
    return _("The finding is kept.")


def prioritise(on: On, form: Any, city: City, row: Any) -> str:
    """Change the priority."""
    act.prioritise(on, **form.told())
    return _("The priority is changed.")


def change_service(on: On, form: Any, city: City, row: Any) -> str:
    """Change the service."""
    act.change_service(on, code=form.cleaned_data["service"], text=form.cleaned_data["text"])
    return _("The service is changed. What it was stays in the story.")


def transfer(on: On, form: Any, city: City, row: Any) -> str:
    """Hand it to another agency."""
    act.transfer(on, **form.told())
    agency = city.agency(form.cleaned_data["agency"]).name
    return _("It is with %(agency)s now. The clock goes on.") % {"agency": agency}


def send_back(on: On, form: Any, city: City, row: Any) -> str:
    """Send it to the triage queue."""
    act.send_back(on, **form.told())
    return _("It is in the triage queue now. The clock goes on.")


def correct_place(on: On, form: Any, city: City, row: Any) -> str:
    """Correct the place."""
    told = form.cleaned_data
    place = correcting.place_of(city, row, address=told["address"], point=told["point"])
    act.correct_place(on, place=place, text=told["text"])
    return _("The place is corrected. Where it was before stays in the story.")


def put_on_list(on: On, form: Any, city: City, row: Any) -> str:
    """Put it on a waiting list."""
    act.put_on_list(on, **form.told())
    return _("It is on the list. It stays open until it is done.")


def pause(on: On, form: forms.PauseForm, city: City, row: Any) -> str:
    """Let the clock stand still."""
    pauses.pause(on, reason=form.cleaned_data["reason"], until=form.end(), text=form.cleaned_data["text"])
    return _("The clock stands still. The resident is told why.")


def resume(on: On, form: Any, city: City, row: Any) -> str:
    """Let the clock go on."""
    pauses.resume(on)
    return _("The clock goes on.")


def _number(city: City, typed: str) -> str:
    return read_number(typed, prefix=city.number_prefix) or typed.strip()


def merge(on: On, form: Any, city: City, row: Any) -> str:
    """Join it with another report."""
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


def split(on: On, form: Any, city: City, row: Any) -> str:
    """Take it out of its incident."""
    incidents.split(
        jurisdiction_id=on.jurisdiction_id, request_id=on.request_id, actor=on.actor, at=on.at, seen=on.seen
    )
    return _("It stands by itself again.")


def close(on: On, form: forms.CloseForm, city: City, row: Any) -> str:
    """Close it, or all reports of its incident."""
    told = form.told()
    whole = told.pop("whole_incident") == "yes"
    told["duplicate_of"] = _number(city, told["duplicate_of"]) if told["outcome"] == "duplicate_of" else ""
    told["referred_to"] = told["referred_to"] if told["outcome"] == "referred_to" else ""
    told["photo"] = next(iter(form.held.photos), None)
    told["language"] = _language(city, row)
    if whole and told["outcome"] != "duplicate_of":
        told.pop("duplicate_of")
        n = len(closing.close_incident(on, **told))
        return ngettext(
            "Closed. The resident is told.", "%(n)d reports are closed. Everybody is told of their own.", n
        ) % {"n": n}
    if told["outcome"] == "duplicate_of" and not told["duplicate_of"]:
        raise BadInput(N_("Name the request it repeats."), field="duplicate_of")
    closing.close(on, **told)
    return _("Closed. The resident is told.")


def reopen(on: On, form: Any, city: City, row: Any) -> str:
    """Open it again."""
    act.reopen(on, **form.told())
    return _("It is open again.")


def note(on: On, form: Any, city: City, row: Any) -> str:
    """Keep a private note."""
    act.note(on, **form.told())
    return _("The note is kept. Only staff can read it.")


def reply(on: On, form: Any, city: City, row: Any) -> str:
    """Write to the resident."""
    act.reply(on, language=_language(city, row), **form.told())
    return _("Sent. The resident has it in a minute.")


def reply_to_all(on: On, form: Any, city: City, row: Any) -> str:
    """Write to everybody who reported it."""
    n = len(together.reply_to_all(on, language=city.default_language, **form.told()))
    return ngettext("Sent to whoever made %(n)d report.", "Sent to whoever made these %(n)d reports.", n) % {"n": n}


def _language(city: City, row: Any) -> str:
    form = getattr(row, "form", None)
    return str(form.language) if form else city.default_language
