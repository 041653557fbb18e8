"""The writes to the catalogue. Each counts the catalogue's version up, so that every process reads anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from ombud.catalog.models import OFFERED, Change, Jurisdiction, OutsideBody, Service, ServiceVersion
from ombud.catalog.rules.definition import ServiceDefinition, written
from ombud.catalog.rules.edited import Body
from ombud.kernel.errors import N_, BadInput
from ombud.plumbing import visit


def publish_service(
    *,
    jurisdiction_id: str,
    definition: ServiceDefinition,
    at: datetime,
    by_id: int | None = None,
    reason: str = "",
    position: int | None = None,
) -> int:
    """
    Publish a definition as the service's next version and return that; the same one again is no version.

    A service that others replace from now on is withdrawn.
    """
    with transaction.atomic():
        service, _ = Service.objects.select_for_update().get_or_create(
            jurisdiction_id=jurisdiction_id, code=definition.code, defaults={"current_version": 0}
        )
        newest = service.versions.order_by("-version").first()
        plain = written(definition)
        if newest and newest.definition == plain and service.current_version == newest.version:
            return newest.version
        version = (newest.version if newest else 0) + 1
        ServiceVersion.objects.create(
            jurisdiction_id=jurisdiction_id,
            service=service,
            version=version,
            definition=plain,
            published_at=at,
            published_by_id=by_id,
            reason=reason,
        )
        service.current_version = version
        if position is not None:
            service.position = position
        service.save(update_fields=["current_version", "position"])
        if definition.replaced_by and not (newest and newest.definition.get("replaced_by")):
            edit = Edit(at, by_id, reason)
            set_offered(jurisdiction_id=jurisdiction_id, code=definition.code, offered=False, edit=edit)
        changed(jurisdiction_id)
        return version


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes a row of the catalogue, when and why; `seen` is the version they began with, None unlooked."""

    at: datetime
    by_id: int | None = None
    reason: str = ""
    seen: int | None = None


def set_offered(*, jurisdiction_id: str, code: str, offered: bool, edit: Edit) -> None:
    """Offer a service or withdraw it, and write down when; requests made for it stay as they are."""
    with transaction.atomic():
        content = {"offered": offered}
        keep_change(jurisdiction_id=jurisdiction_id, kind=OFFERED, code=code, content=content, edit=edit)
        Service.objects.filter(jurisdiction_id=jurisdiction_id, code=code).update(active=offered)
        changed(jurisdiction_id)


def keep_change(*, jurisdiction_id: str, kind: str, code: str, content: Mapping[str, Any], edit: Edit) -> bool:
    """
    Write down what a row says from now on; False where it said just that. Call it in the change's transaction.

    Raises BadInput where somebody else changed the row after this person began.
    """
    # One change of a city's catalogue at a time: the next version number is nobody else's.
    Jurisdiction.objects.select_for_update(no_key=True).get(id=jurisdiction_id)
    rows = Change.objects.in_city(jurisdiction_id).filter(kind=kind, code=code)
    newest = rows.order_by("-version").first()
    if newest and newest.content == content:
        return False
    if edit.seen is not None and edit.seen != (newest.version if newest else 0):
        raise BadInput(N_("Somebody changed this meanwhile. Look at what they did, then send yours again."))
    Change.objects.create(
        jurisdiction_id=jurisdiction_id,
        kind=kind,
        code=code,
        version=newest.version + 1 if newest else 1,
        content=content,
        at=edit.at,
        by_id=edit.by_id,
        reason=edit.reason,
    )
    return True


def loaded_before(*, jurisdiction_id: str, kind: str, code: str, said: Mapping[str, Any]) -> bool:
    """Whether a file said just this when it was last loaded: then what people changed since stands."""
    loaded = (
        Change.objects.in_city(jurisdiction_id).filter(kind=kind, code=code, by_id=None).order_by("-version").first()
    )
    return loaded is not None and all(loaded.content.get(name) == value for name, value in said.items())


def save_body(*, jurisdiction_id: str, code: str, body: Body, edit: Edit, active: bool = True) -> bool:
    """
    Keep an outside body, new or changed, offered or retired; False where nothing is different.

    Raises BadInput where it is to be retired and a service of the city still hands over to it.
    """
    with transaction.atomic():
        content = {**body.told(), "active": active}
        if not keep_change(jurisdiction_id=jurisdiction_id, kind="outside_body", code=code, content=content, edit=edit):
            return False
        if not active:
            _refuse_needed(jurisdiction_id, code)
        OutsideBody.objects.update_or_create(jurisdiction_id=jurisdiction_id, code=code, defaults=content)
        changed(jurisdiction_id)
        return True


def _refuse_needed(jurisdiction_id: str, body: str) -> None:
    leading = ServiceVersion.objects.in_city(jurisdiction_id).filter(
        version=F("service__current_version"), service__active=True, definition__hand_off=body
    )
    if codes := sorted(leading.values_list("service__code", flat=True)):
        raise BadInput(
            N_("The service %(codes)s leads people there. Change or withdraw that service first."),
            codes=", ".join(codes),
        )


def changed(jurisdiction_id: str) -> None:
    """Make every process read what it keeps of a city anew; for what stands beside the catalogue, as its rules do."""
    Jurisdiction.objects.filter(id=jurisdiction_id).update(
        catalogue_version=F("catalogue_version") + 1, catalogue_changed_at=Now()
    )
    visit.forget()
