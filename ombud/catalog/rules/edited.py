"""What an administrator writes about an outside body, checked before anything is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ombud.kernel.errors import N_, BadInput, Several
from ombud.kernel.texts import cleaned

LONGEST = 2000
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Body:
    """All that is said of an outside body: whom we hand over to, how to reach them, what they do."""

    name: Texts
    phone: str = ""
    url: str = ""
    what: Texts = field(default_factory=dict)
    next: Texts = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return it as columns."""
        return asdict(self)


def read_texts(texts: Mapping[str, str]) -> Texts:
    """Return texts by language without what nobody typed, and without languages that say nothing."""
    read = {language: cleaned(text, lines=True) for language, text in texts.items()}
    return {language: text for language, text in read.items() if text}


def problems_of(name: str, texts: Texts, *, language: str, longest: int = LONGEST) -> Iterable[BadInput]:
    """Return what is wrong with a text that must be there in a language at least."""
    if not texts.get(language):
        yield BadInput(N_("Write this first."), field=f"{name}.{language}")
    for code, text in texts.items():
        if len(text) > longest:
            yield BadInput(
                N_("Use %(limit)d characters at most; this has %(n)d."),
                field=f"{name}.{code}",
                limit=longest,
                n=len(text),
            )


def read_body(raw: Mapping[str, Any], *, language: str) -> Body:
    """Return an outside body. Raises Several, each problem with the field it is about: `name.en`, `phone`."""
    body = Body(
        name=read_texts(raw.get("name") or {}),
        phone=cleaned(str(raw.get("phone") or "")),
        url=cleaned(str(raw.get("url") or "")),
        what=read_texts(raw.get("what") or {}),
        next=read_texts(raw.get("next") or {}),
    )
    problems = list(problems_of("name", body.name, language=language, longest=120))
    for name, texts in (("what", body.what), ("next", body.next)):
        if texts:
            problems += problems_of(name, texts, language=language)
    if body.phone and (len(body.phone) > 60 or sum(c.isdigit() for c in body.phone) < 2):
        problems.append(BadInput(N_("Write a telephone number, such as 213 555 0123."), field="phone"))
    if body.url and not _is_web(body.url):
        problems.append(BadInput(N_("Write a web address that begins with https://."), field="url"))
    if not (body.phone or body.url or body.next):
        problems.append(
            BadInput(N_("Give a telephone number, a web address or a note: people must get on."), field="phone")
        )
    if problems:
        raise Several(problems)
    return body


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in url and len(url) <= 200
