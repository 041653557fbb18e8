"""Photos at the desk: the original for staff, what of one is covered, and letting the public see it."""

import io
from dataclasses import dataclass

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotAllowed, NotFound
from ombud.opendata import queries as public_record
from ombud.opendata.photos import searching
from ombud.opendata.rules.rule_set import Photos
from ombud.people.rules.permissions import Verb
from ombud.plumbing import media
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import photos as commands
from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.rules import photo_boxes
from ombud.service_requests.rules.photo_boxes import Box, Looked, What
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

EDGES = ("left", "top", "width", "height")
# Empty rows to add areas with, where no script makes more.
SPARE = 2


@dataclass(frozen=True, slots=True)
class Row:
    """An area as fields of the form: what it covers, and its edges in percent as they were typed."""

    what: str
    left: str = ""
    top: str = ""
    width: str = ""
    height: str = ""
    sure: int | None = None


@require_safe
@staff_page()
def photo(request: CityRequest, photo_id: int, size: str) -> FileResponse:
    """
    Return a photo to staff, also one the public may not see; the original only to who may see contact data.

    `covered` is what the public would see with the areas that are kept now.
    """
    found = requests.photo(request.city.id, photo_id)
    if size == "covered":
        copies = commands.painted(found, photo_boxes.read(found.boxes))
        return FileResponse(io.BytesIO(copies.view), content_type="image/jpeg")
    keys = {"thumb": found.thumb_key, "view": found.view_key}
    if request.actor.may(Verb.VIEW_CONTACT, agency=found.request.agency):
        keys["original"] = found.original_key
    if size not in keys:
        raise NotFound(N_("There is no such photo here."))
    kind = "application/octet-stream" if size == "original" else "image/jpeg"
    return FileResponse(
        media.MediaStore(request.city.id).open(keys[size]), content_type=kind, as_attachment=size == "original"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def page(request: CityRequest, photo_id: int) -> HttpResponse:
    """Show a photo with what is covered on it and what the public would see; keep other areas."""
    found = requests.photo(request.city.id, photo_id)
    if request.method != "POST":
        return _drawn(request, found, _rows_of(found))
    try:
        commands.cover(
            jurisdiction_id=request.city.id,
            photo_id=photo_id,
            boxes=_read(request, photo_boxes.read(found.boxes)),
            actor=request.actor,
            at=clock.now(),
        )
    except BadInput as refused:
        return _drawn(request, found, _typed(request), refused=said(refused), status=422)
    messages.success(request, _("The areas are covered. This is what the public would see."))
    return redirect("desk_photo_page", photo_id)


@require_POST
@staff_page()
def show_photo(request: CityRequest, photo_id: int) -> HttpResponse:
    """Let the public see a photo as it was looked at, or not any more."""
    shown = request.POST.get("shown") == "yes"
    found = requests.photo(request.city.id, photo_id)
    if shown and public_record.photo_rule(found.request) is Photos.NEVER:
        raise NotAllowed(
            N_("Photos of this service are never shown: its place is not public, or the city's rules say so.")
        )
    try:
        commands.show(
            jurisdiction_id=request.city.id,
            photo_id=photo_id,
            shown=shown,
            actor=request.actor,
            at=clock.now(),
            saw_whole=request.POST.get("saw_whole") == "yes",
            seen=request.POST.get("seen", ""),
        )
    except BadInput as refused:
        return _drawn(request, found, _rows_of(found), refused=said(refused), status=422)
    messages.success(request, _("The public can see the photo now.") if shown else _("The photo is private again."))
    return redirect("desk_request", found.request.number)


@require_POST
@staff_page()
def search_again(request: CityRequest, photo_id: int) -> HttpResponse:
    """Have a photo searched that could not be searched when it came."""
    searching.search_again(jurisdiction_id=request.city.id, photo_id=photo_id, actor=request.actor)
    messages.success(request, _("The photo is being searched. Look again in a minute."))
    return redirect("desk_photo_page", photo_id)


def _drawn(
    request: CityRequest, found: RequestPhoto, rows: list[Row], *, refused: str = "", status: int = 200
) -> HttpResponse:
    row = found.request
    boxes = photo_boxes.read(found.boxes)
    context = {
        **rail(request, None, now=clock.now()),
        "photo": found,
        "row": row,
        "boxes": boxes,
        "rows": [*rows, *[Row(What.OTHER)] * SPARE],
        "whats": [one.value for one in What],
        "waiting": found.looked == Looked.WAITING,
        "searched": found.looked == Looked.DONE,
        "may_search_again": not found.shown and found.looked in (Looked.ABSENT, Looked.FAILED),
        "copies": commands.painted(found, boxes),
        "may_work": request.actor.may(Verb.WORK, agency=row.agency),
        "never": public_record.photo_rule(row) is Photos.NEVER,
        "stays": commands.must_stay(row),
        "refused": refused,
    }
    return render(request, "desk/photo.html", context, status=status)


def _rows_of(found: RequestPhoto) -> list[Row]:
    return [
        Row(box.what, *_percents(box.left, box.top, box.width, box.height), sure=box.sure)
        for box in photo_boxes.read(found.boxes)
    ]


def _percents(left: int, top: int, width: int, height: int) -> tuple[str, str, str, str]:
    return f"{left / 10:g}", f"{top / 10:g}", f"{width / 10:g}", f"{height / 10:g}"


def _typed(request: CityRequest) -> list[Row]:
    """Return the rows that were sent, empty ones and those to be taken away left out."""
    sent = zip(*(request.POST.getlist(name) for name in ("what", *EDGES)), strict=False)
    away = set(request.POST.getlist("away"))
    rows = [Row(what[:10], *(edge.strip()[:8] for edge in edges)) for what, *edges in sent]
    return [one for at, one in enumerate(rows[: 2 * photo_boxes.AT_MOST]) if str(at) not in away and any(_edges(one))]


def _edges(row: Row) -> tuple[str, ...]:
    return (row.left, row.top, row.width, row.height)


def _read(request: CityRequest, before: tuple[Box, ...]) -> list[Box]:
    """Return the areas that were sent; one left as it was keeps how sure its finder is. Raises BadInput."""
    known = {(b.what, b.left, b.top, b.width, b.height): b for b in before}
    boxes = []
    for row in _typed(request):
        try:
            left, top, width, height = (float(edge.replace(",", ".")) / 100 for edge in _edges(row))
            drawn = photo_boxes.box(What(row.what), left, top, left + width, top + height)
        except (ValueError, OverflowError) as wrong:
            raise BadInput(N_("Write each edge as a number from 0 to 100."), field="boxes") from wrong
        boxes.append(known.get((drawn.what, drawn.left, drawn.top, drawn.width, drawn.height), drawn))
    return boxes
