"""What follows when a photo comes in: it is searched in the worker, and a rule may let it through."""

import logging
from datetime import timedelta

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import NotFound, OmbudError
from ombud.opendata import queries as public_record
from ombud.opendata.photos import ports
from ombud.opendata.photos.ports import DetectorFailed, Found, NoDetector
from ombud.opendata.photos.searching import defer_search
from ombud.opendata.rules import letting_photos
from ombud.plumbing import walls
from ombud.plumbing.media import MediaStore
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import photos
from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.rules.photo_boxes import Looked
from ombud.service_requests.timeline import SYSTEM

log = logging.getLogger(__name__)
# What waits longer has lost its job, or came before photos were searched.
LOST = timedelta(hours=1)
LOST_AT_ONCE = 500


def came(event_id: int) -> None:
    """React to a photo that came in: have it searched."""
    event = requests.event(walls.current(), event_id)
    defer_search(event.jurisdiction_id, int(event.facts["photo_id"]))


def look(photo_id: int) -> None:
    """Search a photo, keep what was found, and show it where the city's rule says so. Failing never shows it."""
    try:
        photo = requests.photo(walls.current(), photo_id)
    except NotFound:  # a sandbox was emptied meanwhile
        return
    if photo.looked != Looked.WAITING:
        return
    looked, found = _looked(photo)
    kept = photos.keep_looked(
        jurisdiction_id=photo.jurisdiction_id,
        photo_id=photo.pk,
        looked=looked,
        boxes=found.boxes,
        detector=found.detector,
        at=clock.now(),
    )
    # Whoever had it searched again, or drew on it, decides themselves.
    if kept and photo.looked_at is None and not photo.boxes:
        _let_through(photo, looked, found)


def _looked(photo: RequestPhoto) -> tuple[Looked, Found]:
    nothing = Found((), "")
    try:
        with MediaStore(photo.jurisdiction_id).open(photo.view_key) as file:
            jpeg = file.read()
        return Looked.DONE, ports.detector()(jpeg)
    except NoDetector:
        return Looked.ABSENT, nothing
    except (DetectorFailed, NotFound) as trouble:
        log.warning("Photo %s: %s", photo.pk, trouble.message)
        return Looked.FAILED, nothing


def _let_through(photo: RequestPhoto, looked: Looked, found: Found) -> None:
    row = photo.request
    rule = public_record.photo_rule(row)
    in_sandbox = catalog.city(row.jurisdiction_id).is_sandbox
    if photos.must_stay(row) or not letting_photos.by_itself(
        rule, looked=looked, areas=len(found.boxes), in_sandbox=in_sandbox
    ):
        return
    try:
        photos.show(
            jurisdiction_id=row.jurisdiction_id,
            photo_id=photo.pk,
            shown=True,
            by="rule",
            actor=SYSTEM,
            at=clock.now(),
        )
    except OmbudError as refused:  # words that came meanwhile may keep it private
        log.info("Photo %s stays private: %s", photo.pk, refused.message)


def look_at_lost_all() -> dict[str, int]:
    """Have searched in each city what waits for long already; return how many."""
    lost = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            found = requests.waiting_photos(row.id, before=clock.now() - LOST, limit=LOST_AT_ONCE)
            for photo_id in found:
                defer_search(row.id, photo_id)
            lost[row.id] = len(found)
    return lost
