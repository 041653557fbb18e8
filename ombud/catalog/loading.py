"""Loading a city from its folder of files, as often as they change."""

import csv
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from ombud.catalog import ports
from ombud.catalog.commands import Edit, changed, loaded_before, publish_service, save_body, set_offered
from ombud.catalog.models import OFFERED, Agency, Change, Jurisdiction, OutsideBody, Service, ServiceVersion
from ombud.catalog.rules.calendars import read_calendars
from ombud.catalog.rules.definition import ServiceDefinition, read_definition
from ombud.catalog.rules.edited import read_body
from ombud.catalog.rules.lineage import check_links
from ombud.catalog.rules.pauses import read_reasons
from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput, Several
from ombud.plumbing import walls


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a city's folder did."""

    jurisdiction_id: str
    services: int
    new_versions: int


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
        changed(city["id"])
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
