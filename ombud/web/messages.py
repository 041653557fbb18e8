"""
Texts for translators: how Babel reads them out of templates, metrics and questions, and a pseudo-locale to test with.

The pseudo-locale `ar-xb` is English, marked and read from right to left: text that escaped translation, and
layout that only works from left to right, both show at once.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

Found = tuple[int, str | None, Any, list[str]]
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_LITERAL = re.compile(_STRING)
_CALL = re.compile(rf"\b(ngettext|npgettext|pgettext|gettext|_)\(((?:\s*{_STRING}\s*,?)+)")
_PLACEHOLDER = re.compile(r"(%\([^)]*\)[a-zA-Z]|%[a-zA-Z%]|<[^>]*>|\{[^}]*\})")
LOCALES = Path(__file__).resolve().parent.parent / "locale"


def from_template(fileobj: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Found]:
    """
    Yield the texts of a Django template.

    Django's own tool turns a template into something only xgettext can read: calls of gettext between rows of
    X. The calls are all that is wanted here.
    """
    source = templatize(fileobj.read().decode("utf-8"))
    for call in _CALL.finditer(source):
        texts = [str(ast.literal_eval(literal)) for literal in _LITERAL.findall(call[2])]
        name = "gettext" if call[1] == "_" else call[1]
        line = source.count("\n", 0, call.start()) + 1
        yield line, name, texts[0] if len(texts) == 1 else tuple(texts), []


def from_metric(fileobj: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Found]:
    """Yield the words of a metric's definition."""
    for number, line in enumerate(fileobj.read().decode("utf-8").splitlines(), 1):
        if line.startswith("-- ") and ": " in line:
            yield number, "gettext", line.removeprefix("-- ").split(": ", 1)[1], []


def from_question(fileobj: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[Found]:
    """Yield the words of a question: its title, what it says, and its caveats."""
    told = yaml.safe_load(fileobj.read())
    for name in ("title", "said", "nothing", "otherwise"):
        if name in told:
            yield 1, "gettext", told[name], []
    for caveat in told.get("caveats", ()):
        yield 1, "gettext", caveat, []


def compile_all() -> None:
    """Write the compiled catalogues that Django reads, the pseudo-locale among them."""
    for po in LOCALES.glob("*/LC_MESSAGES/django.po"):
        with po.open("rb") as source:
            _write(read_po(source, locale=po.parent.parent.name), po.with_suffix(".mo"))
    with (LOCALES / "django.pot").open("rb") as source:
        _write(_pseudo(read_po(source)), LOCALES / "ar_XB" / "LC_MESSAGES" / "django.mo")


def _write(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        write_mo(out, catalog)


def _pseudo(template: Catalog) -> Catalog:
    pseudo = Catalog(locale="ur")  # two plural forms, read from right to left
    for message in template:
        if message.id:
            several = isinstance(message.id, (tuple, list))
            strings = tuple(_marked(str(text)) for text in (message.id if several else (message.id,)))
            pseudo.add(message.id, strings if several else strings[0], context=message.context)
    return pseudo


def _marked(text: str) -> str:
    parts = _PLACEHOLDER.split(text)
    return "".join(part if at % 2 else part.translate(_ACCENTS) for at, part in enumerate(parts))


_ACCENTS = str.maketrans("aeiouAEIOUcnyz", "áéíóúÁÉÍÓÚçñýž")
