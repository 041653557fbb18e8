"""
One tree, two forms: JSON and XML of the same record, equal field by field.

A list lies under the name of its items (`services` holds `service`); in JSON the root falls away. What is None is
`null` in JSON and an empty element in XML. Source: the Spark convention of open311.org.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree as ET

Format = Literal["json", "xml"]
CONTENT_TYPES: Mapping[Format, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}

# What the items of a list are called in XML.
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
    "media_urls": "media_url",
    "photos": "photo",
    "facilities": "facility",
    "categories": "category",
    "areas": "area",
    "web_actions": "web_action",
}
# How JSON writes control characters; that the pattern also finds a backslash of the text itself does no harm.
_ESCAPED = re.compile(r"\\(?:u00|b|f)")
# XML 1.0 has no place for these.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write(root: str, tree: Any, form: Format) -> bytes:
    """Return a record or a list of them in one of the two forms."""
    if form == "json":
        text = _json(tree)
        # A control character is written out as an escape; such texts are rare, so all are looked through at once.
        return (_json(_clean(tree)) if _ESCAPED.search(text) or _UNWRITABLE.search(text) else text).encode()
    element = ET.Element(root)
    _fill(element, root, tree)
    body: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _fill(element: ET.Element, name: str, value: Any) -> None:
    match value:
        case None:
            return
        case Mapping():
            for key, inner in value.items():
                _fill(ET.SubElement(element, key), key, inner)
        case str():
            element.text = writable(value)
        case Sequence():
            item = ITEMS.get(name, "value")
            for inner in value:
                _fill(ET.SubElement(element, item), item, inner)
        case bool():
            element.text = "true" if value else "false"
        case _:
            element.text = repr(value) if isinstance(value, float) else str(value)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return writable(value)
        case Mapping():
            return {key: _clean(inner) for key, inner in value.items()}
        case Sequence():
            return [_clean(inner) for inner in value]
        case _:
            return value


def writable(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _UNWRITABLE.sub("", text)
