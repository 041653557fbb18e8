"""The only writes to the catalogue. Each counts the catalogue's version up, so that every process reads anew."""

import csv
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from ombud.catalog import ports
from ombud.catalog.models import OFFERED, Agency, Change, Jurisdiction, OutsideBody, Service, ServiceVersion
from ombud.catalog.rules.calendars import read_calendars
from ombud.catalog.rules.definition import ServiceDefinition, read_definition, written
from ombud.catalog.rules.edited import Body, read_body
from ombud.catalog.rules.lineage import check_links
from ombud.catalog.rules.pauses import read_reasons
from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput, Several
from ombud.plumbing import visit, walls


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
        _changed(jurisdiction_id)


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
        _changed(jurisdiction_id)
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


def load_folder(folder: Path, *, at: datetime) -> Loaded:
    """
    Load a city from its folder of YAML files: jurisdiction, agencies, outside bodies, services.

    All of it or nothing. Loading again publishes a new version only of services that changed.
    Raises BadInput with the file and what is wrong in it.
    """
    city = _read(folder / "jurisdiction.yaml") | _beside(folder)
    agencies = _read(folder / "agencies.yaml")
    bodies = _read(folder / "outside_bodies.yaml")
    definitions = [
        _definition(path, raw) for path in sorted((folder / "services").glob("*.yaml")) for raw in _read(path)
    ]
    _check_references(definitions, {a["code"] for a in agencies}, {b["code"] for b in bodies})
    with transaction.atomic(), walls.inside(city["id"]):
        retired = Service.objects.filter(jurisdiction_id=city["id"]).values_list("code", flat=True)
        services = {*retired, *(definition.code for definition in definitions)}
        check_links(definitions, known=services)
        _save_jurisdiction(city, {agency["code"] for agency in agencies}, services)
        for raw in agencies:
            _save_agency(city["id"], raw)
        for raw in bodies:
            _load_body(city, raw, at)
        before = ServiceVersion.objects.filter(jurisdiction_id=city["id"]).count()
        for position, definition in enumerate(definitions):
            publish_service(jurisdiction_id=city["id"], definition=definition, at=at, position=position)
        after = ServiceVersion.objects.filter(jurisdiction_id=city["id"]).count()
        _offer_as_loaded(city["id"], definitions, at)
        _changed(city["id"])
    return Loaded(city["id"], len(definitions), after - before)


def _offer_as_loaded(jurisdiction_id: str, definitions: Sequence[ServiceDefinition], at: datetime) -> None:
    """
    Withdraw what the files say is replaced and what they have no longer, and offer what they have again.

    What people made, withdrew or offered at the desk stands.
    """
    in_files = {definition.code for definition in definitions}
    replaced = {definition.code for definition in definitions if definition.replaced_by}
    begun = ServiceVersion.objects.in_city(jurisdiction_id).filter(version=1, published_by_id__isnull=False)
    at_desk = set(begun.values_list("service__code", flat=True)) - in_files
    changes = Change.objects.in_city(jurisdiction_id).filter(kind=OFFERED).order_by("code", "-version").distinct("code")
    by_whom = dict(changes.values_list("code", "by_id"))
    for service in Service.objects.in_city(jurisdiction_id):
        offered = service.code in in_files - replaced
        by_a_person = service.code in at_desk or by_whom.get(service.code) is not None
        withdrawn_by_file = service.code in by_whom
        if offered != service.active and not by_a_person and (withdrawn_by_file or not offered):
            set_offered(jurisdiction_id=jurisdiction_id, code=service.code, offered=offered, edit=Edit(at))


def changed(jurisdiction_id: str) -> None:
    """Make every process read what it keeps of a city anew; for what stands beside the catalogue, as its rules do."""
    _changed(jurisdiction_id)


def _changed(jurisdiction_id: str) -> None:
    Jurisdiction.objects.filter(id=jurisdiction_id).update(
        catalogue_version=F("catalogue_version") + 1, catalogue_changed_at=Now()
    )
    visit.forget()


def _read(path: Path) -> Any:
    try:
        return yaml_files.read(path)
    except FileNotFoundError:
        raise BadInput(N_("%(file)s is missing."), file=str(path)) from None
    except yaml.YAMLError as broken:
        raise BadInput(N_("%(file)s is not YAML: %(why)s"), file=str(path), why=str(broken)) from None


# Tables that stand beside the city's file, and the name that their rows have among its settings.
_BESIDE = {"crosswalk": "crosswalk.csv"}


def _beside(folder: Path) -> dict[str, Any]:
    found = {}
    for part, name in _BESIDE.items():
        if (folder / name).exists():
            with (folder / name).open(encoding="utf-8-sig", newline="") as file:
                found[part] = list(csv.DictReader(file))
    return found


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


_COLUMNS = ("name", "short_name", "number_prefix", "timezone", "languages", "default_language", "hosts", "sandbox")


def _save_jurisdiction(raw: Mapping[str, Any], agencies: Collection[str], services: Collection[str]) -> None:
    columns = {key: raw[key] for key in _COLUMNS if key in raw}
    settings = {key: value for key, value in raw.items() if key not in _COLUMNS and key != "id"}
    # YAML reads days without quotes as such; JSON knows words only.
    settings = json.loads(json.dumps(settings, default=str))
    read_reasons(settings.get("pauses"))
    read_calendars(settings, agencies=agencies)
    ports.check(settings, files=_BESIDE, services=services)
    Jurisdiction.objects.update_or_create(id=raw["id"], defaults={**columns, "settings": settings})


def _load_body(city: Mapping[str, Any], raw: Mapping[str, Any], at: datetime) -> None:
    try:
        body = read_body(raw, language=city.get("default_language", "en"))
    except Several as refused:
        raise BadInput(
            N_("%(file)s, %(code)s: %(why)s"), file="outside_bodies.yaml", code=str(raw.get("code")), why=str(refused)
        ) from refused
    if loaded_before(jurisdiction_id=city["id"], kind="outside_body", code=raw["code"], said=body.told()):
        return
    retired = OutsideBody.objects.in_city(city["id"]).filter(code=raw["code"], active=False).exists()
    save_body(jurisdiction_id=city["id"], code=raw["code"], body=body, edit=Edit(at), active=not retired)


def _save_agency(jurisdiction_id: str, raw: Mapping[str, Any]) -> None:
    for choice in (*(raw.get("units") or ()), *(raw.get("programmes") or ())):
        code = choice.get("code") if isinstance(choice, dict) and choice.get("name") else choice
        if not isinstance(code, str) or not 0 < len(code) <= 80:
            raise BadInput(
                N_("%(file)s, %(code)s: %(why)s"),
                file="agencies.yaml",
                code=str(raw.get("code")),
                why=f"a unit or programme is a code, or a code with a name, not {choice!r}",
            )
    known = {f.name for f in Agency._meta.get_fields()} - {"id", "jurisdiction"}
    Agency.objects.update_or_create(
        jurisdiction_id=jurisdiction_id,
        code=raw["code"],
        defaults={key: value for key, value in raw.items() if key in known and key != "code"},
    )
