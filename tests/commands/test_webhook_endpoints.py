"""Endpoints of webhooks: their secrets, their addresses, how many, and who may manage them."""

from datetime import timedelta
from typing import Any

import pytest

from ombud.connect.webhooks import handlers
from ombud.connect.webhooks.commands import deliver, manage
from ombud.connect.webhooks.commands.manage import Told
from ombud.connect.webhooks.commands.try_out import try_out
from ombud.connect.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotAllowed, NotFound
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from tests.builders import CityBuilder, staff
from tests.receiver import Receiver, receiving, refusing
from tests.webhooks import YARA, Worker, listen_at


def test_a_new_secret_signs_beside_the_old_one_for_a_day(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    endpoint = listen_at(receiver)
    old = receiver.secrets[0]
    new = manage.rotate(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA, at=clock.now())
    assert new != old
    assert new.startswith("whsec_")
    for later, fits_old in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        with clock.standing_at(clock.now() + later):
            for secret, fits in ((old, fits_old), (new, True)):
                receiver.secrets, receiver.unsigned = [secret], 0
                city.report()
                worker.work()
                assert (receiver.unsigned == 0) is fits


def test_secrets_lie_nowhere_and_no_two_are_alike(city: CityBuilder, receiver: Receiver) -> None:
    for n in range(3):
        listen_at(receiver, name=f"No. {n}")
    assert len(set(receiver.secrets)) == 3
    kept = str(list(WebhookEndpoint.objects.values()))
    assert not any(secret.removeprefix("whsec_")[:20] in kept for secret in receiver.secrets)


def test_a_change_of_address_counts_for_what_waits(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    endpoint = listen_at(receiver)
    receiver.answering = refusing()
    city.report()
    worker.work()
    with receiving() as moved:
        told = Told(name="Moved", url=moved.url)
        manage.change(jurisdiction_id=city.id, endpoint_id=endpoint.pk, told=told, actor=YARA)
        worker.work_until(clock.now() + timedelta(minutes=1))
        assert moved.types() == ["submitted"]
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (Told("", "http://127.0.0.1/"), "name"),
        (Told("x" * 81, "http://127.0.0.1/"), "name"),
        (Told("A", "ftp://127.0.0.1/"), "url"),
        (Told("A", "http://10.1.2.3/"), "url"),
        (Told("A", "http://1.1.1.1/"), "url"),  # public and not secure
        (Told("A", "http://nobody.invalid/"), "url"),
        (Told("A", "http://127.0.0.1/" + "x" * 500), "url"),
        (Told("A", "http://127.0.0.1/", names=["noted"]), "names"),
    ],
)
def test_an_endpoint_half_described_is_refused(city: CityBuilder, told: Told, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        manage.add(jurisdiction_id=city.id, told=told, actor=YARA, at=clock.now())
    assert refused.value.field == field


def test_there_are_so_many_at_most(city: CityBuilder, receiver: Receiver) -> None:
    for n in range(manage.MOST_ENDPOINTS):
        listen_at(receiver, name=str(n))
    with pytest.raises(BadInput):
        listen_at(receiver)


def test_only_administrators_manage_them_and_only_their_citys(
    city: CityBuilder, other_city: CityBuilder, receiver: Receiver
) -> None:
    endpoint = listen_at(receiver)
    one = {"jurisdiction_id": city.id, "endpoint_id": endpoint.pk}
    told, now = {"told": Told("A", receiver.url)}, {"at": clock.now()}
    verbs: list[tuple[Any, dict[str, Any]]] = [
        (manage.add, {"jurisdiction_id": city.id, **told, **now}),
        (manage.change, one | told),
        (manage.pause, one),
        (manage.resume, one | now),
        (manage.rotate, one | now),
        (manage.redeliver, one | now | {"delivery_id": 1}),
        (manage.remove, one),
        (try_out, one | now),
    ]
    for role in set(Role) - {Role.ADMINISTRATOR}:
        for verb, about in verbs:
            with pytest.raises(NotAllowed):
                verb(**about, actor=staff(role))
    with walls.inside(other_city.id), pytest.raises(NotFound):
        manage.remove(jurisdiction_id=other_city.id, endpoint_id=endpoint.pk, actor=YARA)


def test_a_removed_endpoint_takes_its_log_along(city: CityBuilder, receiver: Receiver, worker: Worker) -> None:
    endpoint = listen_at(receiver)
    city.report()
    worker.work()
    manage.remove(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA)
    assert (WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (0, 0)
    deliver_late = handlers.send_waiting(endpoint.pk)
    assert deliver_late is None
    assert timedelta(days=30) == deliver.LOG_KEPT_FOR
