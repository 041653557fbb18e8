"""A report comes in that may repeat another: joined, asked about, linked to what was closed, or left alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ombud.catalog import commands as catalog_commands
from ombud.catalog import queries as catalog
from ombud.conversation import handlers as conversation
from ombud.conversation.models import Message
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import NotAllowed
from ombud.plumbing import photo_likeness
from ombud.service_requests import queries
from ombud.service_requests.commands import act, attach, incidents
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.timeline import REPORTER
from ombud.triage.likeness import commands, handlers
from ombud.triage.likeness.models import Suggestion
from tests.builders import BRAM, GUS, MAIN_STREET, NILS, CityBuilder, RequestBuilder, a_little_away

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def looked(report: RequestBuilder) -> RequestBuilder:
    """Let the reaction to a report run."""
    event = RequestEvent.objects.get(request_id=report.id, kind="submitted")
    handlers.look_for_repeats(event.pk)
    return report


def report(city: CityBuilder, service: str = "POTHOLE", *, metres: float = 0, **more: Any) -> RequestBuilder:
    at = a_little_away(MAIN_STREET, metres=metres)
    return looked(city.report(service, at=at, **more))


def with_duplicates(city: CityBuilder, code: str, **told: Any) -> None:
    """Publish a service of the city with other rules for repeats."""
    service = catalog.city(city.id).service(code)
    raw = service.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"duplicates": told}
    definition = type(service).model_validate(raw)
    catalog_commands.publish_service(jurisdiction_id=city.id, definition=definition, at=clock.now(), reason="test")


def kinds(report: RequestBuilder) -> list[str]:
    audiences = ("public", "reporter", "staff")
    return [entry.kind.value for entry in queries.story(report.row, audiences=audiences)]


def test_the_same_hole_joins_at_once_and_says_why(city: CityBuilder) -> None:
    first = report(city, when=clock.now() - HOUR)
    again = report(city, metres=2)
    assert again.row.incident_id == first.row.incident_id is not None
    joined = RequestEvent.objects.get(request_id=again.id, kind="joined")
    assert joined.actor_kind == "system"
    assert joined.facts["with"] == first.number
    assert joined.facts["score"] >= 0.85
    assert {"found": "distance:beside", "n": 2.0} in joined.facts["reasons"]
    assert not Suggestion.objects.filter(jurisdiction_id=city.id).exists()


def test_a_third_joins_the_same_incident(city: CityBuilder) -> None:
    first, second = report(city, when=clock.now() - 2 * HOUR), report(city, metres=2, when=clock.now() - HOUR)
    third = report(city, metres=1)
    assert {r.row.incident_id for r in (first, second, third)} == {first.row.incident_id}
    assert len(queries.incident_members(first.row)) == 3


def test_between_the_bars_the_dispatcher_is_asked(city: CityBuilder) -> None:
    first = report(city, when=clock.now() - HOUR)
    near = report(city, metres=14)
    assert near.row.incident_id is None
    asked = Suggestion.objects.get(request_id=near.id)
    assert (asked.thing_id, asked.kind, asked.answer) == (first.id, "same", "")
    assert 0.5 <= asked.probability < 0.85


def test_far_away_or_long_ago_it_is_left_alone(city: CityBuilder) -> None:
    report(city, when=clock.now() - HOUR)
    far = report(city, metres=28)
    assert (far.row.incident_id, Suggestion.objects.filter(request_id=far.id).count()) == (None, 0)


def test_looking_twice_changes_nothing(city: CityBuilder) -> None:
    report(city, when=clock.now() - HOUR)
    near = report(city, metres=14)
    looked(near)
    assert Suggestion.objects.filter(request_id=near.id).count() == 1
    other = a_little_away(MAIN_STREET, metres=500)
    looked(city.report(at=other, when=clock.now() - HOUR))
    joined = looked(looked(city.report(at=other)))
    assert kinds(joined).count("joined") == 1


def test_yes_joins_them_and_no_is_remembered(city: CityBuilder) -> None:
    first = report(city, when=clock.now() - HOUR)
    one, other = report(city, metres=14), report(city, metres=-14)
    ids = {s.request_id: s.pk for s in Suggestion.objects.filter(jurisdiction_id=city.id)}
    commands.answer(jurisdiction_id=city.id, suggestion_ids=[ids[one.id]], yes=True, actor=GUS, at=clock.now())
    commands.answer(jurisdiction_id=city.id, suggestion_ids=[ids[other.id]], yes=False, actor=GUS, at=clock.now())
    assert one.row.incident_id == first.row.incident_id is not None
    assert other.row.incident_id is None
    assert kinds(other)[-1] == "told_apart"
    # Answered is answered, and whoever looks again is not asked again.
    assert not commands.answer(
        jurisdiction_id=city.id, suggestion_ids=list(ids.values()), yes=True, actor=GUS, at=clock.now()
    )
    looked(other)
    assert other.row.incident_id is None


def test_only_who_may_route_answers(city: CityBuilder) -> None:
    report(city, when=clock.now() - HOUR)
    near = report(city, metres=14)
    asked = Suggestion.objects.get(request_id=near.id)
    with pytest.raises(NotAllowed):
        commands.answer(jurisdiction_id=city.id, suggestion_ids=[asked.pk], yes=True, actor=NILS, at=clock.now())
    assert Suggestion.objects.get(pk=asked.pk).answer == ""


def test_what_was_closed_lately_has_come_back(city: CityBuilder) -> None:
    fixed = report(city, when=clock.now() - 5 * DAY).closed(by=BRAM, after=-2 * DAY)
    back = report(city, metres=2)
    row = back.row
    assert (row.again_of_id, row.incident_id) == (fixed.id, None)
    told = RequestEvent.objects.get(request_id=back.id, kind="reported_again")
    assert (told.facts["earlier"], told.facts["closed_as"], told.facts["closed_by"]) == (
        fixed.number,
        "fixed",
        BRAM.account_id,
    )
    # The earlier one keeps its end, and the resident their own number.
    assert fixed.row.status == "closed"
    assert queries.replayed(row).again_of_id == fixed.id


def test_what_has_come_back_stands_among_what_was_not_fixed(city: CityBuilder) -> None:
    from ombud.service_requests import listing

    report(city, when=clock.now() - 5 * DAY).closed(after=-2 * DAY)
    back = report(city, metres=2)
    shown = listing.page(city.id, listing.Filter(status="open", reopened=True), now=clock.now())
    assert [row.pk for row in shown.rows] == [back.id]
    counted = listing.counts(city.id, listing.Filter(), now=clock.now(), soon=DAY)
    assert counted["reopened"] == 1


def test_it_can_be_said_that_it_has_not_come_back(city: CityBuilder) -> None:
    report(city, when=clock.now() - 5 * DAY).closed(after=-2 * DAY)
    back = report(city, metres=2)
    commands.not_come_back(jurisdiction_id=city.id, request_id=back.id, actor=GUS, at=clock.now())
    looked(back)
    assert back.row.again_of_id is None
    assert kinds(back) == ["submitted", "reported_again", "told_apart"]


def test_where_an_answer_keeps_it_by_itself_it_is_never_joined(city: CityBuilder) -> None:
    with_duplicates(city, "POTHOLE", never_when=[{"question": "size", "is": ["large"]}])
    report(city, when=clock.now() - HOUR)
    alone = report(city, metres=1, answers={"size": ["large"], "depth": ["deep"]})
    assert (alone.row.incident_id, Suggestion.objects.filter(request_id=alone.id).count()) == (None, 0)


@pytest.mark.parametrize(("merge", "asked"), [("ask", 1), ("never", 0)])
def test_a_service_may_say_that_nothing_joins_by_itself(city: CityBuilder, merge: str, asked: int) -> None:
    with_duplicates(city, "POTHOLE", merge=merge)
    report(city, when=clock.now() - HOUR)
    second = report(city, metres=1)
    assert second.row.incident_id is None
    assert Suggestion.objects.filter(request_id=second.id).count() == asked


def test_services_that_are_mistaken_for_each_other_are_compared(city: CityBuilder) -> None:
    with_duplicates(city, "ENCAMPMENT", **{"with": ["POTHOLE"]}, ask=0.3)
    first = report(city, "POTHOLE", when=clock.now() - HOUR, description="something is wrong with the road here")
    second = report(city, "ENCAMPMENT", metres=1, description="something is wrong with the road here")
    assert Suggestion.objects.filter(request_id=second.id, thing_id=first.id).exists() or second.row.incident_id


def test_whoever_barks_about_a_dog_does_not_learn_of_the_neighbour(city: CityBuilder) -> None:
    first = report(city, "BARKING", when=clock.now() - HOUR, name="Ada", email="ada@mail.example")
    second = report(city, "BARKING", metres=1, name="Eve", email="eve@mail.example")
    asked = Suggestion.objects.get(request_id=second.id)
    commands.answer(jurisdiction_id=city.id, suggestion_ids=[asked.pk], yes=True, actor=GUS, at=clock.now())
    assert first.row.incident_id == second.row.incident_id is not None
    for event in RequestEvent.objects.filter(request_id__in=[first.id, second.id], kind="joined"):
        conversation.tell_people(event.pk)
    assert not Message.objects.filter(jurisdiction_id=city.id, kind="joined").exists()
    first.closed("nothing_found", by=GUS, text="We spoke with the owner.")
    conversation.tell_people(RequestEvent.objects.get(request_id=first.id, kind="closed").pk)
    told = Message.objects.filter(jurisdiction_id=city.id, kind="closed")
    assert {m.request_id for m in told} == {first.id}


def test_the_same_picture_says_more_than_the_place(city: CityBuilder) -> None:
    def pictured(metres: float, *, when: Any = None) -> RequestBuilder:
        made = city.report(at=a_little_away(MAIN_STREET, metres=metres), when=when)
        photo = StoredPhoto("o", "v", "t", 9, 8, f"{made.id:064}", likeness=-6917529027641081856)
        attach.add_photo(jurisdiction_id=city.id, request_id=made.id, photo=photo, actor=REPORTER, at=clock.now())
        return looked(made)

    first = pictured(0, when=clock.now() - HOUR)
    assert pictured(14).row.incident_id == first.row.incident_id is not None


def test_like_pictures_have_like_fingerprints() -> None:
    import io

    from PIL import Image, ImageDraw, ImageEnhance

    def jpeg(image: Image.Image, quality: int = 90) -> bytes:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        return out.getvalue()

    picture = Image.radial_gradient("L").resize((400, 300)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 60, 160, 200), fill="black")
    draw.ellipse((230, 30, 360, 140), fill="white")
    whole = photo_likeness.fingerprint(jpeg(picture))
    smaller = photo_likeness.fingerprint(jpeg(ImageEnhance.Brightness(picture.resize((200, 150))).enhance(0.7), 40))
    turned = photo_likeness.fingerprint(jpeg(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    apart = [bin((whole ^ other) % 2**64).count("1") for other in (smaller, turned)]
    assert apart[0] <= 4
    assert apart[1] > 20


def test_a_report_without_a_point_is_found_by_its_address(city: CityBuilder) -> None:
    def at_address() -> RequestBuilder:
        located = Located(method="words", words="120 Elm Street", address="120 Elm Street")
        return looked(city.report(located=located))

    first, second = at_address(), at_address()
    assert first.row.lon is None
    assert (
        second.row.incident_id == first.row.incident_id is not None
        or Suggestion.objects.filter(request_id=second.id, thing_id=first.id).exists()
    )


def test_who_said_me_too_is_not_asked_about(city: CityBuilder) -> None:
    first = report(city, when=clock.now() - HOUR)
    second = report(city, metres=14, same_as=first.number)
    assert second.row.incident_id == first.row.incident_id is not None
    assert not Suggestion.objects.filter(request_id=second.id).exists()


def test_a_report_that_was_closed_meanwhile_is_left(city: CityBuilder) -> None:
    report(city, when=clock.now() - HOUR)
    quick = city.report(at=MAIN_STREET).closed(after=timedelta(0))
    assert looked(quick).row.incident_id is None


def test_looking_takes_few_statements_however_many_lie_near(city: CityBuilder) -> None:
    def statements() -> int:
        made = city.report(at=MAIN_STREET)
        event = RequestEvent.objects.get(request_id=made.id, kind="submitted")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            handlers.look_for_repeats(event.pk)
        act.withdraw(made.on(REPORTER))
        return len(asked)

    with_duplicates(city, "POTHOLE", merge="ask")
    city.report(at=MAIN_STREET, when=clock.now() - HOUR)
    few = statements()
    for metres in range(1, 12):
        city.report(at=a_little_away(MAIN_STREET, metres=metres), when=clock.now() - HOUR)
    assert statements() <= few + 1
    assert few <= 18


def test_going_back_gives_an_incident_its_own_again(city: CityBuilder) -> None:
    """Two incidents are joined by mistake; taken out, those who came together go back together."""
    a, b = city.report(), city.report()
    c, d = city.report(), city.report()
    join = {"jurisdiction_id": city.id, "actor": GUS, "at": clock.now()}
    incidents.merge(request_id=b.id, with_number=a.number, **join)
    incidents.merge(request_id=d.id, with_number=c.number, **join)
    theirs = c.row.incident_id
    incidents.merge(request_id=c.id, with_number=a.number, **join)
    assert {r.row.incident_id for r in (a, b, c, d)} == {a.row.incident_id}
    incidents.split(request_id=d.id, **join)
    assert {c.row.incident_id, d.row.incident_id} == {theirs}
    assert {a.row.incident_id, b.row.incident_id} == {a.row.incident_id}
    assert a.row.incident_id != theirs
    incidents.split(request_id=d.id, **join)
    assert (c.row.incident_id, d.row.incident_id) == (None, None)


def test_reasons_never_hold_words_of_people(city: CityBuilder) -> None:
    report(city, when=clock.now() - HOUR, description="the-description-canary by the school")
    again = report(city, metres=1, description="the-description-canary by the school")
    facts = RequestEvent.objects.get(request_id=again.id, kind="joined").facts
    assert "canary" not in str(facts)
