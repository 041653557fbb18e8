"""One thing done to many requests: looked at before, each done by itself, each told by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.service_requests import listing
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import act, closing
from ombud.service_requests.commands.act import On
from ombud.service_requests.rules.lifecycle import ENDED, Outcome
from ombud.web.desk import filters, rows
from ombud.web.desk.choices import assign as assigning
from ombud.web.desk.choices import bodies, outcomes
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.forms import BulkForm
from ombud.web.desk.queue import rail
from ombud.web.desk.saved import queue_at
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on, said

AT_MOST = 200
TOLD = ("agency", "assignee", "unit", "outcome", "referred_to", "text", "whole_incident")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done to many at once."""

    title: Promise | str
    button: Promise | str
    icon: str
    fields: tuple[str, ...]
    needs: tuple[str, ...]
    do: Callable[[On, Any, dict[str, str]], object]
    text_label: Promise | str = ""
    text_help: Promise | str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one request of the many."""

    number: str
    service: str
    done: bool
    words: str


def _accept(on: On, row: Any, told: dict[str, str]) -> None:
    act.accept(on)
    _write(on, row, told)


def _take(on: On, row: Any, told: dict[str, str]) -> None:
    act.assign(on, assignee_id=on.actor.account_id)
    _write(on, row, told)


def _assign(on: On, row: Any, told: dict[str, str]) -> None:
    act.assign(on, assignee_id=int(told["assignee"]) if told["assignee"] else None, unit=told["unit"] or None)
    _write(on, row, told)


def _transfer(on: On, row: Any, told: dict[str, str]) -> None:
    act.transfer(on, agency=told["agency"], text=told["text"])


def _close(on: On, row: Any, told: dict[str, str]) -> None:
    if told.get("whole_incident") and row.incident_id is not None:
        _close_all_of_it(on, row, told)
        return
    closing.close(
        on,
        outcome=told["outcome"],
        text=told["text"],
        referred_to=told["referred_to"] if told["outcome"] == Outcome.REFERRED_TO else "",
        language=row.form.language,
    )


def _close_all_of_it(on: On, row: Any, told: dict[str, str]) -> None:
    if row.status in ENDED:  # with another of the chosen, a moment ago
        return
    closing.close_incident(
        on,
        outcome=told["outcome"],
        text=told["text"],
        referred_to=told["referred_to"] if told["outcome"] == Outcome.REFERRED_TO else "",
        language=row.form.language,
    )


def _reply(on: On, row: Any, told: dict[str, str]) -> None:
    act.reply(on, text=told["text"], language=row.form.language)


def _write(on: On, row: Any, told: dict[str, str]) -> None:
    if told["text"]:
        act.reply(On(on.jurisdiction_id, on.request_id, on.actor, on.at), text=told["text"], language=row.form.language)


_OPTIONAL = gettext_lazy("If you write one, each resident gets it.")
DEEDS: dict[str, Deed] = {
    "accept": Deed(
        gettext_lazy("Take on"), gettext_lazy("Take them on"), "check", ("text",), (), _accept, text_help=_OPTIONAL
    ),
    "take": Deed(
        gettext_lazy("Assign to me"),
        gettext_lazy("Assign them to me"),
        "user",
        ("text",),
        (),
        _take,
        text_help=_OPTIONAL,
    ),
    "assign": Deed(
        gettext_lazy("Assign"),
        gettext_lazy("Assign them"),
        "users",
        ("assignee", "unit", "text"),
        (),
        _assign,
        text_help=_OPTIONAL,
    ),
    "transfer": Deed(
        gettext_lazy("Hand over"),
        gettext_lazy("Hand them over"),
        "arrow-right",
        ("agency", "text"),
        ("agency", "text"),
        _transfer,
        gettext_lazy("Why they go to another agency"),
    ),
    "close": Deed(
        gettext_lazy("Close"),
        gettext_lazy("Close them and tell the residents"),
        "square-check",
        ("outcome", "referred_to", "text", "whole_incident"),
        ("outcome", "text"),
        _close,
        gettext_lazy("What we tell the residents"),
        gettext_lazy("One or two plain sentences that are true of each of them."),
    ),
    "reply": Deed(gettext_lazy("Write"), gettext_lazy("Send to the residents"), "send", ("text",), ("text",), _reply),
}


@require_POST
@staff_page()
def bulk(request: CityRequest) -> HttpResponse:
    """Show what was chosen and what is about to be done; then do it and tell each."""
    back = queue_at(request.POST.get("address", "")[:1000])
    now = clock.now()
    chosen, next_after = chosen_of(request, now)
    deed = DEEDS.get(request.POST.get("do", ""))
    if deed is None or not chosen:
        messages.error(request, _("Choose some requests first, then what to do with them."))
        return redirect(back)
    known = {row.pk: row for row in listing.by_ids(request.city.id, list(chosen))}
    found = {pk: known[pk] for pk in chosen if pk in known}
    choices = choices_of(request.city, list(found.values()))
    looked = request.POST.get("looked") == "yes"
    shared = any(row.incident_id is not None for row in found.values())
    fields = tuple(name for name in deed.fields if shared or name != "whole_incident")
    form = BulkForm(request.POST if looked else None, choices=choices, fields=fields, initial=request.POST.dict())
    form.fields["text"].label, form.fields["text"].help_text = (
        str(deed.text_label or _("Message to the residents")),
        str(deed.text_help),
    )
    form.fields["text"].required = "text" in deed.needs
    results: list[Told] = []
    if looked and form.is_valid():
        if problem := wanting(deed, form):
            put_on(form, problem)
        else:
            told = {name: str(form.cleaned_data.get(name) or "") for name in TOLD}
            mine = [(row, chosen[pk]) for pk, row in found.items()]
            results = [do_one(request, deed, row, seen, told, now) for row, seen in mine]
    context = {
        **rail(request, None, now=now),
        "deed": deed,
        "do": request.POST["do"],
        "form": form,
        "rows": [rows.row_of(request.city, row, now=now) for row in found.values()],
        "chosen_values": [f"{pk}:{chosen[pk]}" for pk in found],
        "results": sorted(results, key=lambda told: told.done),
        "done": sum(told.done for told in results),
        "back": back,
        "after": next_after,
        "told": [(name, request.POST.get(name, "")) for name in TOLD],
        "address": request.POST.get("address", "")[:1000],
    }
    return render(request, "desk/bulk.html", context, status=422 if form.errors else 200)


def chosen_of(request: CityRequest, now: datetime) -> tuple[dict[int, int], str]:
    """
    Return what was chosen, each with the version that was seen, and where the rest begins.

    Everything that the list fits may be chosen at once; it is then done in turns of `AT_MOST`.
    """
    if request.POST.get("all") != "yes":
        return read_chosen(request.POST.getlist("chosen")), request.POST.get("after", "")[:60]
    address = dict(parse_qsl(request.POST.get("address", "")[:1000], keep_blank_values=True))
    listed = filters.read(address, city=request.city, own_agency=request.actor.agency)
    found = listing.page(
        request.city.id,
        listed.filter(own_account(request)),
        now=now,
        after=request.POST.get("after", "")[:60],
        size=AT_MOST,
        for_staff=True,
    )
    return {row.pk: row.version for row in found.rows}, found.next_after


def read_chosen(values: list[str]) -> dict[int, int]:
    """Return the version that was seen of each chosen request, by id; what is no such pair is left out."""
    pairs = (value.split(":") for value in values[:AT_MOST])
    return {
        int(pair[0]): int(pair[1])
        for pair in pairs
        if len(pair) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 18 for part in pair)
    }


def choices_of(city: City, found: list[Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the choices that fit all of the chosen: only outcomes that each of their services allows."""
    allowed: list[Outcome] = []
    for row in found:
        service = city.services.get(row.service_code)
        mine = requests.allowed_outcomes(service.outcomes if service else [])
        allowed = [o for o in allowed if o in mine] if allowed else mine
    offered = [o.value for o in allowed if o is not Outcome.DUPLICATE_OF]
    one_agency = len({row.agency for row in found}) == 1
    return {
        **(assigning(city, found[0]) if one_agency else {"assignee": [("", _("Nobody"))], "unit": [("", _("None"))]}),
        "agency": [("", _("Choose an agency")), *((a.code, a.name) for a in city.agencies())],
        "outcome": outcomes(city, offered) if offered else [],
        "referred_to": bodies(city),
    }


def wanting(deed: Deed, form: BulkForm) -> OmbudError | None:
    """Return what is missing of what the deed needs, in one sentence."""
    if "agency" in deed.needs and not form.cleaned_data["agency"]:
        return BadInput(N_("Choose an agency of the city."), field="agency")
    if "outcome" in deed.needs and not form.cleaned_data["outcome"]:
        return BadInput(N_("Choose what the outcome was."), field="outcome")
    if form.cleaned_data.get("outcome") == Outcome.REFERRED_TO and not form.cleaned_data["referred_to"]:
        return BadInput(N_("Say to whom it was handed over."), field="referred_to")
    return None


def do_one(request: CityRequest, deed: Deed, row: Any, seen: int, told: dict[str, str], now: datetime) -> Told:
    """Do it to one request, and say what came of it."""
    whole = requests.by_id(request.city.id, row.pk)
    service = request.city.services.get(row.service_code)
    name = request.city.text(service.name) if service else row.service_code
    try:
        with transaction.atomic():
            deed.do(On(request.city.id, row.pk, request.actor, now, seen), whole, told)
    except OmbudError as refused:
        return Told(row.number, name, done=False, words=said(refused))
    return Told(row.number, name, done=True, words=_("done"))
