"""The region of one request: the same on its own page and beside the queue."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from ombud.conversation import commands as conversation
from ombud.conversation import queries as prepared
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.service_requests import secret_link
from ombud.web.desk import acts, forms, phrases
from ombud.web.desk.detail import detail, reader_of
from ombud.web.desk.likeness_card import card
from ombud.web.middleware import CityRequest
from ombud.web.saying import said


def region(request: CityRequest, row: Any, *, now: datetime) -> dict[str, Any]:
    """Return everything the region shows."""
    shown = detail(request, row, now=now)
    menu = acts.offered(
        row,
        shown["may"],
        shown["moves"],
        in_incident=row.incident_id is not None,
        has_programmes=bool(shown["agency"].programmes),
    )
    # Where to come back to; a page that answered a POST cannot be asked for again.
    again = request.method in ("GET", "HEAD")
    own_page = reverse("desk_request", args=[row.number])
    return {
        **shown,
        **card(request.city, row, now=now),
        "menu": menu,
        "here_path": request.get_full_path() if again else own_page,
        "here_page": request.path if again else own_page,
        **composers(request, row),
    }


def composers(request: CityRequest, row: Any) -> dict[str, Any]:
    """Return the reply and the note beside a request; a prepared text may be filled in already."""
    reply, trouble = {"seen": row.version, "text": ""}, ""
    if code := request.GET.get("template", "")[:40]:
        try:
            reply["text"] = fill(request, row, code)
        except OmbudError as refused:
            trouble = said(refused)
    return {
        "reply_form": forms.ReplyForm(initial=reply, auto_id="reply_%s"),
        "note_form": forms.NoteForm(initial={"seen": row.version}, auto_id="note_%s"),
        "template_trouble": trouble,
        "template_chosen": request.GET.get("template", ""),
    }


def fill(request: CityRequest, row: Any, code: str) -> str:
    """Return a prepared text with its fields filled, in the language of who will read it. Raises BadInput."""
    city = request.city
    template = prepared.template(city.id, code)
    if template is None or not template.active:
        raise NotFound(N_("There is no such prepared text."))
    reader = reader_of(city, row)
    service = city.services.get(row.service_code)
    address = request.build_absolute_uri(reverse("home")).rstrip("/") + secret_link.path(city.id, row.number)
    return conversation.fill_template(
        template,
        language=reader.language,
        fields={
            "name": reader.called if reader.name else "",
            "number": row.number,
            "service": city.text(service.name) if service else "",
            "agency": city.agency(row.agency).name,
            "place": row.address,
            "city": city.name,
            "link": address,
            "phone": city.contact_phone,
            "booked": phrases.time_window(row.scheduled_from, row.scheduled_to),
            "expected": phrases.day(row.expected_to),
            "target": phrases.day(row.target_at),
        },
    )
