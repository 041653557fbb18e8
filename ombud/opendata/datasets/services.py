"""The data set of services: each with its form, at each of its versions."""

import json
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.errors import N_
from ombud.kernel.texts import in_language
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.public_row import rounded
from ombud.opendata.rules.rule_set import RuleSet, Times

CODE = "services"
_T, _N, _D = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE
_VISIBILITY = (
    ("public", N_("Requests are shown exactly.")),
    ("public_coarse", N_("Requests are shown without their exact place and time.")),
    ("public_count_only", N_("Requests are only counted.")),
    ("private", N_("Nothing of requests is shown.")),
)
COLUMNS = (
    Column("service_code", _T, N_("Service code"), N_("Stays the same through all versions.")),
    Column(
        "version", _N, N_("Version of the service"), N_("Counted from 1. A request keeps the version it was made with.")
    ),
    Column("valid_from", _D, N_("Valid from"), ""),
    Column("valid_to", _D, N_("Valid to"), N_("Empty for the version that counts now.")),
    Column("service_name", _T, N_("Service"), N_("In the city's main language.")),
    Column("service_group", _T, N_("Group"), N_("The shelf that the service lies on.")),
    Column("agency_responsible", _T, N_("Agency"), N_("Who does it, unless a rule sends a request elsewhere.")),
    Column("description", _T, N_("Description"), ""),
    Column("keywords", _T, N_("Keywords"), N_("Words that it is found by, with commas between.")),
    Column("kind", _T, N_("Kind"), N_("A request for service, a question to answer, or something to hand over.")),
    Column("visibility", _T, N_("What is shown"), N_("How precisely its requests are published."), values=_VISIBILITY),
    Column("target", _N, N_("Target"), N_("In how much time the city means to be done; empty without a target.")),
    Column("target_unit", _T, N_("Unit of the target"), N_("Hours, calendar days, or working days of the city.")),
    Column("questions", _T, N_("Form"), N_("What is asked: a JSON list of code, type, label and choices.")),
)
ABOUT = N_(
    "What one could ask for, and when: every version of every service with its form. It says which categories were"
    " called otherwise, began or ended, so that years can be compared."
)


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(
        CODE, N_("Services and forms"), ABOUT, N_("a service at one of its versions"), COLUMNS, ("catalogue",)
    )


def made(city: City, _rules: RuleSet) -> list[dict[str, Any]]:
    """Return a row for each version of each service."""
    rows = []
    for code in city.services:
        until = None
        for version in catalog.versions_of(city.id, code):
            definition = ServiceDefinition.model_validate(version.definition)
            since = rounded(version.published_at, Times.SECOND, city.zone)
            row = _row(city, definition)
            rows.append({**row, "version": float(version.version), "valid_from": since, "valid_to": until})
            until = since
    return [row | {"_id": f"{row['service_code']}.{row['version']:.0f}"} for row in rows]


def _row(city: City, service: ServiceDefinition) -> dict[str, Any]:
    own = city.default_language
    return {
        MONTH: "all",
        "service_code": service.code,
        "service_name": in_language(service.name, own),
        "service_group": service.group,
        "agency_responsible": service.agency,
        "description": in_language(service.description, own) or None,
        "keywords": ", ".join(service.keywords.get(own, ())) or None,
        "kind": service.kind.value,
        "visibility": service.visibility.value,
        "target": float(service.target.value) if service.target else None,
        "target_unit": service.target.unit if service.target else None,
        "questions": json.dumps([_question(question, own) for question in service.questions], ensure_ascii=False),
    }


def _question(question: Any, language: str) -> dict[str, Any]:
    return {
        "code": question.code,
        "type": question.type,
        "label": in_language(question.label, language),
        "required": question.required,
        "choices": {option.code: in_language(option.label, language) for option in question.options},
    }
