"""Putting photos in line for the search."""

from django.db import transaction

from ombud.plumbing import jobs
from ombud.service_requests.commands import photos
from ombud.service_requests.timeline import Actor

LOOK = "ombud.opendata.photos.handlers.look"


def defer_search(city: str, photo_id: int) -> None:
    """Put a photo in line: one at a time for each city, since a search takes a core and up to a gigabyte."""
    jobs.defer(LOOK, city=city, subject_id=photo_id, lock=f"look-at-photos:{city}")


def search_again(*, jurisdiction_id: str, photo_id: int, actor: Actor) -> None:
    """Have a photo searched that could not be searched before. Raises NotAllowed."""
    with transaction.atomic():
        photos.let_search_again(jurisdiction_id=jurisdiction_id, photo_id=photo_id, actor=actor)
        defer_search(jurisdiction_id, photo_id)
