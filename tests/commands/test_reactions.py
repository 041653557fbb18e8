"""What an event makes happen: only what its city has a use for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from ombud.connect.bridge.models import Mode
from ombud.connect.webhooks.models import State, WebhookEndpoint
from ombud.conversation.models import Message
from ombud.plumbing import jobs
from ombud.service_requests.models import RequestEvent
from ombud.wiring import CARRY, LOOK, SEND_ON, TELL
from tests.bridge import Far, link_to
from tests.builders import CityBuilder
from tests.receiver import receiving
from tests.webhooks import listen_at


def reactions_to_a_report(city: CityBuilder) -> set[str]:
    """Report something, and return the reactions that wait for a worker."""
    ProcrastinateJob.objects.all().delete()
    city.report()
    return {job.args["handler"] for job in ProcrastinateJob.objects.filter(task_name="ombud:react")}


def test_where_nobody_else_listens_only_people_are_told(city: CityBuilder) -> None:
    assert reactions_to_a_report(city) == {TELL, LOOK}


def test_a_webhook_is_told_while_it_is_on(city: CityBuilder) -> None:
    with receiving() as receiver:
        endpoint = listen_at(receiver)
        assert reactions_to_a_report(city) == {TELL, SEND_ON, LOOK}
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state=State.OFF)
    assert reactions_to_a_report(city) == {TELL, LOOK}


@pytest.mark.usefixtures("fake_connector")
@pytest.mark.parametrize(("mode", "told"), [(Mode.BOTH, {TELL, CARRY}), (Mode.READ_ONLY, {TELL}), (Mode.OFF, {TELL})])
def test_another_system_is_told_while_it_is_written_to(city: CityBuilder, mode: Mode, told: set[str]) -> None:
    link_to(Far(), mode=mode.value)
    assert reactions_to_a_report(city) == told | {LOOK}


def test_a_reaction_looks_its_city_up_once(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)  # the test's own transaction stands on it
    first = city.report(email="ada@mail.example")
    for name in ("ben", "eve"):
        city.report(email=f"{name}@mail.example", same_as=first.number)
    first.closed()
    event = RequestEvent.objects.get(request_id=first.id, kind="closed")
    with CaptureQueriesContext(connection) as asked:
        jobs.react(city=city.id, event_id=event.pk, handler=TELL)
    assert Message.objects.filter(event_id=event.pk).count() == 3
    assert sum("FROM ombud_jurisdiction" in query["sql"] for query in asked) == 1
