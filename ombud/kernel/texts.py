"""Texts in the city's languages, and text that strangers send."""

import re
import unicodedata
from collections.abc import Mapping

_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
    "|[\ud800-\udfff]"
)


def in_language(texts: Mapping[str, str], language: str, *, fallback: str = "en") -> str:
    """Return the text in the language, else in its main language (`es` for `es-mx`), the fallback, or any."""
    for choice in (language, language.split("-")[0], fallback):
        if text := texts.get(choice):
            return text
    return next((text for text in texts.values() if text), "")


def cleaned(raw: str, *, lines: bool = False) -> str:
    """
    Return what a person typed without what they did not: control and direction characters, broken
    surrogates, trailing space. With `lines` line ends stay (as \\n), else they become spaces.
    """
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", raw.replace("\r\n", "\n").replace("\r", "\n")))
    if lines:
        return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
    return " ".join(text.split())


def one_stop(sentence: str) -> str:
    """Return the sentence with one full stop where a time that ends with one ("3:59 a.m.") brought a second."""
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", sentence)


def folded(text: str) -> str:
    """Return the text for comparing: no case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol))
    return " ".join(bare.casefold().split())
