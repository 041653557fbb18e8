"""Many reports of one thing at the desk: one message to all of them, one closing, one row."""

from typing import Any

from ombud.conversation import handlers as conversation
from ombud.conversation.models import Message
from ombud.kernel import clock
from ombud.service_requests.commands import act, incidents
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.timeline import REPORTER
from tests.builders import GUS, CityBuilder, RequestBuilder
from tests.desk import Staff


def incident(city: CityBuilder, *languages: str) -> list[RequestBuilder]:
    """Return reports of one thing: the first anonymous, the others by people who read these languages."""
    made = [city.report()]
    for i, language in enumerate(languages):
        made.append(city.report(name=f"Ada {i}", email=f"ada{i}@mail.example", language=language))
        incidents.merge(
            jurisdiction_id=city.id, request_id=made[-1].id, with_number=made[0].number, actor=GUS, at=clock.now()
        )
    return made


def test_one_message_reaches_everybody_about_their_own(city: CityBuilder, desk: Staff) -> None:
    made = incident(city, "en", "es")
    address = f"/springfield/desk/r/{made[0].number}/reply-to-all/"
    assert address in desk.gus.get(f"/springfield/desk/r/{made[0].number}/").content.decode()
    sent: dict[str, Any] = {"text": "A crew is on its way.", "seen": made[0].row.version}
    look = desk.gus.post(address, sent).content.decode()
    for said in ("You write about 3 reports:", "2 people get it by mail.", "One report has nobody to write to"):
        assert said in look
    assert "Some read español." in look
    assert not RequestEvent.objects.filter(kind="replied").exists()
    done = desk.gus.post(address, {**sent, "looked": "yes"}, follow=True).content.decode()
    assert "Sent to whoever made these 3 reports." in done
    for event in RequestEvent.objects.filter(kind="replied"):
        conversation.tell_people(event.pk)
    letters = {m.request_id: m for m in Message.objects.filter(jurisdiction_id=city.id, kind="replied")}
    assert set(letters) == {made[1].id, made[2].id}
    assert "A crew is on its way." in letters[made[2].id].body
    assert "Hola" in letters[made[2].id].body
    # Nobody learns of another: not their number, not their name.
    for mine, others in ((made[1], (made[0], made[2])), (made[2], (made[0], made[1]))):
        text = letters[mine.id].subject + letters[mine.id].body
        assert mine.number in text
        assert not [o for o in others if o.number in text]
    assert "Ada 0" not in letters[made[2].id].body


def test_who_took_theirs_back_is_left_in_peace(city: CityBuilder, desk: Staff) -> None:
    made = incident(city, "en", "en")
    act.withdraw(made[2].on(REPORTER))
    sent = {"text": "A crew is on its way.", "looked": "yes"}
    desk.gus.post(f"/springfield/desk/r/{made[0].number}/reply-to-all/", sent)
    told = set(RequestEvent.objects.filter(kind="replied").values_list("request_id", flat=True))
    assert told == {made[0].id, made[1].id}


def test_it_is_all_of_them_or_none(city: CityBuilder, desk: Staff) -> None:
    made = incident(city, "en")
    act.transfer(made[1].on(GUS), agency="SANITATION", text="Theirs.")
    sent = {"text": "A crew is on its way.", "looked": "yes"}
    answer = desk.bram.post(f"/springfield/desk/r/{made[0].number}/reply-to-all/", sent)
    assert answer.status_code == 422
    assert not RequestEvent.objects.filter(kind="replied").exists()


def test_a_request_alone_has_no_such_act(city: CityBuilder, desk: Staff) -> None:
    alone = city.report()
    assert "reply-to-all" not in desk.gus.get(f"/springfield/desk/r/{alone.number}/").content.decode()
    sent = {"text": "A crew is on its way.", "looked": "yes"}
    assert desk.gus.post(f"/springfield/desk/r/{alone.number}/reply-to-all/", sent).status_code == 422


def test_the_view_of_incidents_has_one_row_each(city: CityBuilder, desk: Staff) -> None:
    made, other, alone = incident(city, "en", "en"), incident(city, "en"), city.report()
    html = desk.gus.get("/springfield/desk/?view=incidents&agency=").content.decode()
    for lead in (made[0], other[0]):
        assert f'value="{lead.id}:' in html
    for follower in (*made[1:], *other[1:], alone):
        assert f'value="{follower.id}:' not in html


def test_closing_many_closes_all_reports_of_each_with_one_sentence(city: CityBuilder, desk: Staff) -> None:
    made, other = incident(city, "en", "en"), incident(city, "es")
    chosen = [f"{r.id}:{r.row.version}" for r in (made[0], made[1], other[0])]
    look = desk.gus.post("/springfield/desk/bulk/", {"do": "close", "chosen": chosen}).content.decode()
    assert "With all other reports of the same things" in look
    sent = {
        "do": "close",
        "chosen": chosen,
        "looked": "yes",
        "outcome": "fixed",
        "text": "The storm's damage here is mended.",
        "whole_incident": "on",
    }
    done = desk.gus.post("/springfield/desk/bulk/", sent).content.decode()
    assert "3 of 3 are done" in done
    assert {r.row.status for r in (*made, *other)} == {"closed"}
    closings = RequestEvent.objects.filter(kind="closed", request_id__in=[r.id for r in (*made, *other)])
    assert closings.count() == 5


def test_without_the_tick_only_the_chosen_are_closed(city: CityBuilder, desk: Staff) -> None:
    made = incident(city, "en")
    chosen = [f"{made[0].id}:{made[0].row.version}"]
    sent = {"do": "close", "chosen": chosen, "looked": "yes", "outcome": "fixed", "text": "Mended."}
    desk.gus.post("/springfield/desk/bulk/", sent)
    assert [r.row.status for r in made] == ["closed", "received"]


def test_of_what_stands_alone_the_tick_is_not_asked(city: CityBuilder, desk: Staff) -> None:
    alone = city.report()
    look = desk.gus.post("/springfield/desk/bulk/", {"do": "close", "chosen": [f"{alone.id}:1"]}).content.decode()
    assert "With all other reports" not in look
