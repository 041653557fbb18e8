"""Files that are sent whole, in part, or while they are being made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from ombud.opendata.export.store import PART, Growing, Kept

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Sent:
    """How a file is called where it lands, and what it is."""

    name: str
    media_type: str


def send(request: HttpRequest, there: Kept | Growing, sent: Sent) -> HttpResponseBase:
    """Send a file: with its length and its hash, or a part of it, where it is made; else as it grows."""
    # Django would pack what is packed already, and parts of a file are parts of it as it lies.
    if sent.media_type.startswith("application/vnd") or "Range" in request.headers:
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response: HttpResponseBase
    if isinstance(there, Growing):
        response = StreamingHttpResponse(there.parts() if request.method == "GET" else (), content_type=sent.media_type)
    else:
        response = _part(request, there, sent) or FileResponse(there.path.open("rb"), content_type=sent.media_type)
        response.headers["X-Data-SHA256"] = there.sha256
        response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'attachment; filename="{sent.name}"'
    return response


def _part(request: HttpRequest, there: Kept, sent: Sent) -> HttpResponseBase | None:
    """Return the part that is asked for, if one is that can be given."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.method != "GET" or "If-Range" in request.headers:
        return None
    first, last = _ends(asked[1], asked[2], there.size)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{there.size}"})
    length = last - first + 1
    response = StreamingHttpResponse(_bytes(there.path, first, length), status=206, content_type=sent.media_type)
    response.headers["Content-Range"] = f"bytes {first}-{last}/{there.size}"
    response.headers["Content-Length"] = str(length)
    return response


def _ends(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte asked for; without a first one it is so many at the end."""
    if not first:
        return (max(0, size - int(last)), size - 1) if last and int(last) else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1


def _bytes(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (part := file.read(min(PART, length))):
            length -= len(part)
            yield part
