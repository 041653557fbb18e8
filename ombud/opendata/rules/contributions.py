"""What strangers say of themselves and of their work: links, ORCID, hashes, numbers. Pure."""

import re
from math import isfinite
from urllib.parse import urlsplit

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned

LINK_AT_MOST = 300
NOT_A_LINK = N_("Write a whole address that begins with https:// or http://.")
NOT_AN_ORCID = N_("An ORCID has four groups of four signs, such as 0000-0002-1825-0097; this one has a mistake.")
NOT_A_HASH = N_("Write the 64 signs of a SHA-256, or the 7 to 40 of a commit: digits and the letters a to f.")
NOT_A_NUMBER = N_("Write a number, such as 1234.5.")
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?\Z", re.ASCII)


def read_link(given: str, *, field: str) -> str:
    """Return an address of the web, or nothing where none is given. Raises BadInput."""
    link = cleaned(given)
    if not link:
        return ""
    try:
        parts = urlsplit(link)
        host, name = parts.hostname, parts.username
    except ValueError:
        raise BadInput(NOT_A_LINK, field=field) from None
    plain = parts.scheme.lower() in ("http", "https") and host and not name and not re.search(r"[\s\"'<>\\`]", link)
    if not plain or len(link) > LINK_AT_MOST:
        raise BadInput(NOT_A_LINK, field=field)
    return link


def read_orcid(given: str, *, field: str) -> str:
    """Return an ORCID iD with its hyphens, also from its address; nothing where none is given. Raises BadInput."""
    said = cleaned(given).upper()
    if not said:
        return ""
    signs = re.sub(r"^(?:HTTPS?://)?(?:WWW\.)?ORCID\.ORG/", "", said).replace("-", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{15}[0-9X]", signs) or _check_sign(signs[:15]) != signs[15]:
        raise BadInput(NOT_AN_ORCID, field=field)
    return "-".join(signs[place : place + 4] for place in range(0, 16, 4))


def _check_sign(digits: str) -> str:
    """Return the last sign by ISO 7064 MOD 11-2."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


def read_hash(given: str, *, field: str) -> str:
    """Return a SHA-256 or a commit in lower case, or nothing where none is given. Raises BadInput."""
    said = cleaned(given).lower()
    if said and not re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{7,40}", said):
        raise BadInput(NOT_A_HASH, field=field)
    return said


def read_number(given: str, *, field: str) -> float | None:
    """Return a number with a point before its fraction, thousands with a comma or without. Raises BadInput."""
    said = cleaned(given).rstrip("%").replace(" ", "")
    if not said:
        return None
    if not _NUMBER.match(said) or not isfinite(float(said.replace(",", ""))):
        raise BadInput(NOT_A_NUMBER, field=field)
    return float(said.replace(",", ""))
