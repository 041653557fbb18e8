"""Photos in a bucket: what was sent comes back, originals are for staff, and while it is away nothing is half kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from ombud.service_requests import queries
from ombud.service_requests.models import RequestPhoto, ServiceRequest
from ombud.settings import object_storage
from tests import s3
from tests.builders import CityBuilder
from tests.contracts.clear import clear
from tests.desk import Staff
from tests.photos import let_through
from tests.resident import Resident, bytes_of, jpeg, pinned, upload, words_of


@pytest.fixture
def bucket(settings: LazySettings) -> Iterator[s3.Store]:
    with s3.running() as store:
        backend: dict[str, Any] = object_storage(s3.BUCKET)
        backend["OPTIONS"] |= store.options()
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        yield store


def report_with_a_photo(ada: Resident) -> tuple[str, str]:
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small", "photos": [upload(jpeg())]}, contact={})
    return ada.send(draft)


def test_originals_are_for_staff_and_the_copy_for_all_once_it_is_let_through(
    bucket: s3.Store, ada: Resident, desk: Staff, city: CityBuilder
) -> None:
    number, _ = report_with_a_photo(ada)
    row = ServiceRequest.objects.get(number=number)
    photo = queries.photos(row)[0]
    held = bucket.held()
    assert {photo.original_key, photo.view_key, photo.thumb_key} <= set(held)
    assert not any(bucket.is_open_to_strangers(key) for key in held)

    address = f"/springfield/photo/{photo.pk}"
    assert Client().get(f"{address}/view/").status_code == 404
    let_through(city.id, photo.pk)
    assert bytes_of(Client().get(f"{address}/view/")).startswith(b"\xff\xd8")
    assert Client().get(f"{address}/original/").status_code == 404
    assert bytes_of(desk.gus.get(f"/springfield/desk/photo/{photo.pk}/original/")) == jpeg()

    shown = RequestPhoto.objects.get(pk=photo.pk)
    assert not any(bucket.is_open_to_strangers(key) for key in bucket.held())
    bucket.client.delete_object(Bucket=s3.BUCKET, Key=shown.public_key)
    gone = Client().get(f"{address}/view/")
    assert gone.status_code == 404
    clear(gone)


def test_while_the_bucket_is_away_it_is_said_and_nothing_is_half_kept(bucket: s3.Store, ada: Resident) -> None:
    number, key = report_with_a_photo(ada)
    photo = RequestPhoto.objects.get(request__number=number)
    draft = ada.begin()
    ada.fill(draft, place=pinned())
    bucket.go_down()

    answer = ada.client.post(
        ada.at(draft, "details"), {"q.size": "small", "description": "typed-and-kept", "photos": [upload(jpeg())]}
    )
    assert answer.status_code == 503
    assert "cannot be reached just now" in words_of(answer)
    assert RequestPhoto.objects.count() == 1

    shown = ada.client.get(f"/springfield/photo/{photo.pk}/view/?key={key}")
    assert shown.status_code == 503
    assert ada.client.get(f"/springfield/r/{number}/{key}/").status_code == 200, "the page leans on its photos"

    ada.fill(draft, details={"q.size": "small", "description": "without a photo"}, contact={})
    assert ada.send(draft)[0] != number
