"""A stranger's browser for tests over HTTP: walks the report form as a person without script would."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

STEP = re.compile(r"/report/([0-9a-f-]{36})/")


@dataclass
class Resident:
    """Somebody who reports in one city, page by page."""

    city: str = "springfield"
    client: Client = field(default_factory=Client)

    def begin(self, service: str = "POTHOLE") -> str:
        """Begin a report and return its draft's id."""
        answer = self.client.post(f"/{self.city}/report/service/{service}/")
        return STEP.findall(answer["Location"])[0]

    def at(self, draft: str, step: str) -> str:
        """Return the address of a step."""
        return f"/{self.city}/report/{draft}/{step}/"

    def fill(self, draft: str, *, place: Any = None, details: Any = None, contact: Any = None) -> None:
        """Fill the steps named; each is held to be taken."""
        for step, told in (("place", place), ("details", details), ("contact", contact)):
            if told is not None:
                answer = self.client.post(self.at(draft, step), told)
                assert answer.status_code == 302, (step, answer.status_code, words_of(answer))

    def send(self, draft: str) -> tuple[str, str]:
        """Send it and return number and key."""
        answer = self.client.post(self.at(draft, "send"))
        assert answer.status_code == 302, words_of(answer)
        _, _, number, key, _ = urlsplit(answer["Location"]).path.removeprefix(f"/{self.city}").split("/")
        return number, key


def words_of(answer: Any) -> str:
    """Return the words of a page's main part."""
    text = answer.content.decode() if not answer.streaming else ""
    main = text.partition("<main")[2].partition("</main>")[0] or text
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def bytes_of(answer: Any) -> bytes:
    """Return the body of an answer, streamed or not."""
    if not answer.streaming:
        return bytes(answer.content)
    body = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    return body


def jpeg(*, size: tuple[int, int] = (64, 48), exif: bytes = b"", colour: str = "teal", comment: bytes = b"") -> bytes:
    """Return a small photo."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif, comment=comment)
    return file.getvalue()


def upload(data: bytes, *, name: str = "photo.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, data, kind)


def pinned(lon: float = -93.292, lat: float = 37.209, address: str = "1 Main St") -> dict[str, str]:
    """Return the place step filled with a pin."""
    return {"address": address, "lon": str(lon), "lat": str(lat), "method": "pin", "accuracy_m": "5"}


def headers_of(answers: Sequence[Any]) -> str:
    """Return all headers and cookies of some answers as one text."""
    return "\n".join(f"{name}: {value}" for a in answers for name, value in [*a.headers.items(), *a.cookies.items()])
