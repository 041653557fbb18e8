"""The only writes about suggestions and models."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.plumbing import media
from ombud.triage.words import cities
from ombud.triage.words.models import ModelVersion, Prediction
from ombud.triage.words.rules.model import LinearModel, Suggestion, written

KEPT = 5


def keep_prediction(
    *,
    city: City,
    suggestions: Sequence[Suggestion],
    chosen: str,
    channel: str,
    language: str,
    at: datetime,
    shown: bool,
    client_id: UUID | None = None,
    request_id: int | None = None,
) -> None:
    """Keep what was suggested and what was chosen; of the text nothing. Nothing suggested is kept as well."""
    Prediction.objects.create(
        jurisdiction_id=city.id,
        at=at,
        model=cities.version_in_use(city),
        catalogue_version=city.version,
        channel=channel,
        language=language,
        codes=[s.code for s in suggestions[:KEPT]],
        probabilities=[s.probability for s in suggestions[:KEPT]],
        shown=shown,
        chosen=chosen,
        client_id=client_id,
        request_id=request_id,
    )


def settle_predictions(*, jurisdiction_id: str, client_id: UUID, request_id: int, service_code: str) -> int:
    """Tie what was suggested while a report was made to its request; return how many there were."""
    return Prediction.objects.filter(jurisdiction_id=jurisdiction_id, client_id=client_id, request_id=None).update(
        request_id=request_id, client_id=None, chosen=service_code
    )


def correct_predictions(*, jurisdiction_id: str, request_id: int, service_code: str) -> int:
    """Write down the service that staff gave a request; return how many suggestions that tells about."""
    return Prediction.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id).update(
        corrected=service_code
    )


def forget_unsent(*, jurisdiction_id: str, before: datetime) -> int:
    """Forget what was suggested for reports that were never sent; return how many these were."""
    rows = Prediction.objects.filter(jurisdiction_id=jurisdiction_id, request_id=None, at__lt=before)
    gone, _ = rows.delete()
    return gone


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model was learned from, and what it did on what it had not seen."""

    catalogue_version: int
    n_learned: int
    n_held_out: int
    report: Mapping[str, Any]
    learned_from: datetime | None = None
    learned_until: datetime | None = None


def keep_model(*, jurisdiction_id: str, model: LinearModel, learned: Learned, at: datetime) -> int:
    """Keep a model as the city's next version and return its number; it is not used by that."""
    key = media.MediaStore(jurisdiction_id).put("model", written(model), "application/octet-stream")
    with transaction.atomic():
        last = ModelVersion.objects.filter(jurisdiction_id=jurisdiction_id).aggregate(n=Max("number"))["n"] or 0
        ModelVersion.objects.create(
            jurisdiction_id=jurisdiction_id, number=last + 1, made_at=at, key=key, **asdict(learned)
        )
    return last + 1


def use_model(*, jurisdiction_id: str, number: int, at: datetime) -> None:
    """Use a kept version from now on; 0 goes back to the model of the catalogue. Raises NotFound."""
    with transaction.atomic():
        versions = ModelVersion.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id)
        versions.filter(in_use=True).update(in_use=False)
        if number and not versions.filter(number=number).update(in_use=True, put_in_use_at=at):
            raise NotFound("There is no model %(number)d here.", number=number)


def forget_catalogue_models(*, jurisdiction_id: str) -> int:
    """Forget the models made of the catalogue that are not used any more: they can be made again. Return how many."""
    rows = ModelVersion.objects.filter(jurisdiction_id=jurisdiction_id, n_learned=0, in_use=False)
    keys = list(rows.values_list("key", flat=True))
    rows.delete()
    for key in keys:
        media.MediaStore(jurisdiction_id).delete(key)
    return len(keys)
