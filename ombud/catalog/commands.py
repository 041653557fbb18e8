"""The only writes to the catalogue. Each counts the catalogue's version up, so that every process reads anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import F

from ombud.catalog.models import Agency, Jurisdiction, OutsideBody, Service, ServiceVersion
from ombud.catalog.rules.definition import ServiceDefinition, read_definition, written
from ombud.kernel.errors import N_, BadInput
from ombud.plumbing import walls


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a city's folder did."""

    jurisdiction_id: str
    services: int
    new_versions: int


def publish_service(
    *,
    jurisdiction_id: str,
    definition: ServiceDefinition,
    at: datetime,
    by_id: int | None = None,
    reason: str = "",
    position: int | None = None,
) -> int:
    """Publish a definition as the service's next version and return that; the same one again is no version."""
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
        _changed(jurisdiction_id)
        return version


def set_offered(*, jurisdiction_id: str, code: str, offered: bool) -> None:
    """Offer a service or withdraw it; requests made for it stay as they are."""
    with transaction.atomic():
        Service.objects.filter(jurisdiction_id=jurisdiction_id, code=code).update(active=offered)
        _changed(jurisdiction_id)


def load_folder(folder: Path, *, at: datetime) -> Loaded:
    """
    Load a city from its folder of YAML files: jurisdiction, agencies, outside bodies, services.

    All of it or nothing. Loading again publishes a new version only of services that changed.
    Raises BadInput with the file and what is wrong in it.
    """
    city = _read(folder / "jurisdiction.yaml")
    agencies = _read(folder / "agencies.yaml")
    bodies = _read(folder / "outside_bodies.yaml")
    definitions = [
        _definition(path, raw) for path in sorted((folder / "services").glob("*.yaml")) for raw in _read(path)
    ]
    _check_references(definitions, {a["code"] for a in agencies}, {b["code"] for b in bodies})
    with transaction.atomic(), walls.inside(city["id"]):
        _save_jurisdiction(city)
        for raw in agencies:
            _save_row(Agency, city["id"], raw)
        for raw in bodies:
            _save_row(OutsideBody, city["id"], raw)
        before = ServiceVersion.objects.filter(jurisdiction_id=city["id"]).count()
        for position, definition in enumerate(definitions):
            publish_service(jurisdiction_id=city["id"], definition=definition, at=at, position=position)
        after = ServiceVersion.objects.filter(jurisdiction_id=city["id"]).count()
        _changed(city["id"])
    return Loaded(city["id"], len(definitions), after - before)


def _changed(jurisdiction_id: str) -> None:
    Jurisdiction.objects.filter(id=jurisdiction_id).update(catalogue_version=F("catalogue_version") + 1)


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(N_("%(file)s is missing."), file=str(path)) from None
    except yaml.YAMLError as broken:
        raise BadInput(N_("%(file)s is not YAML: %(why)s"), file=str(path), why=str(broken)) from None


def _definition(path: Path, raw: object) -> ServiceDefinition:
    code = raw.get("code", "?") if isinstance(raw, dict) else "?"
    try:
        return read_definition(raw)
    except Exception as refused:
        problems = "; ".join(p.message for p in getattr(refused, "problems", ())) or str(refused)
        raise BadInput(
            N_("%(file)s, service %(code)s: %(why)s"), file=path.name, code=str(code), why=problems
        ) from refused


def _check_references(definitions: Sequence[ServiceDefinition], agencies: set[str], bodies: set[str]) -> None:
    codes = {d.code for d in definitions}
    if len(codes) != len(definitions):
        raise BadInput(N_("Two services share a code."))
    for definition in definitions:
        missing = [] if definition.agency in agencies else [definition.agency]
        missing += [definition.hand_off] if definition.hand_off and definition.hand_off not in bodies else []
        missing += [
            q.stop.service for q in definition.questions if q.stop and q.stop.service and q.stop.service not in codes
        ]
        if missing:
            raise BadInput(
                N_("Service %(code)s names %(missing)s, which is not in the catalogue."),
                code=definition.code,
                missing=", ".join(missing),
            )


_COLUMNS = ("name", "short_name", "number_prefix", "timezone", "languages", "default_language", "hosts")


def _save_jurisdiction(raw: Mapping[str, Any]) -> None:
    columns = {key: raw[key] for key in _COLUMNS if key in raw}
    settings = {key: value for key, value in raw.items() if key not in _COLUMNS and key != "id"}
    Jurisdiction.objects.update_or_create(id=raw["id"], defaults={**columns, "settings": settings})


def _save_row(model: type[Agency] | type[OutsideBody], jurisdiction_id: str, raw: Mapping[str, Any]) -> None:
    known = {f.name for f in model._meta.get_fields()} - {"id", "jurisdiction"}
    model._default_manager.update_or_create(
        jurisdiction_id=jurisdiction_id,
        code=raw["code"],
        defaults={key: value for key, value in raw.items() if key in known and key != "code"},
    )
