"""A client of the Open311 endpoint, as careful or careless as a test wants it."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from defusedxml import ElementTree as ET
from django.test import Client

from ombud.connect.open311 import sandbox
from ombud.kernel import clock
from ombud.opendata.photos import handlers as photos
from ombud.people import api_keys
from ombud.people.api_keys import Program
from ombud.plumbing import walls
from ombud.service_requests import queries as requests

LISTS = {
    "services", "service_requests", "attributes", "values", "errors", "endpoints", "formats", "notes", "media_urls",
    "photos", "service_request_updates", "areas", "facilities", "web_actions", "categories",
}  # fmt: skip


@dataclass
class Door:
    """The endpoint of a city, and a key to it."""

    city_id: str
    key: str = ""
    client: Client = field(default_factory=Client)

    def url(self, path: str) -> str:
        """Return the address of a call."""
        return f"/{self.city_id}/open311/v2/{path}"

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the answer to a read."""
        return self.client.get(self.url(path), parameters)

    def read(self, path: str, **parameters: Any) -> Any:
        """Return what JSON says, which must be well."""
        answer = self.get(f"{path}.json", **parameters)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str = "requests.json", /, **parameters: Any) -> Any:
        """Return the answer to a write, with the key."""
        told = {name.replace("__", "[", 1) + ("]" if "__" in name else ""): v for name, v in parameters.items()}
        return self.client.post(self.url(path), {"api_key": self.key, **told})

    def report(self, service: str = "HOLE", /, **parameters: Any) -> str:
        """Report something and return its number."""
        answer = self.post(**{"service_code": service, "lat": "40.7484", "long": "-73.9857", **parameters})
        assert answer.status_code == 201, answer.content
        return str(answer.json()[0]["service_request_id"])

    def searched(self) -> None:
        """Have every photo searched, as the worker does a moment after it came."""
        with walls.inside(self.city_id):
            for photo_id in requests.waiting_photos(self.city_id, before=clock.now() + timedelta(days=1), limit=50):
                photos.look(photo_id)

    def shown(self, number: str, **parameters: Any) -> dict[str, Any]:
        """Return a request as the endpoint shows it."""
        (one,) = self.read(f"requests/{number}", **parameters)
        return dict(one)


def door(city_id: str = "sandbox", *, rights: tuple[str, ...] = ("report", "update"), per_hour: int = 3600) -> Door:
    """Return a door with a new key of a program."""
    with walls.inside(city_id):
        program = Program("A test", "test", frozenset(rights), per_hour)
        key = api_keys.grant(jurisdiction_id=city_id, program=program, email="dev@example.org", at=clock.now())
    return Door(city_id, key)


def found_sandbox() -> None:
    """Set the sandbox up."""
    sandbox.found(at=clock.now())


def spark(xml: bytes) -> Any:
    """Return XML as JSON has it, all values as texts: the convention that makes the two equal."""
    return _spark(ET.fromstring(xml))


def _spark(element: Any) -> Any:
    assert not element.attrib
    children = list(element)
    if element.tag in LISTS:
        return [_spark(child) for child in children]
    if children:
        return {child.tag: _spark(child) for child in children}
    return element.text


def as_texts(tree: Any) -> Any:
    """Return JSON with all its values as XML writes them."""
    match tree:
        case dict():
            return {name: as_texts(value) for name, value in tree.items()} or None
        case list():
            return [as_texts(value) for value in tree]
        case bool():
            return json.dumps(tree)
        case None | "":
            return None
        case float():
            return repr(tree)
        case _:
            return str(tree)


def errors(answer: Any) -> str:
    """Return what an answer says is wrong, in one line."""
    return "; ".join(problem["description"] for problem in answer.json())
