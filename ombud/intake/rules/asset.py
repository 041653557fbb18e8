"""Which asset a report is about: chosen from a list, or its number as an answer."""

from collections.abc import Mapping, Sequence

from ombud.catalog.rules.definition import ServiceDefinition


def asked_in(service: ServiceDefinition) -> str:
    """Return the code of the question that asks for the number of the asset; empty where none does."""
    return next((q.code for q in service.questions if q.type == "asset"), "")


def tag_of(service: ServiceDefinition, chosen: str, answers: Mapping[str, Sequence[str]]) -> str:
    """Return the asset as layer and code, `lights:4711`; what was chosen counts before what was typed."""
    layer = service.asset_layer
    if not layer:
        return ""
    if chosen.startswith(f"{layer}:"):
        return chosen
    typed = [value.strip() for value in answers.get(asked_in(service), ()) if value.strip()]
    return f"{layer}:{typed[0]}" if typed else ""
