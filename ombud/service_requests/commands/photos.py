"""
What the public sees of a photo: its areas are covered, then a person or a rule lets it through. Private until then.

There is a public copy only once a photo is let through, and it is painted anew whenever its areas change.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from ombud.kernel.errors import N_, BadInput, NotAllowed, NotFound
from ombud.people.rules.permissions import Verb
from ombud.plumbing import photo_covering
from ombud.plumbing.media import MediaStore
from ombud.service_requests import timeline
from ombud.service_requests.models import RequestEvent, RequestPhoto, ServiceRequest
from ombud.service_requests.rules import photo_boxes
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.rules.photo_boxes import WHOLE, Box, Looked
from ombud.service_requests.screening import PHOTOS_STAY
from ombud.service_requests.timeline import Actor


@dataclass(frozen=True, slots=True)
class Copies:
    """Two pictures with all areas covered; `sha256` is of the larger."""

    view: bytes
    thumb: bytes
    sha256: str


def painted(photo: RequestPhoto, boxes: Sequence[Box]) -> Copies:
    """Return what the public would see of a photo with these areas covered."""
    with MediaStore(photo.jurisdiction_id).open(photo.view_key) as file:
        parts = [(b.left / WHOLE, b.top / WHOLE, (b.left + b.width) / WHOLE, (b.top + b.height) / WHOLE) for b in boxes]
        view, thumb = photo_covering.covered(file.read(), parts)
    return Copies(view, thumb, hashlib.sha256(view).hexdigest())


def keep_looked(
    *,
    jurisdiction_id: str,
    photo_id: int,
    looked: Looked,
    boxes: Sequence[Box] = (),
    detector: str = "",
    at: datetime,
) -> bool:
    """
    Keep what the search of a photo found. Returns False where it was searched before, or there is none such.

    Where it found more than can be kept, nobody knows what was found: a person has to look, as if it had failed.
    """
    waiting = RequestPhoto.objects.in_city(jurisdiction_id).filter(pk=photo_id, looked=Looked.WAITING)
    photo = waiting.first()
    if photo is None:
        return False
    # What a person drew before a search that was asked for again stays.
    drawn = photo_boxes.read(photo.boxes)
    areas = tuple(dict.fromkeys([*drawn, *boxes]))
    if len(areas) > photo_boxes.AT_MOST:
        looked, areas = Looked.FAILED, drawn
    kept = photo_boxes.written(photo_boxes.checked(areas))
    return bool(waiting.update(looked=looked, looked_at=at, looked_by=detector, boxes=kept))


def let_search_again(*, jurisdiction_id: str, photo_id: int, actor: Actor) -> None:
    """Have a private photo wait for the search once more that could not be searched. Raises NotAllowed."""
    with transaction.atomic():
        _row, photo = _held(jurisdiction_id, photo_id, actor)
        if photo.shown or photo.looked not in (Looked.ABSENT, Looked.FAILED):
            raise NotAllowed(N_("This photo was searched already, or the public can see it."))
        photo.looked = Looked.WAITING
        photo.save(update_fields=["looked"])


def cover(*, jurisdiction_id: str, photo_id: int, boxes: Sequence[Box], actor: Actor, at: datetime) -> None:
    """Let these areas of a photo, and no others, be covered from now on, also where the public sees it already."""
    kept = photo_boxes.checked(boxes)
    with transaction.atomic():
        row, photo = _held(jurisdiction_id, photo_id, actor)
        before = photo_boxes.read(photo.boxes)
        if kept == before:
            return
        photo.boxes = photo_boxes.written(kept)
        photo.save(update_fields=["boxes"])
        if photo.shown:
            _publish_copies(photo)
        facts = {"photo_id": photo.pk, "areas": len(kept), "before": len(before)}
        timeline.record(row, Decision(Kind.PHOTO_COVERED, facts=facts), actor=actor, at=at)


def show(
    *,
    jurisdiction_id: str,
    photo_id: int,
    shown: bool,
    actor: Actor,
    at: datetime,
    by: Literal["person", "rule"] = "person",
    saw_whole: bool = False,
    seen: str | None = None,
) -> None:
    """
    Let the public see a photo, or not any more.

    Where it could not be searched, whoever lets it through says with `saw_whole` that they have looked at all of it.
    `seen` is the hash of the copy they looked at: BadInput where other areas are covered by now.
    """
    with transaction.atomic():
        row, photo = _held(jurisdiction_id, photo_id, actor, waiting=not shown)
        if shown:
            _check_may_be_shown(row, photo, saw_whole=saw_whole)
            _publish_copies(photo)
            if seen is not None and seen != photo.public_sha256:
                raise BadInput(N_("The areas were changed meanwhile. Look at the photo once more."), field="boxes")
        photo.shown = shown
        photo.save(update_fields=["shown"])
        facts = {"photo_id": photo.pk, "shown": shown, "by": by, "areas": len(photo.boxes)}
        timeline.record(row, Decision(Kind.PHOTO_SHOWN, facts=facts), actor=actor, at=at)


def hide_all(row: ServiceRequest, *, at: datetime) -> None:
    """Let the public see none of a request's photos any more: it turned out to tell of hate or a threat."""
    for photo in RequestPhoto.objects.in_city(row.jurisdiction_id).filter(request=row, shown=True).order_by("pk"):
        RequestPhoto.objects.filter(pk=photo.pk).update(shown=False)
        hidden = Decision(Kind.PHOTO_SHOWN, facts={"photo_id": photo.pk, "shown": False})
        timeline.record(row, hidden, actor=timeline.SYSTEM, at=at)


def must_stay(row: ServiceRequest) -> bool:
    """Whether the words of a report keep its photos private."""
    events = RequestEvent.objects.in_city(row.jurisdiction_id)
    return events.filter(request=row, facts__contains={PHOTOS_STAY: True}).exists()


def _held(
    jurisdiction_id: str, photo_id: int, actor: Actor, *, waiting: bool = False
) -> tuple[ServiceRequest, RequestPhoto]:
    """Return a photo and its request, held until the transaction ends."""
    of = RequestPhoto.objects.in_city(jurisdiction_id)
    request_id = of.filter(pk=photo_id).values_list("request_id", flat=True).first()
    if request_id is None:
        raise NotFound(N_("There is no such photo here."))
    row = timeline.load(jurisdiction_id, request_id)
    actor.require(Verb.WORK, agency=row.agency)
    photo = of.select_for_update().get(pk=photo_id)
    if photo.looked == Looked.WAITING and not waiting:
        raise NotAllowed(N_("This photo is still being searched. Try again in a minute."))
    return row, photo


def _check_may_be_shown(row: ServiceRequest, photo: RequestPhoto, *, saw_whole: bool) -> None:
    if must_stay(row):
        raise NotAllowed(N_("This report tells of hate or a threat: its photos stay private."))
    if photo.looked != Looked.DONE and not saw_whole:
        raise BadInput(
            N_("This photo could not be searched. Look at all of it, cover what must be, and say that you did."),
            field="saw_whole",
        )


def _publish_copies(photo: RequestPhoto) -> None:
    """Keep copies with all areas covered. Those before them are named by nothing then and swept away."""
    copies = painted(photo, photo_boxes.read(photo.boxes))
    if copies.sha256 == photo.public_sha256:
        return
    store = MediaStore(photo.jurisdiction_id)
    photo.public_key = store.put("public", copies.view, "image/jpeg")
    photo.public_thumb_key = store.put("public", copies.thumb, "image/jpeg")
    photo.public_sha256 = copies.sha256
    photo.save(update_fields=["public_key", "public_thumb_key", "public_sha256"])
