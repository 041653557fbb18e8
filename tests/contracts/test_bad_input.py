"""Whatever a stranger sends: a clear answer, nothing stored half, never a trace and never "our fault"."""

import io
import re
import struct
import zipfile
import zlib
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ombud.conversation import handlers
from ombud.conversation.models import Message
from ombud.plumbing import walls
from ombud.service_requests import queries, secret_link
from ombud.service_requests.commands import act
from ombud.service_requests.models import RequestPhoto, ServiceRequest
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder
from tests.resident import Resident, bytes_of, jpeg, pinned, upload, words_of

SCRIPT = """"'><script>alert("x-planted")</script><img src=x onerror=alert(1)>{{ 7|add:7 }}%(x)s%s"""
EVIL = {
    "script": SCRIPT,
    "nul": "a\x00b",
    "control": "a\x01\x08\x1b[31m\x7fb",
    "direction": "abc\u202egnp.exe\u2066\u200f",
    "surrogate": "a\ud800b",
    "long": "ü" * 100_000,
    "lines": "\r\n" * 5000,
    "quotes": "' OR 1=1; --",
    "percent": "%s %(n)d %% {} ${x}",
    "unicode": "\u0000\uffff\U0010ffff" + "a\u0301" * 200,
    "empty": "",
}


class Undo(Exception):
    """Rolls a visit back."""


@pytest.fixture(autouse=True)
def _own_media(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files of these tests lie in a folder of their own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path_factory.mktemp("media"))},
        },
    }


@pytest.fixture
def ada(city: CityBuilder) -> Resident:
    return Resident()


def clear(answer: Any, *, allowed: tuple[int, ...] = ()) -> None:
    """Hold an answer to be one a person understands."""
    assert answer.status_code < 500, answer.status_code
    if answer.status_code >= 400 and answer.status_code not in allowed:
        words = words_of(answer)
        assert re.search(r"[A-Z][^.]{8,}\.", words), f"{answer.status_code} without a sentence: {words[:200]!r}"
    if not answer.streaming:
        body = answer.content.decode()
        assert "Traceback" not in body
        assert "<script>alert" not in body
        assert "<img src=x" not in body


def stored() -> tuple[int, int, int]:
    """Return how many requests, photos and files there are."""
    return (
        ServiceRequest.objects.count(),
        RequestPhoto.objects.count(),
        sum(len(_files(folder)) for folder in ("springfield",)),
    )


def _files(folder: str) -> list[str]:
    if not default_storage.exists(folder):
        return []
    folders, files = default_storage.listdir(folder)
    return files + [f for sub in folders for f in _files(f"{folder}/{sub}")]


# -- Files ----------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """Return a small PNG that unpacks to 400 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + chunk(b"IEND", b"")
    )


def archive_in_picture() -> bytes:
    """Return a JPEG that is an archive too."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.sh", "rm -rf /")
    return jpeg() + file.getvalue()


FILES = {
    "empty": b"",
    "text": b"I am not a photo",
    "truncated": jpeg(size=(400, 300))[:600],
    "header only": b"\xff\xd8\xff",
    "a bomb": bomb(),
    "a page": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "archive inside": archive_in_picture(),
    "program inside": jpeg(comment=b"<?php system($_GET['x']); ?>"),
    "a film": b"\x00\x00\x00\x20ftypisom" + b"\x00" * 100,
    "too large": jpeg() + b"\0" * 15 * 1024 * 1024,
}


@pytest.mark.parametrize("which", FILES)
def test_a_file_that_is_no_photo_is_refused_and_what_was_typed_stays(ada: Resident, which: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned())
    before = stored()
    told = {"q.size": "small", "description": "typed-and-kept", "photos": [upload(FILES[which])]}
    answer = ada.client.post(ada.at(draft, "details"), told)
    assert stored() == before
    assert answer.status_code == 422
    clear(answer)
    assert "typed-and-kept" in answer.content.decode()
    assert "typed-and-kept" in ada.client.get(ada.at(draft, "details")).content.decode()


@pytest.mark.parametrize("which", FILES)
def test_at_the_other_doors_for_photos_too(ada: Resident, city: CityBuilder, which: str) -> None:
    report = city.report()
    before = stored()
    clear(ada.client.post("/springfield/report/", {"photos": [upload(FILES[which])]}))
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    answer = ada.client.post(f"{link}say/", {"text": "typed-and-kept", "photos": [upload(FILES[which])]})
    clear(answer)
    assert answer.status_code == 422
    assert "typed-and-kept" in answer.content.decode()
    assert stored() == before


def test_one_bad_photo_among_good_ones_keeps_none(ada: Resident) -> None:
    draft = ada.begin()
    before = stored()
    many = [upload(jpeg(colour="red")), upload(FILES["truncated"]), upload(jpeg(colour="blue"))]
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "photos": many})
    assert answer.status_code == 422
    assert stored() == before


@pytest.mark.parametrize("many", [9, 13, 40])
def test_too_many_photos_are_too_many(ada: Resident, many: int) -> None:
    draft = ada.begin()
    before = stored()
    photos = [upload(jpeg()) for _ in range(many)]
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "photos": photos})
    assert answer.status_code in (400, 413, 422)
    clear(answer)
    assert stored() == before


def test_the_name_of_a_file_is_only_words(ada: Resident) -> None:
    draft = ada.begin()
    for name in ("../../etc/passwd", SCRIPT.replace("/", ""), "a\x00.jpg", "x" * 5000, "CON", ".htaccess"):
        answer = ada.client.post(ada.at(draft, "details"), {"photos": [upload(b"no", name=name or "x")]})
        assert answer.status_code == 422
        clear(answer)


# -- Texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", EVIL)
def test_any_text_in_every_field_of_the_report(ada: Resident, city: CityBuilder, evil: str) -> None:
    text = EVIL[evil].encode("utf-8", "surrogatepass")
    draft = ada.begin()
    visits = []
    for step, fields in {
        "place": ("address", "place_note", "lon", "lat", "accuracy_m", "method", "pick", "as_words"),
        "nearby": ("same_as",),
        "details": ("q.size", "q.depth", "q.hurt", "description", "stop_read", "remove_photo", "more"),
        "contact": ("name", "email", "phone"),
    }.items():
        for only in (*((field,) for field in fields), fields):
            body = b"&".join(f"{field}=".encode() + _quoted(text) for field in only)
            visits.append(ada.client.post(ada.at(draft, step), body, content_type="application/x-www-form-urlencoded"))
        visits.append(ada.client.get(ada.at(draft, step)))
    visits.append(ada.client.get(ada.at(draft, "check")))
    before = stored()
    sent = ada.client.post(ada.at(draft, "send"))
    for answer in [*visits, sent]:
        clear(answer)
    if sent.status_code != 302:
        assert stored() == before
    else:
        visits = [ada.client.get(sent["Location"])]
        clear(visits[0])


def _quoted(raw: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in raw)


@pytest.mark.parametrize("evil", EVIL)
def test_any_text_in_what_a_reporter_says_later(ada: Resident, city: CityBuilder, evil: str) -> None:
    report = city.report(email="ada@mail.example").closed("nothing_found")
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    body = _quoted(EVIL[evil].encode("utf-8", "surrogatepass"))
    for door, field in {"say": "text", "not-fixed": "text", "rate": "score", "withdraw": "text"}.items():
        clear(
            ada.client.post(
                f"{link}{door}/", field.encode() + b"=" + body, content_type="application/x-www-form-urlencoded"
            )
        )
        clear(ada.client.get(link))
    clear(
        ada.client.post(
            f"/springfield/r/{report.number}/follow/",
            b"email=" + body,
            content_type="application/x-www-form-urlencoded",
        )
    )


def test_script_is_shown_as_words_on_every_page_and_in_every_letter(ada: Resident, city: CityBuilder) -> None:
    draft = ada.begin()
    ada.fill(
        draft,
        place={**pinned(address=SCRIPT), "place_note": SCRIPT},
        details={"q.size": "large", "q.depth": SCRIPT, "description": SCRIPT},
        contact={"name": SCRIPT, "email": "ada@mail.example"},
    )
    pages = [ada.client.get(ada.at(draft, step)) for step in ("place", "details", "contact", "check")]
    number, key = ada.send(draft)
    report = next(r for r in ServiceRequest.objects.filter(number=number))
    on = [act.On(city.id, report.pk, actor, report.requested_at) for actor in (REPORTER, BRAM, GUS)]
    act.answer(on[0], text=SCRIPT)
    act.reply(on[1], text=SCRIPT, question=True)
    act.transfer(on[2], agency="SANITATION", text=SCRIPT)
    act.put_on_list(on[2], programme="CLEAN-UP", position=2027, text=SCRIPT)
    act.close(on[2], outcome="fixed", text=SCRIPT)
    for path in (f"r/{number}/{key}/", f"r/{number}/", "requests/", "requests/map/", "", f"find/?number={SCRIPT}"):
        pages.append(ada.client.get(f"/springfield/{path}"))
    for path in (
        f"report/?q={SCRIPT}",
        f"requests/?area={SCRIPT}&agency={SCRIPT}",
        f"figures/?by={SCRIPT}&metric={SCRIPT}",
    ):
        pages.append(ada.client.get(f"/springfield/{path}"))
    for page in pages:
        clear(page)
    call_reactions(city)
    for message in Message.objects.all():
        assert "\n" not in message.subject
        assert "<script>" not in message.subject
        letter = handlers._mail(message, "ada@mail.example").message()
        assert letter.get_content_type() == "text/plain"


def call_reactions(city: CityBuilder) -> None:
    """Let the city say what events make it say."""
    from ombud.service_requests.models import RequestEvent

    for event in RequestEvent.objects.filter(kind__in=["submitted", "transferred", "listed", "closed"]):
        handlers.tell_people(event.pk)


def test_a_description_of_a_hundred_kilobytes_is_answered_and_its_beginning_kept(ada: Resident) -> None:
    draft = ada.begin()
    answer = ada.client.post(
        ada.at(draft, "details"), {"q.size": "small", "description": "the beginning " + "x" * 100_000}
    )
    assert answer.status_code == 422
    assert "the beginning" in ada.client.get(ada.at(draft, "details")).content.decode()


def test_megabytes_of_words_are_refused_with_a_sentence(ada: Resident) -> None:
    draft = ada.begin()
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "description": "x" * 3_000_000})
    assert answer.status_code in (400, 413)
    clear(answer)


def test_hundreds_of_fields_are_refused_with_a_sentence(ada: Resident) -> None:
    answer = ada.client.post(ada.at(ada.begin(), "details"), {f"f{n}": "x" for n in range(500)})
    assert answer.status_code == 400
    clear(answer)


# -- Places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("nan", "nan"), ("inf", "-inf"), ("1e400", "1e400"), ("-93.29", "91"), ("-200", "37"), ("0", "0"), ("x", "y"),
        ("-93.29", ""), ("", "37.2"), ("1_000", "2"), ("٣", "٣"), ("-90", "37.2"), ("-93.292\x00", "37.209"),
    ],
)  # fmt: skip
def test_an_absurd_point_is_no_point(ada: Resident, lon: str, lat: str) -> None:
    draft = ada.begin()
    answer = ada.client.post(ada.at(draft, "place"), {"lon": lon, "lat": lat, "address": "", "method": "pin"})
    assert answer.status_code == 422
    clear(answer)


@pytest.mark.parametrize("accuracy", ["nan", "inf", "-1", "1e400", "x", "1e6"])
def test_an_absurd_accuracy_is_left_out(ada: Resident, accuracy: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place={**pinned(), "accuracy_m": accuracy}, details={"q.size": "small"}, contact={})
    number, _ = ada.send(draft)
    assert ServiceRequest.objects.get(number=number).place.accuracy_m is None


# -- Choices, drafts, numbers, keys -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["gigantic", "", "SMALL", "small,large", "small\x00x", "0"])
def test_a_choice_that_was_not_offered_is_refused(ada: Resident, size: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned())
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": size, "description": "typed-and-kept"})
    assert answer.status_code == 422
    assert "typed-and-kept" in answer.content.decode()


@pytest.mark.parametrize("code", ["NO_SUCH", "HIGHWAY", "%00", "a" * 500, "..", "POTHOLE%0d%0aX: y", "%F0%9F%A6%84"])
def test_a_service_that_cannot_be_asked_for_makes_no_request(ada: Resident, code: str) -> None:
    for visit in (ada.client.get, ada.client.post):
        clear(visit(f"/springfield/report/service/{code}/"))
    assert ServiceRequest.objects.count() == 0


@pytest.mark.parametrize("step", ["place", "nearby", "details", "contact", "check", "send"])
def test_a_draft_that_is_not_mine_is_not_there(ada: Resident, other_city: CityBuilder, step: str) -> None:
    somebody = Resident()
    theirs = somebody.begin()
    somebody.fill(theirs, place=pinned(), details={"q.size": "small", "description": "theirs"}, contact={})
    for draft, city in ((theirs, "springfield"), (str(uuid4()), "springfield"), (theirs, "shelbyville")):
        stranger = Resident(city, ada.client if city == "springfield" else somebody.client)
        for visit in (stranger.client.get, stranger.client.post):
            answer = visit(stranger.at(draft, step))
            assert answer.status_code in (404, 405)
            clear(answer)
            assert "theirs" not in answer.content.decode()
    assert ServiceRequest.objects.count() == 0


def test_a_number_sent_before_is_told_only_to_its_own_draft_and_city(ada: Resident, other_city: CityBuilder) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small"}, contact={})
    number, key = ada.send(draft)
    assert ada.send(draft) == (number, key)
    elsewhere = ada.client.post(f"/shelbyville/report/{draft}/send/")
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    "junk", ["%00", "x" * 5000, "SP-0000-000", "../../", "%FF%FE", "%F0%9F%A6%84", "'", "%25s", "sp"]
)
def test_a_number_or_key_that_is_made_up_is_not_there(ada: Resident, city: CityBuilder, junk: str) -> None:
    number = city.report().number
    key = secret_link.token(city.id, number)
    paths = [f"r/{junk}/", f"r/{junk}/{key}/", f"r/{number}/{junk}/", f"stop/{junk}/", f"r/{number}/{key[:-1]}/"]
    for path in paths:
        for visit in (ada.client.get, ada.client.post):
            answer = visit(f"/springfield/{path}")
            clear(answer)
            assert answer.status_code in (400, 404, 405)
        for door in ("say/", "not-fixed/", "rate/", "withdraw/", "follow/"):
            answer = ada.client.post(f"/springfield/{path}{door}", {"text": "x", "score": "3", "email": "a@b.example"})
            if answer.status_code != 302 or f"{path}{door}" != f"r/{number}/follow/":
                assert answer.status_code in (404, 405), (path, door)
    assert ServiceRequest.objects.get(number=number).version == 1


def test_the_key_of_one_request_opens_no_other(ada: Resident, city: CityBuilder) -> None:
    one, other = city.report(), city.report()
    assert ada.client.get(f"/springfield/r/{other.number}/{secret_link.token(city.id, one.number)}/").status_code == 404


def test_another_citys_requests_and_photos_are_not_there(
    ada: Resident, city: CityBuilder, other_city: CityBuilder
) -> None:
    theirs = Resident("shelbyville")
    with walls.inside("shelbyville"):
        draft = theirs.begin()
        theirs.fill(draft, place=pinned(-92.95), details={"q.size": "small", "photos": [upload(jpeg())]}, contact={})
        number, key = theirs.send(draft)
        photo = RequestPhoto.objects.get().pk
    for path in (f"r/{number}/", f"r/{number}/{key}/", f"photo/{photo}/view/?key={key}", f"find/?number={number}"):
        assert ada.client.get(f"/springfield/{path}").status_code == 404
    assert bytes_of(theirs.client.get(f"/shelbyville/photo/{photo}/view/?key={key}")).startswith(b"\xff\xd8")
    assert theirs.client.get(f"/shelbyville/photo/{photo}/view/").status_code == 404
    assert theirs.client.get(f"/shelbyville/photo/{photo}/original/?key={key}").status_code == 404


@pytest.mark.parametrize("photo", ["0", "9" * 30, "-1", "x", "%00", "1.5"])
def test_a_photo_that_is_made_up_is_not_there(ada: Resident, photo: str) -> None:
    answer = ada.client.get(f"/springfield/photo/{photo}/view/?key=%00")
    assert answer.status_code == 404
    clear(answer)


# -- Addresses --------------------------------------------------------------------------------------------------

PAGES = {
    "": (),
    "requests/": ("service", "agency", "status", "outcome", "late", "area", "from", "to", "bbox", "after"),
    "requests/map/": ("service", "agency", "status", "outcome", "late", "area", "from", "to", "bbox"),
    "requests/points.geojson": ("service", "agency", "status", "outcome", "late", "area", "from", "to", "bbox"),
    "requests/cells.geojson": ("service", "agency", "status", "outcome", "late", "area", "from", "to", "bbox"),
    "figures/": ("from", "to", "by", "metric"),
    "figures/received.csv": ("from", "to", "by"),
    "find/": ("number",),
    "report/": ("q", "draft"),
    "report/addresses/": ("q",),
    "report/service/POTHOLE/": ("draft",),
}
NASTY = st.sampled_from(
    ["\x00", "'", "''", "\\", "%", "9" * 400, "-1", "1e400", "nan,nan,nan,nan", "-inf,0,inf,1", "0001-01-01",
     "9999-12-31", "2026-11-24T00:00:00+00:00~1", "0001-01-01T00:00:00+23:59~1", "9999-12-31T23:59:59-23:59~1",
     "2026-11-24T00:00:00+00:00~" + "9" * 40, "2026-11-24T00:00:00+00:00~-5", "a & b | c:*", "<->", "!", "_", "٣",
     "\ufeff"]
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_any_words_in_the_address_bar_are_answered(ada: Resident, city: CityBuilder, page: str) -> None:
    city.report()
    texts = NASTY | st.text(max_size=60)
    asked = st.dictionaries(st.sampled_from([*PAGES[page], "lang", "x", "letter", "sent"]), texts, max_size=5)
    phases = (Phase.explicit, Phase.reuse, Phase.generate)

    @settings(max_examples=30, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))
    @given(asked)
    def answered(asked: dict[str, str]) -> None:
        raw = {k: v.encode("utf-8", "surrogatepass") for k, v in asked.items()}
        query = "&".join(f"{k}={_quoted(v).decode()}" for k, v in raw.items())
        try:
            with transaction.atomic():
                clear(ada.client.get(f"/springfield/{page}?{query}"))
                raise Undo
        except Undo:
            pass

    answered()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "nasty", ["'", "2026-11-24T00:00:00%2B23:59~1", "2026-11-24T00:00:00%2B00:00~" + "9" * 40, "%FF%00"]
)
def test_these_words_in_each_field_of_the_address_bar(ada: Resident, page: str, nasty: str) -> None:
    for name in PAGES[page]:
        clear(ada.client.get(f"/springfield/{page}?{name}={nasty}"))


def test_an_address_of_a_hundred_kilobytes_is_answered(ada: Resident) -> None:
    for page in ("requests/", "report/", "find/"):
        clear(ada.client.get(f"/springfield/{page}?q={'x' * 100_000}&number={'y' * 1000}&" + "a=1&" * 300))


@pytest.mark.parametrize("page", [p for p in PAGES if p not in ("report/", "report/service/POTHOLE/")])
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_wrong_method_is_refused_with_a_sentence(ada: Resident, page: str, method: str) -> None:
    answer = getattr(ada.client, method)(f"/springfield/{page}")
    assert answer.status_code == 405
    clear(answer)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_the_doors_for_forms_take_no_other_method(ada: Resident, city: CityBuilder, method: str) -> None:
    number = city.report().number
    link = f"/springfield{secret_link.path(city.id, number)}"
    draft = ada.begin()
    for path in (
        ada.at(draft, "send"),
        ada.at(draft, "place"),
        f"{link}say/",
        f"{link}withdraw/",
        "/springfield/report/",
    ):
        clear(getattr(ada.client, method)(path))
    assert ServiceRequest.objects.get().version == 1


def test_without_the_tokens_of_the_form_nothing_is_sent_and_a_sentence_says_why(city: CityBuilder) -> None:
    strict = Resident(client=Client(enforce_csrf_checks=True))
    report = city.report().closed("nothing_found")
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    version = report.row.version
    for path in ("/springfield/report/", "/springfield/report/service/POTHOLE/", f"{link}say/", f"{link}rate/"):
        answer = strict.client.post(path, {"text": "x", "score": "3"})
        assert answer.status_code == 403
        clear(answer)
    assert report.row.version == version


def test_the_one_click_of_a_mail_program_needs_no_token_of_a_form(city: CityBuilder) -> None:
    strict = Client(enforce_csrf_checks=True)
    follower = queries.reporter_of(city.report(email="ada@mail.example").row)
    assert follower is not None
    stop = f"/springfield/stop/{secret_link.stop_token(city.id, follower.pk)}/"
    assert strict.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    again = queries.follower(city.id, follower.pk)
    assert again is not None
    assert again.stopped_at is not None


def test_a_city_or_page_that_is_not_there_is_not_there(ada: Resident) -> None:
    for path in ("/atlantis/", "/springfield/atlantis/", "/%00/", "/springfield/%FF/", "/" + "x" * 3000):
        answer = ada.client.get(path)
        assert answer.status_code == 404
        clear(answer)


@pytest.mark.parametrize(
    "path",
    ["report/", "requests/", "requests/map/", "requests/points.geojson", "figures/", "figures/received.csv", "find/",
     "report/service/POTHOLE/", "r/SP-0000-000/", "stop/x/", "photo/1/view/", "boundaries/ward.geojson", "desk/",
     "report/addresses/", "report/4d5e6f70-0000-4000-8000-000000000000/place/"],
)  # fmt: skip
def test_a_citys_page_outside_of_any_city_is_not_there(ada: Resident, path: str) -> None:
    with walls.inside(""):
        answer = ada.client.get(f"/{path}")
    assert answer.status_code == 404
    clear(answer)


def test_a_host_that_is_not_ours_is_refused_with_a_sentence(ada: Resident) -> None:
    answer = ada.client.get("/springfield/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    clear(answer)


def test_encodings_that_lie_are_answered(ada: Resident) -> None:
    draft = ada.begin()
    at = ada.at(draft, "details")
    for body, kind in (
        (b"\xff\xfe\x00q", "application/x-www-form-urlencoded"),
        (b"q.size=%ZZ&%", "application/x-www-form-urlencoded"),
        (b"q.size=small", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"q.size=small", "application/x-www-form-urlencoded; charset=no-such"),
        (b"no boundary", "multipart/form-data"),
        (b"--x\r\ncut off", "multipart/form-data; boundary=x"),
        (b'{"q.size": "small"}', "application/json"),
        (b"", "multipart/form-data; boundary=" + "x" * 300),
    ):
        clear(ada.client.generic("POST", at, body, content_type=kind))


def test_settings_are_those_of_production(settings: LazySettings) -> None:
    """What is refused here is refused there: no debug pages, checks that pass."""
    assert settings.DEBUG is False
    call_command("check", verbosity=0)
