"""How a version of a data set is cited: in words, and as tools for literature read it."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Cited:
    """What is cited. `query` is a normalised query on the version, or empty for all of it."""

    publisher: str
    title: str
    version: int
    published_at: datetime
    sha256: str
    retrieved_on: date
    url: str
    query: str = ""

    @property
    def version_name(self) -> str:
        """The version with the day it was published on, in UTC: `42 of 2026-11-21`."""
        return f"{self.version} of {self.published_at:%Y-%m-%d}"

    @property
    def pid(self) -> str:
        """What stands for the version, or for the query on it: the same rows have the same for ever."""
        return query_pid(self.sha256, self.query) if self.query else self.sha256

    @property
    def key(self) -> str:
        """What it is called in a list of literature."""
        words = re.sub(r"[^a-z0-9]+", "-", f"{self.publisher} {self.title}".lower()).strip("-")
        return f"{words}-{self.version}-{self.pid[:8]}"


def query_pid(sha256: str, query: str) -> str:
    """Return the hash of a version and a normalised query."""
    return hashlib.sha256(f"{sha256}\n{query}".encode()).hexdigest()


def normalised(parameters: Iterable[tuple[str, str]]) -> str:
    """Return a query in the one way in which it is cited: its parameters in order, white space folded."""
    folded = sorted((name.strip().lower(), " ".join(value.split())) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in folded)


def in_words(cited: Cited) -> str:
    """Return a sentence for a footnote."""
    query = f" query {cited.query} (pid:{cited.pid[:16]})," if cited.query else ""
    return (
        f"{cited.publisher}, “{cited.title}”, version {cited.version_name} (sha256:{cited.sha256[:16]}),{query}"
        f" retrieved {cited.retrieved_on}, {cited.url}"
    )


def bibtex(cited: Cited) -> str:
    """Return an entry for BibTeX."""
    fields = {
        "author": "{" + _tex(cited.publisher) + "}",
        "title": _tex(cited.title),
        "publisher": _tex(cited.publisher),
        "year": f"{cited.published_at:%Y}",
        "version": cited.version_name,
        "url": cited.url,
        "urldate": f"{cited.retrieved_on}",
        "note": f"{_note(cited)}",
    }
    return _entry(cited.key, fields)


def claim_bibtex(cited: Cited, *, author: str, title: str, code: str, shown_on: date) -> str:
    """Return an entry for BibTeX of an analysis by somebody else; `cited` is what it rests on, at its own address."""
    fields = {
        "author": _tex(author),
        "title": _tex(title),
        "year": f"{shown_on:%Y}",
        "url": cited.url,
        "urldate": f"{cited.retrieved_on}",
        "note": _tex(f"Rests on {cited.publisher}, {cited.title}, version {cited.version_name}, {_note(cited)}"),
    }
    return _entry(f"analysis-{code}", fields)


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def csl(cited: Cited) -> list[dict[str, Any]]:
    """Return CSL-JSON."""
    at, day = cited.published_at, cited.retrieved_on
    return [
        {
            "id": cited.key,
            "type": "dataset",
            "title": cited.title,
            "author": [{"literal": cited.publisher}],
            "publisher": cited.publisher,
            "version": cited.version_name,
            "issued": {"date-parts": [[at.year, at.month, at.day]]},
            "accessed": {"date-parts": [[day.year, day.month, day.day]]},
            "URL": cited.url,
            "note": _note(cited),
        }
    ]


def cff(cited: Cited) -> str:
    """Return a CITATION.cff, 1.2.0."""
    said = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite the version that you used.",
        "type": "dataset",
        "title": cited.title,
        "authors": [{"name": cited.publisher}],
        "version": cited.version_name,
        "date-released": f"{cited.published_at:%Y-%m-%d}",
        "url": cited.url,
        "identifiers": [{"type": "other", "value": _note(cited)}],
    }
    # What JSON writes YAML reads.
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in said.items())


def _note(cited: Cited) -> str:
    query = f"; query {cited.query}, pid:{cited.pid}" if cited.query else ""
    return f"sha256:{cited.sha256}{query}"


_NAMED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _tex(text: str) -> str:
    return re.sub(r"[&%$#_{}\\~^]", lambda sign: _NAMED.get(sign[0], f"\\{sign[0]}"), text)
