"""Whatever is answered carries what protects it: policy, type, frame, referrer; and cookies that no script reads."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from ombud.service_requests import queries
from tests.builders import CityBuilder
from tests.desk import Staff
from tests.photos import let_through
from tests.resident import Resident, bytes_of, jpeg, pinned, upload

POLICY = {
    "default-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
ANSWERS = {
    "page": ("/springfield/", 200, "text/html"),
    "page of the installation": ("/", 200, "text/html"),
    "sign-in": ("/springfield/accounts/login/", 200, "text/html"),
    "style": ("/springfield/brand.css", 200, "text/css"),
    "json": ("/springfield/requests/points.geojson", 200, "application/geo+json"),
    "csv": ("/springfield/figures/received.csv", 200, "text/csv"),
    "health": ("/healthz", None, None),
    "redirect": ("/springfield/desk/", 302, None),
    "nothing here": ("/springfield/nothing-here/", 404, "text/html"),
    "no city": ("/nowhere/", 404, "text/html"),
    "no static": ("/static/none.css", 404, None),
}


def protected(answer: Any) -> None:
    """Hold an answer to carry what every answer carries."""
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert {name: policy.get(name) for name in POLICY} == POLICY
    for directive in ("script-src", "style-src"):
        assert "'self'" in policy[directive]
        assert "unsafe" not in policy[directive]
        assert "*" not in policy[directive]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    for cookie in answer.cookies.values():
        assert cookie["httponly"], cookie
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("which", ANSWERS)
def test_each_kind_of_answer_is_protected(city: CityBuilder, which: str) -> None:
    path, status, kind = ANSWERS[which]
    answer = Client().get(path)
    bytes_of(answer)
    assert status in (None, answer.status_code)
    assert kind is None or answer["Content-Type"].startswith(kind)
    protected(answer)


def test_so_are_photos_and_they_are_named_for_what_they_are(own_media: None, ada: Resident, desk: Staff) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small", "photos": [upload(jpeg())]}, contact={})
    number, _ = ada.send(draft)
    photo = queries.photos(queries.by_number("springfield", number))[0]
    let_through("springfield", photo.pk)
    for client, path, kind in (
        (Client(), f"/springfield/photo/{photo.pk}/view/", "image/jpeg"),
        # What a stranger sent is only ever downloaded.
        (desk.gus, f"/springfield/desk/photo/{photo.pk}/original/", "application/octet-stream"),
    ):
        answer = client.get(path)
        bytes_of(answer)
        assert answer["Content-Type"] == kind
        protected(answer)
    assert "attachment" in answer["Content-Disposition"]


def test_so_are_forms_and_what_is_refused(ada: Resident) -> None:
    draft = ada.begin()
    answers = [
        ada.client.get(ada.at(draft, "place")),
        ada.client.post(ada.at(draft, "place"), {"address": ""}),
        ada.client.put("/springfield/report/"),
        Client(enforce_csrf_checks=True).post("/springfield/report/service/POTHOLE/"),
        Client(headers={"host": "evil.example"}).get("/springfield/"),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 405, 403, 400]
    for answer in answers:
        protected(answer)


def test_so_is_what_broke(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("anything")

    monkeypatch.setattr("ombud.web.public.record.render", broken)
    answer = Client(raise_request_exception=False).get("/springfield/requests/")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.content.decode()
    protected(answer)


def test_pages_of_one_person_are_kept_by_nobody(ada: Resident, desk: Staff) -> None:
    draft = ada.begin()
    for answer in (ada.client.get(ada.at(draft, "place")), desk.gus.get("/springfield/desk/")):
        assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]


def test_behind_https_cookies_travel_by_it_alone(settings: LazySettings, ada: Resident) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    answer = ada.client.get("/springfield/accounts/login/", secure=True)
    assert "max-age=31536000" in answer["Strict-Transport-Security"]
    assert answer.cookies
    assert all(cookie["secure"] for cookie in answer.cookies.values())
