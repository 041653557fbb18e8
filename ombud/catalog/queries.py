"""What the catalogue answers: which city, which services, as frozen snapshots kept until the next change."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from ombud.catalog.city import City, Group
from ombud.catalog.models import OFFERED, Agency, Change, Jurisdiction, OutsideBody, Service, ServiceVersion
from ombud.catalog.rules import search as search_rules
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.errors import N_, NotFound
from ombud.plumbing import visit, walls
from ombud.plumbing.rows import first


def jurisdiction_by(*, slug: str = "", host: str = "") -> City | None:
    """Return the city with this id, or the one whose own host name this is."""
    if "\x00" in slug + host:  # PostgreSQL has no such character, and so no such city
        return None
    return visit.once(("city", slug, host), lambda: _look_up(slug, host))


def _look_up(slug: str, host: str) -> City | None:
    if slug and (kept := _snapshots.get(slug)):
        # Asked on every visit, so in plain SQL: is what we keep still the newest?
        # The time too: a change that was rolled back had a number that the next one gets again.
        asked = "SELECT catalogue_version, catalogue_changed_at FROM ombud_jurisdiction WHERE id = %s"
        if first(asked, slug) == (kept.version, kept.changed_at):
            return kept
    rows = Jurisdiction.objects.filter(id=slug) if slug else Jurisdiction.objects.filter(hosts__contains=[host])
    row = rows.first()
    return _snapshot(row) if row else None


def city(jurisdiction_id: str) -> City:
    """Return a city by its id. Raises NotFound."""
    found = jurisdiction_by(slug=jurisdiction_id)
    if found is None:
        raise NotFound(N_("There is no city “%(id)s” here."), id=jurisdiction_id[:40])
    return found


def jurisdictions() -> list[Jurisdiction]:
    """Return the cities of this installation."""
    return list(Jurisdiction.objects.order_by("id"))


def definition_at(jurisdiction_id: str, code: str, version: int) -> ServiceDefinition:
    """Return a service as it was defined at a version: what an old request was made with."""
    row = ServiceVersion.objects.filter(jurisdiction_id=jurisdiction_id, service__code=code, version=version).first()
    if row is None:
        raise NotFound(N_("There is no service “%(code)s” here."), code=code[:40])
    return ServiceDefinition.model_validate(row.definition)


def versions_of(jurisdiction_id: str, code: str) -> list[ServiceVersion]:
    """Return the published versions of a service, newest first."""
    return list(ServiceVersion.objects.filter(jurisdiction_id=jurisdiction_id, service__code=code).order_by("-version"))


def every_version(jurisdiction_id: str) -> dict[str, list[ServiceVersion]]:
    """Return the published versions of every service there ever was, oldest first, by code."""
    rows = ServiceVersion.objects.in_city(jurisdiction_id).select_related("service").order_by("version")
    found: dict[str, list[ServiceVersion]] = {}
    for row in rows:
        found.setdefault(row.service.code, []).append(row)
    return found


def outside_bodies(jurisdiction_id: str) -> list[OutsideBody]:
    """Return the outside bodies as they are edited, retired ones too."""
    return list(OutsideBody.objects.in_city(jurisdiction_id).order_by("code"))


def changes_of(jurisdiction_id: str, kind: str, code: str) -> list[Change]:
    """Return what was changed of an edited row, newest first."""
    return list(Change.objects.in_city(jurisdiction_id).filter(kind=kind, code=code).order_by("-version"))


def offers(jurisdiction_id: str) -> dict[str, list[tuple[datetime, bool]]]:
    """Return from when on each service was offered or was not, oldest first, by code; what was never changed lacks."""
    rows = Change.objects.in_city(jurisdiction_id).filter(kind=OFFERED).order_by("code", "version")
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for row in rows:
        found.setdefault(row.code, []).append((row.at, bool(row.content["offered"])))
    return found


def newest_changes(jurisdiction_id: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return what the edited rows of a kind say now, by code."""
    rows = Change.objects.in_city(jurisdiction_id).filter(kind=kind).order_by("code", "-version").distinct("code")
    return dict(rows.values_list("code", "content"))


# One entry a city and version; a process that has seen a newer version drops the older.
_snapshots: dict[str, City] = {}


def _snapshot(row: Jurisdiction) -> City:
    kept = _snapshots.get(row.id)
    if kept is None or (kept.version, kept.changed_at) != (row.catalogue_version, row.catalogue_changed_at):
        kept = _snapshots[row.id] = _read_snapshot(row)
    return kept


def _read_snapshot(row: Jurisdiction) -> City:
    with walls.inside(row.id):
        services = list(Service.objects.filter(jurisdiction=row).order_by("position", "code"))
        versions = ServiceVersion.objects.filter(
            jurisdiction=row, version=F("service__current_version")
        ).select_related("service")
        definitions = {v.service.code: ServiceDefinition.model_validate(v.definition) for v in versions}
        agencies = {a.code: a for a in Agency.objects.filter(jurisdiction=row).order_by("code")}
        bodies = {b.code: b for b in OutsideBody.objects.filter(jurisdiction=row).order_by("code")}
    ordered = {s.code: definitions[s.code] for s in services if s.code in definitions}
    return City(
        id=row.id,
        version=row.catalogue_version,
        names=row.name,
        short_name=row.short_name,
        number_prefix=row.number_prefix,
        zone=ZoneInfo(row.timezone),
        languages=tuple(row.languages),
        default_language=row.default_language,
        hosts=tuple(row.hosts),
        changed_at=row.catalogue_changed_at,
        is_sandbox=row.sandbox,
        settings=row.settings,
        services=ordered,
        service_versions={s.code: s.current_version for s in services},
        inactive=frozenset(s.code for s in services if not s.active),
        groups=tuple(Group(g["code"], g["name"], g.get("icon", "list")) for g in row.settings.get("groups", ())),
        _agencies=agencies,
        _bodies=bodies,
        _index=search_rules.index(ordered.values()),
    )
