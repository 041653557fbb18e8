"""Pictures that come with a call: as files, as links, and within an address. Nothing is fetched."""

import base64
import binascii
import re

from django.conf import settings

from ombud.connect.open311.caller import Call
from ombud.connect.open311.faults import Problem, problem_of
from ombud.intake import commands as intake
from ombud.intake import photos as intake_photos
from ombud.kernel.errors import BadInput
from ombud.plumbing.photos import Photo, PhotoRefused

MEDIA_URLS_AT_MOST = 10
_DATA_URL = re.compile(r"data:image/[a-z.+-]+;base64,", re.IGNORECASE)


def read_media(call: Call) -> tuple[list[str], list[Photo], list[Problem]]:
    """Return links to pictures, the pictures that came along, and what is wrong with either. Nothing is fetched."""
    links: list[str] = []
    problems: list[Problem] = []
    if len(call.files) > intake.PHOTOS_AT_MOST:
        return [], [], [Problem("media", f"send {intake.PHOTOS_AT_MOST} pictures at most.")]
    # One byte more than is taken is enough to know that a file is too large.
    files = [file.read(settings.OMBUD_PHOTO_MAX_BYTES + 1) for file in call.files]
    for link in call.sent.values.get("media_url", ()):
        link = link.strip()
        try:
            if match := _DATA_URL.match(link):
                files.append(base64.b64decode(link[match.end() :], validate=True))
            elif re.fullmatch(r"https?://[^\s<>\"]{3,1990}", link):
                links.append(link)
            else:
                raise ValueError
        except (ValueError, binascii.Error):
            problems.append(Problem("media_url", "send the address of a picture, beginning with https://."))
    photos: list[Photo] = []
    try:
        photos = intake_photos.read_photos([data for data in files if data])
    except PhotoRefused as refused:
        problems.append(problem_of(BadInput(refused.msgid, field="photos", **refused.params)))
    if len(links) > MEDIA_URLS_AT_MOST:
        problems.append(Problem("media_url", f"send {MEDIA_URLS_AT_MOST} addresses at most."))
    return links, photos, problems
