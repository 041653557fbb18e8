"""Files that no request names: what a refused or broken-off sending left behind is taken away."""

import logging
from datetime import datetime, timedelta
from itertools import islice

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.plumbing.media import MediaStore
from ombud.service_requests.models import RequestPhoto

log = logging.getLogger(__name__)

# Longer than any form holds photos that it has not sent yet.
OLD = timedelta(days=1)
# Kinds of files that others than photos name, and look after.
NOT_PHOTOS = frozenset(["model"])
_AT_ONCE = 500
# More than this, and more than are named: the database is not the one these files belong to.
_TOO_MANY = 100


def sweep(*, jurisdiction_id: str, now: datetime) -> int:
    """
    Delete the files of a city that are older than a day and named by no photo. Returns how many.

    Should most of them be named by none, nothing is deleted: that is a restored or wrong database, not litter.
    """
    store = MediaStore(jurisdiction_id)
    nameless, named = _sorted_out(store)
    old = [key for key in nameless if (at := store.changed_at(key)) and at < now - OLD]
    if len(old) > max(_TOO_MANY, named):
        log.error("%s: %d old files are named by no photo, %d are: none is deleted", jurisdiction_id, len(old), named)
        return 0
    for key in old:
        store.delete(key)
    return len(old)


def _sorted_out(store: MediaStore) -> tuple[list[str], int]:
    """Return the keys that no photo names, and how many are named."""
    nameless, named = [], 0
    keys = filter(_is_of_photos, store.keys())
    while some := list(islice(keys, _AT_ONCE)):
        known = _named(store.city_id, some)
        named += len(known)
        nameless += [key for key in some if key not in known]
    return nameless, named


def _is_of_photos(key: str) -> bool:
    return key.split("/")[1] not in NOT_PHOTOS


def _named(jurisdiction_id: str, keys: list[str]) -> set[str]:
    photos = RequestPhoto.objects.in_city(jurisdiction_id)
    return {
        key
        for column in ("original_key", "view_key", "thumb_key", "public_key", "public_thumb_key")
        for key in photos.filter(**{f"{column}__in": keys}).values_list(column, flat=True)
    }


def sweep_all() -> dict[str, int]:
    """Sweep every city, and return how many files each lost."""
    swept = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            swept[row.id] = sweep(jurisdiction_id=row.id, now=clock.now())
    return swept
