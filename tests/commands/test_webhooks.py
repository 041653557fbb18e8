"""Webhooks end to end: from an event to a receiver that checks the signature, and what happens when it is not there."""

import json
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ombud.connect.webhooks import handlers, queries
from ombud.connect.webhooks.commands import manage
from ombud.connect.webhooks.commands.try_out import try_out
from ombud.connect.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ombud.kernel import clock
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.service_requests.commands import act
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder
from tests.far_host import Line
from tests.ports import free_port
from tests.receiver import Receiver, refusing
from tests.webhooks import YARA, Worker, fresh, listen_at, progress

ADA = {"name": "Ada", "email": "ada@mail.example"}


# -- What is sent


def test_what_happens_to_a_request_arrives_signed_and_in_order(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver)
    city.report().accepted().closed("fixed")
    worker.work()
    assert receiver.types() == ["submitted", "accepted", "closed"]
    assert receiver.unsigned == 0
    (first_id, first), *_ = receiver.taken
    assert first_id.startswith("evt_")
    assert first["data"]["service_request"]["address"] is None or isinstance(first, dict)
    assert [one[1] for one in progress(endpoint)] == ["delivered"] * 3
    closed = receiver.taken[2][1]
    assert closed["data"]["said"] == {"status": "closed", "outcome": "fixed"}
    assert closed["data"]["service_request"]["status"] == "closed"
    assert len({came_id for came_id, _ in receiver.came}) == 3


def test_an_event_is_queued_once_however_often_its_job_runs(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    listen_at(receiver)
    hole = city.report()
    event = hole.row.events.get()
    for _ in range(3):
        handlers.queue_event(event.pk)
        worker.work()
    assert len(receiver.came) == 1


def test_only_what_an_endpoint_wants_is_sent(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    listen_at(receiver, names=["closed"], services=["POTHOLE"])
    city.report("BULKY", **ADA).closed("fixed", by=GUS)
    city.report("ENCAMPMENT").closed("fixed", by=GUS)
    hole = city.report().closed("fixed")
    worker.work()
    assert [came["data"]["service_request_id"] for _, came in receiver.taken] == [hole.number]


def test_nothing_of_hidden_requests_is_sent_nor_anything_that_is_not_public(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    listen_at(receiver)
    for service in ("BULKY", "BARKING"):
        city.report(service, description="canary", **ADA).closed("fixed", by=GUS)
    hole = city.report(description="canary", **ADA)
    act.note(hole.on(BRAM), text="canary")
    act.prioritise(hole.on(BRAM), priority="urgent", text="canary")
    act.reply(hole.on(BRAM), text="canary", question=True)
    act.answer(hole.on(REPORTER), text="canary")
    hole.closed("fixed", text="canary")
    worker.work()
    assert receiver.types() == ["submitted", "closed"]
    assert not any(word in json.dumps(receiver.came) for word in ("canary", "ada", "Ada"))


def test_that_a_request_went_out_of_sight_is_told_by_its_number_alone(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver, services=["POTHOLE"])
    hole = city.report()
    worker.work()
    hole.accepted()
    worker.react()
    act.change_service(hole.on(GUS), code="BARKING", text="They meant the dog.")
    worker.work()
    # What was still on its way when it was hidden is not sent any more.
    assert receiver.types() == ["submitted", "hidden"]
    assert receiver.taken[-1][1]["data"] == {"jurisdiction_id": "springfield", "service_request_id": hole.number}
    assert ("accepted", "hidden") in progress(endpoint)


def test_what_was_never_seen_does_not_go_out_of_sight(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    listen_at(receiver)
    dog = city.report("BARKING", **ADA)
    act.change_service(dog.on(GUS), code="BULKY", text="A sofa.")
    worker.work()
    assert receiver.came == []
    act.change_service(dog.on(GUS), code="POTHOLE", text="A hole.")
    worker.work()
    assert receiver.types() == ["service_changed"]


def test_another_city_hears_nothing(
    city: CityBuilder, other_city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    with walls.inside(other_city.id):
        listen_at(receiver, city=other_city.id)
    city.report()
    worker.work()
    assert receiver.came == []


def test_where_nobody_listens_an_event_costs_one_look(city: CityBuilder) -> None:
    event = city.report().row.events.get()
    with CaptureQueriesContext(connection) as asked:
        handlers.queue_event(event.pk)
    assert len([q for q in asked.captured_queries if "ombud" in q["sql"]]) == 1


# -- Trouble


def test_a_receiver_that_was_down_gets_everything_in_order_once_it_is_up(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver)
    receiver.answering = refusing()
    holes = []
    for _ in range(20):
        holes.append(city.report().accepted().closed("fixed"))
        worker.work()
    assert fresh(endpoint).held_until > clock.now()
    # It is not hammered: what is new is only tried when it answered, or an hour later.
    assert len(receiver.came) == 3
    worker.work_until(clock.now() + timedelta(hours=5))
    assert receiver.taken == []
    assert len(receiver.came) < 40
    receiver.answering = lambda line, came: line.answer("204 No Content")
    with clock.standing_at(clock.now() + timedelta(hours=5)):
        worker.work_until(clock.now() + timedelta(hours=16))
    assert len(receiver.taken) == 60
    for hole in holes:
        told = [came["type"] for _, came in receiver.taken if came["data"]["service_request_id"] == hole.number]
        assert told == [f"service_request.{name}" for name in ("submitted", "accepted", "closed")]
    assert (fresh(endpoint).failures, fresh(endpoint).failing_since) == (0, None)


def test_the_same_id_and_another_time_are_signed_when_it_is_tried_again(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    listen_at(receiver)
    receiver.answering = refusing()
    city.report()
    worker.work()
    receiver.answering = lambda line, came: line.answer()
    worker.work_until(clock.now() + timedelta(minutes=1))
    assert len(receiver.came) == 2
    assert len({came_id for came_id, _ in receiver.came}) == 1
    times = [part for asked in receiver.host.asked for part in asked.split(b"\r\n") if part.startswith(b"webhook-time")]
    assert len(set(times)) == 2
    assert receiver.unsigned == 0


def test_an_event_that_is_always_refused_holds_back_its_own_request_only(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver)
    bad, good = city.report(), city.report()

    def picky(line: Line, came: dict) -> None:  # type: ignore[type-arg]
        refused = came["data"]["service_request_id"] == bad.number and came["type"].endswith("submitted")
        line.answer("400 Bad Request" if refused else "200 OK", body=b"<h1>No</h1>\x00 such\x1b thing")

    receiver.answering = picky
    bad.accepted()
    good.accepted()
    worker.work_until(clock.now() + timedelta(days=1))
    good.closed("fixed")
    with clock.standing_at(clock.now() + timedelta(days=1)):
        worker.work()
        assert [came["data"]["service_request_id"] for _, came in receiver.taken] == [good.number] * 3
        worker.work_until(clock.now() + timedelta(days=3))
    # Given up after three days, it lets the next one pass.
    assert progress(endpoint) == [
        ("submitted", "late"),
        ("submitted", "delivered"),
        ("accepted", "delivered"),
        ("accepted", "delivered"),
        ("closed", "delivered"),
    ]
    attempt = WebhookAttempt.objects.filter(status=400).first()
    assert (attempt.said, attempt.trouble) == ("No such thing", "")


def test_a_receiver_that_wishes_to_be_left_alone_is(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    endpoint = listen_at(receiver)
    receiver.answering = refusing("429 Slowly", Retry_After="3600")
    city.report()
    worker.work()
    assert fresh(endpoint).held_until == clock.now() + timedelta(hours=1)
    city.report()
    worker.work_until(clock.now() + timedelta(minutes=59))
    assert len(receiver.came) == 1
    receiver.answering = lambda line, came: line.answer()
    worker.work_until(clock.now() + timedelta(minutes=61))
    assert len(receiver.taken) == 2


@pytest.mark.parametrize(
    ("status", "headers"), [("302 Found", {"Location": "/elsewhere"}), ("308 Moved", {"Location": "http://[::1]/"})]
)
def test_a_redirect_is_not_followed_and_no_success(
    city: CityBuilder, receiver: Receiver, worker: Worker, status: str, headers: dict[str, str]
) -> None:
    listen_at(receiver)
    receiver.answering = refusing(status, **headers)
    city.report()
    worker.work()
    assert len(receiver.came) == 1
    assert WebhookDelivery.objects.get().progress == "waiting"


def test_nobody_there_a_cut_answer_and_a_private_address_are_written_down(
    city: CityBuilder, receiver: Receiver, worker: Worker, settings: LazySettings
) -> None:
    endpoint = listen_at(receiver)

    def dies(line: Line, came: object) -> None:
        line.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
        line.connection.close()

    receiver.answering = dies
    city.report()
    worker.work()
    WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{free_port()}/")
    worker.work_until(clock.now() + timedelta(seconds=20))
    settings.OMBUD_OUTGOING_NETWORKS = []
    worker.work_until(clock.now() + timedelta(minutes=3))
    troubles = list(WebhookAttempt.objects.order_by("pk").values_list("status", "trouble"))
    assert [trouble for _, trouble in troubles[:3]] == [
        "%(host)s did not answer in full, or not by HTTP.",
        "%(host)s does not answer.",
        "%(host)s is on a network that is not public. The operator of this installation can allow it.",
    ]
    assert progress(endpoint) == [("submitted", "waiting")]


def test_one_that_answers_nobody_for_three_days_is_switched_off_and_its_owner_told(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    yara = city.employs("Yara", Role.ADMINISTRATOR)
    endpoint = listen_at(receiver)
    WebhookEndpoint.objects.update(owner_id=yara.pk)
    receiver.answering = refusing()
    city.report()
    worker.work_until(clock.now() + timedelta(days=4))
    off = fresh(endpoint)
    assert (off.state, off.off_because) == ("off", "failing")
    letter = mail.outbox[-1]
    assert letter.to == ["yara@springfield.example"]
    assert "“Street works” of City of Springfield is off" in letter.body.replace("\n", " ")
    before = len(receiver.came)
    assert before < 20
    city.report()
    with clock.standing_at(clock.now() + timedelta(days=5)):
        worker.work()
        assert len(receiver.came) == before
        receiver.answering = lambda line, came: line.answer()
        manage.resume(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA, at=clock.now())
        worker.work()
        assert receiver.taken == []
        city.report()
        worker.work()
    assert receiver.types() == ["submitted"]


def test_one_that_says_it_is_gone_is_switched_off_at_once(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    city.employs("Yara", Role.ADMINISTRATOR)
    endpoint = listen_at(receiver)
    receiver.answering = refusing("410 Gone")
    city.report()
    worker.work_until(clock.now() + timedelta(days=4))
    assert (fresh(endpoint).state, fresh(endpoint).off_because) == ("off", "gone")
    assert len(receiver.came) == 1
    # Whoever set it up works here no more: the administrators are told.
    assert mail.outbox[-1].to == ["yara@springfield.example"]


# -- What administrators do


def test_while_paused_events_wait_and_are_sent_when_it_goes_on(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver)
    manage.pause(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA)
    city.report().accepted()
    worker.work()
    assert receiver.came == []
    assert queries.waiting(city.id, endpoint.pk) == 2
    manage.resume(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA, at=clock.now())
    worker.work()
    assert receiver.types() == ["submitted", "accepted"]


def test_what_waits_for_longer_than_three_days_is_given_up(
    city: CityBuilder, receiver: Receiver, worker: Worker
) -> None:
    endpoint = listen_at(receiver)
    manage.pause(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA)
    city.report()
    worker.work()
    with clock.standing_at(clock.now() + timedelta(days=3, hours=2)):
        handlers.tidy_all()
    assert progress(endpoint) == [("submitted", "late")]
    with clock.standing_at(clock.now() + timedelta(days=34)):
        assert handlers.tidy_all() == {"springfield": 1, "shelbyville": 0}
    assert progress(endpoint) == []


def test_what_lies_without_a_job_is_taken_up_again(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    listen_at(receiver)
    city.report()
    worker.react()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    worker.work()
    assert receiver.came == []
    handlers.tidy_all()
    worker.work()
    assert receiver.types() == ["submitted"]


def test_a_delivery_is_sent_again_when_somebody_asks(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    endpoint = listen_at(receiver)
    city.report()
    worker.work()
    delivery = WebhookDelivery.objects.get()
    manage.redeliver(
        jurisdiction_id=city.id, endpoint_id=endpoint.pk, delivery_id=delivery.pk, actor=YARA, at=clock.now()
    )
    worker.work()
    assert len(receiver.came) == 2
    assert len({came_id for came_id, _ in receiver.came}) == 1
    assert WebhookAttempt.objects.count() == 2


def test_a_test_is_sent_at_once_and_counts_for_nothing(city: CityBuilder, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    about = {"jurisdiction_id": city.id, "endpoint_id": endpoint.pk, "actor": YARA, "at": clock.now()}
    assert try_out(**about).status == 204
    assert receiver.taken[0][1]["type"] == "test"
    assert receiver.unsigned == 0
    receiver.answering = refusing()
    assert try_out(**about).status == 500
    assert fresh(endpoint).failures == 0
    assert progress(endpoint) == [("test", "delivered"), ("test", "given_up")]
