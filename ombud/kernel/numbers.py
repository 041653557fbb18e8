"""
Public numbers of requests: `LA-7K3M-92Q`.

Seven characters after the city's prefix. The alphabet has 29 symbols, a prime, so that a weighted sum modulo
29 as the last character finds every single wrong character and every two swapped ones. Letters that look like
digits are left out (I, L, O, Z) and so are the vowels: no number spells a word, and what a person types for
them is read as the digit it resembles.

The six free characters are an affine walk over all 29^6 values: each serial gives another number, neighbours
look unlike, and no table is needed to be sure that no number is given twice.
"""

import re

ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXY"
BASE = len(ALPHABET)
FREE = 6
SPACE = BASE**FREE
# Any multiplier coprime to 29 walks through the whole space; this one scatters neighbours well.
_STEP, _SHIFT = 387_420_489 * 5 + 2, 123_456_789
_STEP_BACK = pow(_STEP, -1, SPACE)
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "Z": "2", "U": "V", "A": "4", "E": "3"})


def public_number(prefix: str, serial: int) -> str:
    """Return the number of the request with this serial. Raises ValueError outside 0 <= serial < 29^6."""
    if not 0 <= serial < SPACE:
        raise ValueError(f"serial {serial} is outside the {SPACE} numbers there are")
    value = (serial * _STEP + _SHIFT) % SPACE
    free = ""
    for _ in range(FREE):
        value, digit = divmod(value, BASE)
        free += ALPHABET[digit]
    whole = free + _check_character(free)
    return f"{prefix}-{whole[:4]}-{whole[4:]}"


def read_number(typed: str, *, prefix: str) -> str | None:
    """
    Return the number a person meant, in its written form, or None where it cannot be one.

    Case, spaces, dashes and a missing prefix do not matter; look-alikes are read as the digit.
    """
    squeezed = re.sub(r"[\s\-\u2013\u2014_.]", "", typed.upper())
    if squeezed.startswith(prefix) and len(squeezed) > FREE + 1:
        squeezed = squeezed[len(prefix) :]
    squeezed = squeezed.translate(_LOOKALIKE)
    if len(squeezed) != FREE + 1 or any(symbol not in ALPHABET for symbol in squeezed):
        return None
    if _check_character(squeezed[:FREE]) != squeezed[FREE]:
        return None
    return f"{prefix}-{squeezed[:4]}-{squeezed[4:]}"


def serial_of(number: str, *, prefix: str) -> int:
    """Return the serial behind a well-formed number."""
    free = number.removeprefix(f"{prefix}-").replace("-", "")[:FREE]
    value = sum(ALPHABET.index(symbol) * BASE**place for place, symbol in enumerate(free))
    return int((value - _SHIFT) * _STEP_BACK % SPACE)


def _check_character(free: str) -> str:
    # Weights 2..7 are distinct and not zero modulo 29, and so are their differences.
    return ALPHABET[sum(weight * ALPHABET.index(symbol) for weight, symbol in enumerate(free, 2)) % BASE]
