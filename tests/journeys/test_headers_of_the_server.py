"""What the server itself answers, beside Django: static files, streams of live events, and what no page gets to see."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey


def headers(town: Town, path: str, *, method: str = "GET") -> tuple[int, dict[str, str]]:
    """Return status and headers of an answer, read off the wire."""
    connection = http.client.HTTPConnection(urlsplit(town.url).netloc, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/static/icons.svg", "GET", 200),
        ("/static/nothing.css", "GET", 404),
        ("/springfield/live?topics=queue", "GET", 403),
        ("/springfield/live", "GET", 400),
        ("/springfield/live?topics=queue", "POST", 405),
        ("/springfield/", "HEAD", 200),
        ("/springfield/nothing-here/", "GET", 404),
        ("/healthz", "GET", 200),
    ],
)
def test_every_answer_of_the_server_is_protected(town: Town, path: str, method: str, status: int) -> None:
    answered, found = headers(town, path, method=method)
    assert answered == status
    assert "default-src 'none'" in found["content-security-policy"]
    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["x-frame-options"] == "DENY"
    assert "python" not in found.get("server", "").lower()
