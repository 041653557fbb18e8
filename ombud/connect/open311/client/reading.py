"""
What Open311 servers really answer, read wide: JSON or XML, arrays or single records, numbers or texts, in one shape.

What cannot be a list of records raises FarNonsense; nothing of such an answer is believed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ombud.connect.bridge.ports import FarNonsense
from ombud.kernel.errors import N_

Tree = dict[str, Any]
# Elements that hold many of one kind, and what a single one of them is called.
_LISTS = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value",
    "errors": "error", "endpoints": "endpoint", "formats": "format", "service_request_updates": "request_update",
    "notes": "note", "groups": "group",
}  # fmt: skip
_URL = re.compile(r"https?://[^\s,\"'<>]+")


def parsed(body: bytes, *, form: str) -> Any:
    """Return an answer as a tree. Raises FarNonsense where it is neither JSON nor XML, whatever it says it is."""
    try:
        if form == "json":
            return json.loads(body.decode("utf-8-sig"))
        return _told(fromstring(body, forbid_dtd=True))
    except (ValueError, RecursionError, ParseError, DefusedXmlException) as broken:
        raise nonsense() from broken


def nonsense() -> FarNonsense:
    """Return what to raise where an answer has not the shape it should have."""
    return FarNonsense(N_("The other side answered what cannot be read."))


def _told(element: Element) -> Any:
    name = _plain(element.tag)
    if name in _LISTS:
        return [_told(child) for child in element]
    if len(element):
        told: Tree = {}
        for child in element:
            key, value = _plain(child.tag), _told(child)
            # The same name again: it is a list that nobody wrapped.
            told[key] = (
                ([*told[key], value] if isinstance(told[key], list) else [told[key], value]) if key in told else value
            )
        return told
    return (element.text or "").strip() or None


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def records(told: Any, *names: str) -> list[Tree]:
    """
    Return the records of an answer: of an array, of an object that wraps one under any of `names`, or a single one.

    Raises FarNonsense for anything else.
    """
    if isinstance(told, dict):
        for name in names:
            if name in told:
                return records(told[name] if told[name] is not None else [], *names)
        told = [told] if told else []
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise nonsense()
    # `{"request": {...}}` within an array
    return [one[names[-1]] if set(one) == {names[-1]} and isinstance(one[names[-1]], dict) else one for one in told]


def text(value: Any) -> str:
    """Return a value as text: a number without its decimals where it has none, nothing for null."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def truth(value: Any) -> bool:
    """Return a truth value, however it is written."""
    return text(value).casefold() in ("true", "1", "yes")


def media(value: Any) -> tuple[str, ...]:
    """Return addresses of pictures: of a text, a list, or objects with a `url`."""
    if isinstance(value, str):
        return tuple(_URL.findall(value))
    if isinstance(value, Mapping):
        return tuple(url for name in ("url", "media_url", "href", "media_urls") for url in media(value.get(name)))
    if isinstance(value, list):
        return tuple(dict.fromkeys(url for one in value for url in media(one)))
    return ()


def instant(value: Any, zone: ZoneInfo) -> datetime | None:
    """Return an instant in UTC, or None where there is none that can be read. Without a zone it is the other side's."""
    said = text(value)
    # A `+` that was not percent-encoded came as a space.
    said = re.sub(r" (\d\d:\d\d)$", r"+\1", said) if re.search(r"\d:\d\d(\.\d+)? \d\d:\d\d$", said) else said
    said = re.sub(r"(\.\d{6})\d+", r"\1", said)
    try:
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def flat(record: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield what a record says, name and text: its own fields, `attribute[CODE]`, `extended_attributes.NAME`."""
    for name, value in record.items():
        if name.endswith("_datetime"):
            at = instant(value, zone)
            yield name, at.isoformat() if at else text(value)
        elif name == "media_url":
            yield name, " ".join(media(value))
        elif name == "attributes":
            yield from _answers(value)
        elif name == "extended_attributes" and isinstance(value, Mapping):
            for inner, told in value.items():
                yield f"extended_attributes.{inner}", " ".join(media(told)) if isinstance(told, list) else text(told)
        elif not isinstance(value, (dict, list)):
            yield name, text(value)


def _answers(value: Any) -> Iterator[tuple[str, str]]:
    for one in value if isinstance(value, list) else []:
        if isinstance(one, Mapping) and (code := text(one.get("code"))):
            answer = one.get("value")
            told = answer if isinstance(answer, list) else [answer]
            yield f"attribute[{code}]", ", ".join(filter(None, map(text, told)))


def error_words(body: bytes, *, form: str) -> str:
    """Return what a refusal says: the first error's description, or its plain text, or nothing that is HTML."""
    try:
        told = parsed(body, form=form)
        found = records(told, "errors", "error")
        first = found[0] if found else {}
        return text(first.get("description") or first.get("error") or first.get("message"))[:300]
    except FarNonsense:
        plain = body.decode("utf-8", "replace").strip()
        return "" if "<" in plain[:200] else plain[:300]
