"""Whatever stands in the address bar, in the method and in the headers: a clear answer, never a trace."""

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ombud.plumbing import walls
from ombud.service_requests import queries, secret_link
from ombud.service_requests.models import ServiceRequest
from tests.builders import CityBuilder
from tests.contracts.clear import Undo, clear, quoted
from tests.resident import Resident

pytestmark = pytest.mark.usefixtures("own_media")


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
        query = "&".join(f"{k}={quoted(v).decode()}" for k, v in raw.items())
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
