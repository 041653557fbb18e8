"""
Photos of a form that has to be sent once more: kept, so that nobody has to choose them again.

They were looked at and stored when they came. The form carries their keys, signed for this person and what the form is
about; a day later the files are swept away, and the form has to be given its photos anew.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from ombud.service_requests.commands.attach import StoredPhoto
from ombud.web.desk.entry import own_account
from ombud.web.middleware import CityRequest
from ombud.web.photos import take_photos

FIELD = "held_photos"
# Well before what no request names is swept away.
GOOD_FOR = timedelta(hours=12)
NAMES_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class Held:
    """Photos that are stored and belong to no request yet."""

    photos: tuple[StoredPhoto, ...] = ()
    names: tuple[str, ...] = ()
    token: str = ""


def hold(request: CityRequest, files: "Sequence[UploadedFile[Any]]", *, about: str) -> Held:
    """
    Return the photos that came with the form, else those it was sent with before.

    Raises PhotoTrouble. What somebody else held, or held for something else, is not taken.
    """
    salt = f"desk.{FIELD}.{request.city.id}.{own_account(request)}.{about}"
    if not files:
        return _held_before(request.POST.get(FIELD, ""), salt)
    stored, _position = take_photos(files, city_id=request.city.id)
    photos = tuple(StoredPhoto(**photo) for photo in stored)
    names = tuple((file.name or "")[:NAMES_AT_MOST] for file in files)
    told = {"photos": [asdict(photo) for photo in photos], "names": names}
    return Held(photos, names, signing.dumps(told, salt=salt, compress=True))


def _held_before(token: str, salt: str) -> Held:
    try:
        told = signing.loads(token, salt=salt, max_age=GOOD_FOR)
    except signing.BadSignature:
        return Held()
    return Held(tuple(StoredPhoto(**photo) for photo in told["photos"]), tuple(told["names"]), token)
