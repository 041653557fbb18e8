"""
Nothing of a person, and no place that must not be shown, leaves by a public door.

Something unique is planted in every field that takes words, for services of all four visibilities. Then all that
a stranger can fetch is fetched, in every language, and searched for it.
"""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import LazySettings
from django.test import Client
from PIL import Image

from ombud.catalog import queries as catalog
from ombud.conversation import commands as conversation
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.opendata import handlers
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.lake import versions
from ombud.plumbing import commit_order
from ombud.service_requests import queries, secret_link
from ombud.service_requests.commands import act, closing
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import REPORTER
from tests import analyses
from tests.builders import CALL_TAKER, GUS, CityBuilder
from tests.desk import Staff
from tests.photos import let_through
from tests.published import publish as published_requests
from tests.record import grid, said_in
from tests.resident import Resident, bytes_of, headers_of, upload
from tests.stranger import POINTS, VISIBILITIES, Story, Stranger

LANGUAGES = ("en", "es", "ar-xb")


@pytest.fixture(autouse=True)
def _own_media(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files of these tests lie in a folder of their own."""
    folder = str(tmp_path_factory.mktemp("media"))
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}},
    }


@pytest.fixture(autouse=True)
def _all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    # A test is one transaction that is never over: the event feed would be empty.
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)


def telling_photo(canary: str, lon: float, lat: float) -> bytes:
    """Return a photo whose metadata tell who took it, and where."""
    exif = Image.Exif()
    exif[0x013B] = exif[0x8298] = exif[0x010E] = exif[0x0131] = canary
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (lat, 0.0, 0.0)
    gps[3], gps[4] = "W", (-lon, 0.0, 0.0)
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "olive").save(file, "JPEG", exif=exif, comment=canary.encode())
    return file.getvalue() + canary.encode()


def live_through(story: Story, city: CityBuilder) -> Story:
    """Report it through the form, and let everything happen that leaves words."""
    ada, say = Resident(), story.canary
    lon, lat = POINTS[story.service]
    draft = ada.begin(story.service)
    photo = upload(telling_photo(say("exif"), lon, lat), name=f"{say('filename')}.jpg")
    ada.fill(
        draft,
        place={"address": say("address"), "place_note": say("placenote"), "lon": lon, "lat": lat, "method": "gps"},
        details={"description": say("description"), "q.size": "large", "q.depth": say("answer"), "photos": [photo]},
        contact={"name": say("name"), "email": f"{say('email')}@mail.example", "phone": f"213 555 {story.phone_end}"},
    )
    story.number, story.key = ada.send(draft)
    row = queries.by_number(city.id, story.number)
    by_reporter, by_staff = (On(city.id, row.pk, actor, clock.now()) for actor in (REPORTER, GUS))
    act.answer(by_reporter, text=say("comment"))
    act.reply(by_staff, text=say("reply"))
    act.reply(by_staff, text=say("question"), question=True)
    act.answer(by_reporter, text=say("answered"))
    act.note(by_staff, text=say("note"))
    act.prioritise(by_staff, priority="urgent", text=say("priority"))
    act.inspect(by_staff, finding="confirmed", text=say("inspected"))
    act.transfer(by_staff, agency="STREETS" if row.agency == "SANITATION" else "SANITATION", text=say("transfer"))
    closing.close(by_staff, outcome="nothing_found", text=say("closing"))
    act.reopen(by_reporter, text=say("notfixed"))
    closing.close(by_staff, outcome="fixed", text=say("second closing"))
    for kept in queries.photos(row):
        story.photo_ids.append(kept.pk)
        let_through(city.id, kept.pk)
    followed = Client().post(f"/springfield/r/{story.number}/follow/", {"email": f"{say('follower')}@mail.example"})
    # What strangers may not see they cannot follow either.
    assert followed.status_code == (302 if story.service in ("POTHOLE", "ENCAMPMENT") else 404)
    conversation.log_contact(
        jurisdiction_id=city.id, channel="phone", wrap_up="status_given", topic=say("contact topic"), language="en",
        request_id=row.pk, actor=CALL_TAKER, at=clock.now(),
    )  # fmt: skip
    return story


@pytest.fixture
def stories(city: CityBuilder) -> list[Story]:
    """Four reports, one for each visibility."""
    told = [live_through(Story(service), city) for service in VISIBILITIES]
    taken_back = city.report("POTHOLE")
    act.withdraw(On(city.id, taken_back.id, REPORTER, clock.now()), text=told[0].canary("withdrawn"))
    return told


# -- What a stranger can fetch -----------------------------------------------------------------------------------


def test_no_canary_flies(city: CityBuilder, stories: list[Story]) -> None:
    stranger = Stranger(stories).look_everywhere(*LANGUAGES)
    assert len(stranger.pages) > 200
    found = [
        (secret, path)
        for path, said in stranger.texts()
        for story in stories
        for secret in story.secrets
        if secret.lower() in said
    ]
    assert found == []
    # What is public was there: the search would have found it.
    assert any(stories[0].canary("address") in said for _, said in stranger.texts())
    assert any(str(POINTS["POTHOLE"][0]) in said for _, said in stranger.texts())
    assert any("service_request.closed" in said for path, said in stranger.texts() if "/events" in path)
    hold_headers_safe(stranger)
    hold_the_hidden_apart(stranger, stories)


def hold_the_hidden_apart(stranger: Stranger, stories: list[Story]) -> None:
    """What is only counted, or private, is nowhere listed: its number stands only where the stranger brought it."""
    for story in stories[2:]:
        number = story.number.lower()
        assert [p for p, said in stranger.texts() if number in said and number not in unquote(p).lower()] == []


@pytest.mark.parametrize("service", ["BULKY", "BARKING"])
def test_by_its_number_a_hidden_request_says_nothing_but_that_it_is_there(
    city: CityBuilder, stories: list[Story], service: str
) -> None:
    story = next(s for s in stories if s.service == service)
    page = Client().get(f"/springfield/r/{story.number}/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0].lower()
    for word in ("large items", "barking", "sanitation", "streets", "closed", "fixed", "ward", "2026", "photo", "map"):
        assert word not in main, word


def test_photos_tell_nothing_but_the_picture_and_only_where_all_may_see(
    city: CityBuilder, stories: list[Story]
) -> None:
    for story in stories:
        for photo in story.photo_ids:
            answer = Client().get(f"/springfield/photo/{photo}/view/")
            body = bytes_of(answer)
            if story.service != "POTHOLE":
                assert answer.status_code == 404, story.service
                continue
            assert body.startswith(b"\xff\xd8")
            assert b"canary" not in body
            assert b"Exif" not in body
            assert not Image.open(io.BytesIO(body)).getexif()


def test_somebody_with_an_account_but_no_role_here_is_a_stranger(
    city: CityBuilder, other_city: CityBuilder, stories: list[Story]
) -> None:
    from tests.desk import Staff

    outsider = Staff(city, other_city).outsider
    for story in stories[1:]:
        assert outsider.get(f"/springfield/photo/{story.photo_ids[0]}/view/").status_code == 404
        assert outsider.get(f"/springfield/desk/photo/{story.photo_ids[0]}/original/").status_code in (403, 404)
    assert outsider.get(f"/springfield/desk/r/{stories[3].number}/").status_code == 403


@pytest.mark.parametrize("service", VISIBILITIES)
def test_the_reporter_sees_all_of_their_own_and_no_private_note(
    city: CityBuilder, stories: list[Story], service: str
) -> None:
    story = next(s for s in stories if s.service == service)
    page = Client().get(f"/springfield{secret_link.path(city.id, story.number)}").content.decode()
    seen = ["description", "comment", "reply", "question", "answered", "closing", "notfixed", "second closing"]
    for where in [*seen, *(["answer"] if service == "POTHOLE" else [])]:
        assert story.canary(where) in page, where
    for where in ("note", "priority", "contact topic", "follower"):
        assert story.canary(where) not in page, where
    for photo in story.photo_ids:
        answer = Client().get(f"/springfield/photo/{photo}/view/?key={story.key}")
        assert answer.status_code == 200
        assert b"canary" not in bytes_of(answer)


# -- The published record ----------------------------------------------------------------------------------------


@pytest.fixture
def published(stories: list[Story], city: CityBuilder, settings: LazySettings, tmp_path: Path) -> list[str]:
    """All that a city publishes of the four reports, ten days later; the four-by-fours of its data sets."""
    settings.OMBUD_HOME = tmp_path
    for _ in range(5):
        city.report("ENCAMPMENT", at=LonLat(*POINTS["ENCAMPMENT"]))
    with clock.standing_at(clock.now() + timedelta(days=10)):
        handlers.publish_all()
        handlers.publish_whole_all()
    home = catalog.city(city.id)
    return [id_of(home, dataset) for code, dataset in registry.of_city(home).items() if versions.newest(city.id, code)]


def doors(published: list[str]) -> Iterator[str]:
    """Yield the addresses by which the record leaves; those that files are named by are followed from manifests."""
    for home in ("", "/springfield"):
        yield from (f"{home}/{name}" for name in ("data.json", "data.v3.json", "data/datapackage.json"))
        yield from (f"{home}/api/3/action/{name}" for name in ("package_list", "package_search", "no_such_action"))
        yield f"{home}/api/catalog/v1"
    yield from (f"/springfield/ogc/{name}" for name in ("", "api", "conformance", "collections"))
    tiles = {(z, *grid(*POINTS[service], z)) for z in (8, 17) for service in ("POTHOLE", "BULKY")}
    yield from (f"/springfield/data/{published[0]}/tiles/{z}/{x}/{y}.pbf" for z, x, y in tiles)
    for each in published[1:]:
        yield from (f"/springfield/data/{each}/{name}" for name in ("rows.csv", "rows.parquet", "manifest.json"))
        yield f"/springfield/resource/{each}.json?$select=:*,*"
    for each in published[:1]:
        files = ("rows.csv", "rows.csv?safe=excel", "rows.geojson", "rows.parquet", "delta.parquet", "tiles.json")
        told = ("manifest.json", "versions.json", "changes", "datapackage.json", "rows.csv-metadata.json", "cite.json")
        wrong = ("rows.csv?version=77", "rows.csv?colour=red", "changes?limit=x", "tiles/1/9/9.pbf")
        yield from (f"/springfield/data/{each}/{name}" for name in (*files, *told, *wrong, "open311.csv"))
        yield f"/springfield/ogc/collections/{each}/items?limit=1000"
        yield f"/springfield/api/3/action/datastore_search?resource_id={each}&limit=1000"
        yield from (f"/springfield/resource/{each}.{form}?$select=:*,*" for form in ("json", "csv", "geojson"))
        yield from (
            f"/springfield/resource/{each}.json?{wrong}" for wrong in ("$q=canary", "$where=nothing", "$select=*,name")
        )
        yield from (f"/springfield/api/views/{each}{rest}" for rest in (".json", "/rows.csv"))


def test_nothing_of_a_person_is_in_any_byte_of_the_published_record(
    city: CityBuilder, stories: list[Story], published: list[str]
) -> None:
    client, waiting, seen = Client(), list(doors(published)), {}
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        assert answer.status_code < 500, path
        body = bytes_of(answer)
        said = said_in(answer.headers["Content-Type"], body)
        seen[path] = unquote(said + headers_of([answer])).lower()
        named = re.findall(r"http://testserver(/[^\"\s<>]+/files/[0-9a-f]+\.parquet)", said)
        waiting += [one for one in named if one not in seen]
        hold_safe(path, answer)
    found = [
        (secret, path) for path, said in seen.items() for story in stories for secret in story.secrets
        if secret.lower() in said
    ]  # fmt: skip
    assert found == []
    for story in stories[2:]:
        assert [path for path, said in seen.items() if story.number.lower() in said] == []
    # What is public was there, in each form: the search would have found it.
    address = stories[0].canary("address")
    with_rows = (
        "rows.csv",
        "rows.geojson",
        "rows.parquet",
        "delta.parquet",
        "/files/",
        "/17/",
        "items?",
        "changes",
        "datastore",
        ".csv?$",
    )
    for part in with_rows:
        assert any(address in said for path, said in seen.items() if part in path), part
    assert any(stories[1].number.lower() in said for said in seen.values())


# -- Outside analyses ----------------------------------------------------------------------------------------------


def test_of_analyses_nobody_learns_an_address_or_what_the_city_does_not_show(
    city: CityBuilder, desk: Staff, settings: LazySettings, tmp_path: Path
) -> None:
    settings.OMBUD_HOME = tmp_path
    city.report("POTHOLE")
    record = published_requests(city)
    codes = {
        title: analyses.shown(record, desk.yara, title=title, email=f"canaryauthor{title}@mail.example")
        for title in ("canaryshown", "canarytaken", "canarygone")
    }
    at = f"{analyses.DESK}{codes['canaryshown']}/"
    desk.yara.post(f"{at}invite/", {"name": "Rosa Lindt", "email": "canaryreviewer@mail.example"})
    signed = {"opinion": "doubts", "words": "canaryhidden", "interest": "none", "agreed": "on"}
    Client().post(analyses.letter("canaryreviewer@mail.example"), signed)
    number = analyses.hidden(desk.yara.get(at).content.decode())["signature"]
    desk.yara.post(f"{at}hide/", {"signature": number, "reason": "It insults."})
    desk.yara.post(f"{analyses.DESK}{codes['canarytaken']}/take-down/", {"reason": "It names somebody."})
    Client().post(analyses.letter("canaryauthorcanarygone@mail.example"), {"do": "withdraw"})
    analyses.confirmed(record, title="canarywaiting", email="canaryauthorwaiting@mail.example")
    analyses.sent(record, title="canaryasked", email="canaryauthorasked@mail.example")
    client, seen = Client(), ""
    paths = [analyses.ANALYSES, f"{analyses.DATA}analyses.json", analyses.DATA, f"{analyses.DATA}{record}/"]
    paths += [f"{analyses.ANALYSES}{code}{end}" for code in codes.values() for end in ("/", ".json", "/notebook.ipynb")]
    for path in paths:
        for language in LANGUAGES if path == analyses.ANALYSES else ("en",):
            answer = client.get(path, {"lang": language})
            hold_safe(path, answer)
            seen += unquote(unescape(bytes_of(answer).decode() + headers_of([answer]))).lower()
    secrets = ("canaryauthor", "canaryreviewer", "canarytaken", "canarygone", "canarywaiting", "canaryasked")
    assert [secret for secret in (*secrets, "canaryhidden", analyses.TOLD["email"]) if secret in seen] == []
    assert "canaryshown" in seen
    assert "rosa lindt" in seen


# -- Headers ----------------------------------------------------------------------------------------------------


def hold_headers_safe(stranger: Stranger) -> None:
    """Hold the headers of every page a stranger got."""
    for path, (answer, _) in stranger.pages.items():
        hold_safe(path, answer)


def hold_safe(path: str, answer: Any) -> None:
    """Hold the headers of one answer."""
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "unsafe-inline" not in policy, path
    assert "unsafe-eval" not in policy, path
    assert answer.headers.get("X-Content-Type-Options") == "nosniff", path
    assert answer.headers.get("Referrer-Policy") in ("same-origin", "no-referrer"), path
    if "html" in answer.headers.get("Content-Type", ""):
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy, (path, rule)
        assert answer.headers.get("X-Frame-Options") == "DENY" or answer.status_code in (301, 302), path
    for cookie in answer.cookies.values():
        assert cookie["httponly"], (path, cookie.key)
        assert cookie["samesite"] == "Lax", (path, cookie.key)


def test_pages_with_a_secret_are_kept_by_nobody(city: CityBuilder, stories: list[Story]) -> None:
    story, ada = stories[0], Resident()
    draft = ada.begin()
    link = f"/springfield/r/{story.number}/{story.key}/"
    pages = [ada.at(draft, step) for step in ("place", "details", "contact", "check")]
    pages += [link, f"{link}withdraw/", f"/springfield/photo/{story.photo_ids[0]}/view/?key={story.key}"]
    pages += ["/springfield/stop/" + secret_link.stop_token(city.id, 1) + "/"]
    for path in pages:
        answer = ada.client.get(path)
        bytes_of(answer)
        hold_safe(path, answer)
        kept = answer.headers.get("Cache-Control", "")
        assert "private" in kept, path
        assert "no-store" in kept or "/photo/" in path, path


def test_the_secret_link_is_told_to_no_other_site_and_no_search_engine(city: CityBuilder, stories: list[Story]) -> None:
    link = f"/springfield/r/{stories[0].number}/{stories[0].key}/"
    for path in (link, f"{link}withdraw/"):
        answer = Client().get(path)
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "noindex" in answer.headers.get("X-Robots-Tag", "")


def test_cookies_travel_by_https_only_where_the_installation_does(settings: LazySettings) -> None:
    assert settings.SESSION_COOKIE_SECURE is settings.CSRF_COOKIE_SECURE is settings.HTTPS
