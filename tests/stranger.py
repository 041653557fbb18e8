"""A stranger who follows every link, and what somebody lived through whose secrets the stranger must not find."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from django.test import Client

from ombud.insight import queries as insight
from tests.resident import bytes_of, headers_of

VISIBILITIES = {"POTHOLE": "public", "ENCAMPMENT": "coarse", "BULKY": "count only", "BARKING": "private"}
# Each place can be told from the others by its digits.
POINTS = {
    "POTHOLE": (-93.291171, 37.209971),
    "ENCAMPMENT": (-93.312272, 37.201272),
    "BULKY": (-93.333373, 37.213373),
    "BARKING": (-93.354474, 37.224474),
}
SAID = (
    "name", "email", "description", "answer", "placenote", "exif", "filename", "comment", "reply", "question",
    "answered", "note", "transfer", "inspected", "closing", "notfixed", "second closing", "priority", "follower",
    "contact topic", "withdrawn",
)  # fmt: skip
# What else stands in the data of an element is no address unless it begins like one.
LINK = re.compile(rb"""(?:(?:href|src|action|hx-get)=["'](?=[^"'])|data-[a-z-]+=["'](?=/))([^"']+)["']""")
MOST_PAGES = 3000


@dataclass
class Story:
    """One report with something planted in each field, and what became of it."""

    service: str
    number: str = ""
    key: str = ""
    photo_ids: list[int] = field(default_factory=list)

    def canary(self, where: str) -> str:
        """Return words that stand nowhere else."""
        return f"canary{self.service.lower()}{where.replace(' ', '')}"

    @property
    def secrets(self) -> list[str]:
        """Return all that no stranger may see of it."""
        said = [self.canary(where) for where in SAID]
        told = ["+1213555" + self.phone_end, f"213555{self.phone_end}", f"213 555 {self.phone_end}"]
        lon, lat = POINTS[self.service]
        place = [self.canary("address"), str(lon)[:-1], str(lat)[:-1]]
        return said + told + ([] if self.service == "POTHOLE" else place)

    @property
    def phone_end(self) -> str:
        """Return four digits of its own."""
        return f"01{41 + list(VISIBILITIES).index(self.service)}"


class Stranger:
    """Somebody without a link of their own, who follows every other one."""

    def __init__(self, stories: list[Story]) -> None:
        self.client = Client()
        self.pages: dict[str, tuple[Any, bytes]] = {}
        self.stories = stories

    def starts(self) -> Iterator[str]:
        """Yield addresses that no link needs to lead to."""
        yield from ("/", "/springfield/", "/springfield/brand.css", "/springfield/no-such-page/", "/healthz")
        listing = ("requests/", "requests/map/", "requests/points.geojson", "requests/cells.geojson")
        yield "/springfield/api/v1/events?limit=500"
        yield "/springfield/api/v1/services"
        for page in listing:
            for asked in ("", "?status=closed", "?status=open", "?late=1", "?bbox=-94,37,-93,38", "?area=ward:2"):
                yield f"/springfield/{page}{asked}"
        for code in insight.metrics():
            for by in insight.DIMENSIONS:
                yield f"/springfield/figures/{code}.csv?by={by}"
                yield f"/springfield/figures/?metric={code}&by={by}"
        for story in self.stories:
            yield f"/springfield/requests/?service={story.service}"
            yield f"/springfield/find/?number={story.number}"
            yield f"/springfield/r/{story.number}/"
            yield f"/springfield/api/v1/requests/{story.number}"
            yield f"/springfield/r/{story.number}/aaaaaaaaaaaaaaaaaaaa/"
            for photo in story.photo_ids:
                for size in ("thumb", "view", "original"):
                    yield f"/springfield/photo/{photo}/{size}/"
                    yield f"/springfield/desk/photo/{photo}/{size}/"
            yield f"/springfield/desk/r/{story.number}/"
        yield from (f"/springfield/boundaries/{layer}.geojson" for layer in ("city", "ward"))
        yield from ("/springfield/desk/", "/springfield/stop/junk/", "/accounts/login/", "/mailbox/")
        yield "/springfield/report/addresses/?q=canary"
        yield "/shelbyville/requests/points.geojson"
        yield from self.machine_readable()

    def machine_readable(self) -> Iterator[str]:
        """Yield what programs fetch."""
        for form in ("json", "xml"):
            for what in ("discovery", "services", "services/POTHOLE", "servicerequestupdates", "requests"):
                for more in ("", "?extensions=true", "?api_key=wrong&extensions=1"):
                    yield f"/springfield/open311/v2/{what}.{form}{more}"
            for asked in ("q=canary", "lat=37.2&long=-93.3&radius=90000", "status=closed", "updated_after=2020-01-01"):
                yield f"/springfield/open311/v2/requests.{form}?extensions=true&{asked}"
            for story in self.stories:
                yield f"/springfield/open311/v2/requests/{story.number}.{form}?extensions=true"
        yield from (f"/springfield/open311/v2/{name}" for name in ("bulk.csv", "bulk.json", "requests.csv"))
        yield from ("/springfield/open311/inquiry/v1/services/all.json", "/springfield/api/v1/services")
        yield from ("/springfield/api/v1/events", "/springfield/api/v1/openapi.json", "/springfield/developers/")
        for story in self.stories:
            yield f"/springfield/api/v1/requests/{story.number}"

    def look_everywhere(self, *languages: str) -> "Stranger":
        """Fetch everything that can be reached, in these languages."""
        waiting = [f"{path}{'&' if '?' in path else '?'}lang={one}" for path in self.starts() for one in languages]
        while waiting:
            path = waiting.pop()
            if path in self.pages:
                continue
            assert len(self.pages) < MOST_PAGES, "there is no end to the links"
            answer = self.client.get(path)
            body = bytes_of(answer)
            self.pages[path] = (answer, body)
            if "html" in answer.headers.get("Content-Type", ""):
                waiting += [p for p in self._links(path, body) if p not in self.pages]
            if answer.headers.get("Location", "").startswith("/"):
                waiting.append(answer.headers["Location"])
        return self

    @staticmethod
    def _links(path: str, body: bytes) -> Iterator[str]:
        for found in LINK.findall(body):
            target = urldefrag(urljoin(path, unescape(found.decode())))[0]
            # Following every way to say the same thing would never end: one step of each page's own links is enough.
            ours = target.startswith("/") and not target.startswith(("/static/", "/accounts/"))
            if ours and ("lang=" not in path or ("lang=en" in path and "?" not in target)):
                yield target

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield each address with all it said, headers included, in small letters."""
        for path, (answer, body) in self.pages.items():
            said = body.decode("utf-8", "replace") + headers_of([answer])
            yield path, unquote(unescape(said)).lower()
