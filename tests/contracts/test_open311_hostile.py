"""Whatever is sent to the Open311 endpoint, it answers in its own form, and never with a fault of ours."""

import json
from urllib.parse import quote

from defusedxml import ElementTree as ET
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.open311 import Door

NASTY = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "", " ", "\x00", "%00", "NaN", "1e400", "-0", "٣", "9" * 400, "2026-11-24T20:00:00Z", "0001-01-01",
            "9999-12-31", "<script>alert(1)</script>", "' OR 1=1 --", "]]>", "../../etc/passwd", "true", "open,closed",
            "sandbox", "springfield", "HOLE", "LAMP", "a" * 5000, "\ud800", "1,2,,,", "https://x.example/1.jpg",
        ]
    ),
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "service_code", "status", "start_date", "end_date", "page", "page_size", "per_page", "lat", "long", "radius",
        "q",
        "updated_after", "updated_before", "service_request_id", "extensions", "jurisdiction_id", "api_key", "lang",
        "description", "address_string", "address_id", "attribute[LAMPS]", "attribute[", "attribute[]", "media_url",
        "email", "phone", "first_name", "update_id", "updated_datetime", "external_id", "attribute[SIGNS][]",
    ]
)  # fmt: skip
PATHS = st.one_of(
    st.sampled_from(
        ["discovery", "services", "services/LAMP", "requests", "tokens/x", "servicerequestupdates", "bulk", "bulk.csv"]
    ),
    st.text(max_size=20).map(lambda text: quote(text, safe="/.", errors="replace")),
    st.text(max_size=12).map(lambda text: "requests/" + quote(text, safe="", errors="replace")),
)
SENT = st.dictionaries(NAMES, NASTY, max_size=5)


def judge(answer: object, form: str) -> None:
    status = answer.status_code  # type: ignore[attr-defined]
    assert status < 500
    streams = getattr(answer, "streaming", False)
    body = b"".join(answer.streaming_content) if streams else answer.content  # type: ignore[attr-defined]
    assert b"<script>" not in body or form == "json"
    if form == "xml" and not streams:
        ET.fromstring(body)
    elif not streams:
        json.loads(body)
    if status >= 400:
        assert b"code" in body


def encodable(sent: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "replace").decode() for name, value in sent.items()}


@given(path=PATHS, sent=SENT, form=st.sampled_from(["json", "xml"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_read_breaks_it(sandbox: Door, path: str, sent: dict[str, str], form: str) -> None:
    answer = sandbox.client.get(f"/sandbox/open311/v2/{path.rsplit('.', 1)[0]}.{form}", encodable(sent))
    judge(answer, form)


@given(
    path=st.sampled_from(["requests", "servicerequestupdates", "services"]),
    sent=SENT,
    fit=st.booleans(),
    form=st.sampled_from(["json", "xml"]),
    body_type=st.sampled_from(["form", "multipart", "torn", "json"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_write_breaks_it(
    sandbox: Door, path: str, sent: dict[str, str], fit: bool, form: str, body_type: str
) -> None:
    base = {"api_key": sandbox.key, "service_code": "HOLE", "lat": "1", "long": "1"} if fit else {}
    told, url = {**base, **encodable(sent)}, sandbox.url(f"{path}.{form}")
    match body_type:
        case "multipart":
            answer = sandbox.client.post(url, told)
        case "form":
            body = "&".join(f"{quote(name)}={quote(value)}" for name, value in told.items())
            answer = sandbox.client.post(url, body, content_type="application/x-www-form-urlencoded")
        case "torn":
            answer = sandbox.client.post(url, b"--x\r\nbroken", content_type="multipart/form-data; boundary=x")
        case _:
            answer = sandbox.client.post(url, json.dumps(told), content_type="application/json")
    judge(answer, form)
