"""Photos from a form, and their refusals in the person's words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from ombud.intake import photos as intake
from ombud.intake.commands import PHOTOS_AT_MOST
from ombud.kernel.geo import LonLat
from ombud.plumbing.photos import PhotoRefused
from ombud.web.saying import said as in_words


class PhotoTrouble(Exception):
    """A photo that cannot be taken; `said` tells why in the person's language."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


def take_photos(files: "Sequence[UploadedFile[Any]]", *, city_id: str) -> tuple[list[dict[str, Any]], LonLat | None]:
    """
    Store the photos and return their keys, with the position of the first that tells one.

    All or none: one that is refused leaves no file behind. Raises PhotoTrouble.
    """
    if len(files) > PHOTOS_AT_MOST:
        raise PhotoTrouble(_("Send %(n)d photos at most.") % {"n": PHOTOS_AT_MOST})
    read = []
    for file in files:
        try:
            read += intake.read_photos([file.read()])
        except PhotoRefused as refused:
            raise PhotoTrouble(f"{file.name or ''}: {in_words(refused)}"[:300]) from refused
    return [asdict(intake.keep_photo(photo, city_id=city_id)) for photo in read], intake.position_of(read)
