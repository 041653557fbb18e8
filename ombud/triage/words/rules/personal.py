"""The rules of redaction, one a kind: each yields where it finds something, and how sure it is."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from ombud.kernel.texts import folded

Hits = Iterator[tuple[int, int, float]]
_I = re.IGNORECASE

_TLD = r"(?:com|net|org|edu|gov|us|mx|es|info|io|co|biz|me|de|ch|uk|ca)"
_PROVIDER = r"(?:g\s?mail|yahoo|hot\s?mail|outlook|icloud|aol|live|msn|proton(?:mail)?|ymail|comcast)"
_AT = r"\s*(?:@|\(\s*at\s*\)|\[\s*at\s*\]|\{\s*at\s*\}|\b(?:at|arroba|a\s+roba)\b)\s*"
_DOT = r"\s*(?:\.|\(\s*dot\s*\)|\[\s*dot\s*\]|\b(?:dot|punto|point)\b)\s*"
# Nothing begins in the middle of a word: trying each letter of a long one takes the square of its length.
_LOCAL = r"(?<![\w%+-])[\w%+-]+(?:(?:\.|\s*\b(?:dot|punto|underscore|guion\s+bajo|dash)\b\s*)[\w%+-]+){0,4}"
_EMAILS = (
    (re.compile(r"(?<![\w.%+-])[\w.%+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*\.\s?[a-z]{2,}", _I), 0.99),
    # "j smith 88 at yahoo": a letter or a number of its own beside the name.
    (re.compile(rf"\b(?:\w\s+)?\w+(?:\s+\d{{1,4}})?{_AT}{_PROVIDER}(?:{_DOT}{_TLD})?\b", _I), 0.8),
    (re.compile(rf"{_LOCAL}{_AT}{_PROVIDER}(?:{_DOT}{_TLD}(?:{_DOT}[a-z]{{2}})?\b|\s+com\b)", _I), 0.97),
    (re.compile(rf"{_LOCAL}{_AT}[\w-]+(?:{_DOT}[\w-]+)?{_DOT}{_TLD}\b", _I), 0.9),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+", _I), 0.7),
    # What people are called on other sites.
    (re.compile(r"(?<![\w.])@[a-z][\w.]{2,}", _I), 0.8),
)

_DIGIT = (
    r"(?:zero|oh?|one|two|three|four|five|six|seven|eight|nine|double|triple|"
    r"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|doble|\d{1,4})"
)
# Two digits are often said as one number in Spanish: "veintitrés, cuarenta y cinco".
_TENS = (
    r"(?:diez|once|doce|trece|catorce|quince|dieci\w+|veint\w+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|"
    r"noventa|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)(?:\s+y\s+\w+)?"
)
_SPELLED = re.compile(rf"\b(?:{_DIGIT}|{_TENS})(?:[\s,.-]+(?:{_DIGIT}|{_TENS}|y)){{4,}}\b", _I)
_PHONES = (
    (re.compile(r"(?<![\w/#])(?:\+?1[\s.-]{0,2})?\(?\d{3}\)?[\s./_-]{0,3}\d{3}[\s./_-]{0,3}\d{4}(?![\d/])"), 0.95),
    (re.compile(r"(?<![\w-])(?:\d[\s.\-_]{1,2}){6,10}\d(?![\w])"), 0.85),
    (re.compile(r"(?<![\w$#/-])\d{3}[-.]\d{4}(?![\w/-])"), 0.8),
    (re.compile(r"(?<![\w+])\+\d[\d\s().-]{7,16}\d"), 0.95),
)
_PHONE_CUE = re.compile(
    r"\b(?:call(?: me)?(?: back)?(?: at| on)?|cell|phone|tel(?:ephone)?|mobile|text(?: me)?(?: at)?|reach me at|"
    r"ll[aá]m[ae]me(?: al?)?|tel[eé]fono|cel(?:ular)?|n[uú]mero)\W{0,4}(?:is|es|no|#|number)?\W{0,3}"
    r"(\d[\d\s().-]{5,16}\d)",
    _I,
)

_PLATE_CUE = re.compile(
    r"\b(?:licen[sc]e\s+plates?|lic(?:ense)?\.?\s+(?:plate|pl)|plates?|lic\.?\s*(?:#|no)|tags?|placas?|matr[ií]cula)\b"
    r"(?:\s+(?:number|num|no|n[uú]mero|is|are|was|es|son|reads?|ends? in|starts? with|que dice|california|calif|ca|"
    r"ny|nv|az|tx|de|la|del|carro|the|of|#)\b)*\s*[.:#=]*\s*"
    r"((?=[\w-]*\d|[A-Z])[A-Za-z0-9]{1,4}(?:[\s-]?[A-Za-z]{0,4}\d[A-Za-z0-9]{0,4}){0,2})\b",
    _I,
)
_PLATE_SPACED = re.compile(
    r"\b(?:plates?|placas?|tag)\b\W{0,3}(?:(?:number|is|es|are|son|n[uú]mero)\W{1,3})?((?:[a-z0-9][\s-]){4,7}[a-z0-9])\b",
    _I,
)
_PLATE_CALIFORNIA = re.compile(r"\b\d\s?[A-Za-z]{3}\s?\d{3}\b")
_PLATE_SHAPE = re.compile(r"\b(?:[A-Z]{3}[\s-]?\d{3,4}|\d{1,3}[\s-]?[A-Z]{3}|[A-Z]\d{2}[\s-]?[A-Z]{3}|\d[A-Z]\d{5})\b")
_VEHICLE = re.compile(
    r"\b(?:car|truck|van|suv|sedan|vehicle|pick-?up|rv|motorcycle|plate|driver|toyota|honda|ford|chevy|chevrolet|nissan|"
    r"dodge|bmw|tesla|jeep|hyundai|kia|parked|carro|camioneta|cami[oó]n|coche|veh[ií]culo|moto|troca)\b",
    _I,
)
_NO_PLATE = re.compile(
    r"^(?:HWY|RTE|BUS|APT|STE|LOT|ZIP|PIN|TOP|ALL|THE|AND|FOR|FWY|EXT|CIR|SR|NO|AVE|DAY|MAY|JUN|JUL)\b"
)

_NUMBER = r"(?:\d{1,6}(?:\s?-\s?\d{1,4})?(?:\s?1/2)?[A-Za-z]?)"
_UNIT = re.compile(
    r"\b(?:apt|apartment|aptmt|apartamento|apto|depto|departamento|unit|unidad|suite|ste|room|rm|cuarto|"
    r"interior|trailer|space|spc)\b\.?\s*(?:number|num|no\.?|n[uú]mero|#)?\s*"
    r"(#?\d{1,5}[\s-]?[A-Za-z]?\b|#?[A-Za-z](?:[\s-]?\d{1,4})?\b)(?!['’])",  # noqa: RUF001
    _I,
)
_STREET = (
    r"(?:street|st|str|avenue|ave|av|boulevard|blvd|bl|road|rd|drive|dr|lane|ln|way|wy|court|ct|place|pl|terrace|ter|"
    r"circle|cir|highway|hwy|parkway|pkwy|trail|walk|alley|row|square|sq)"
)
_SIDE = r"(?:(?:north|south|east|west|n|s|e|w|ne|nw|se|sw)\b\.?\s+)?"
_HOUSE = re.compile(rf"(?<![\w$.,/:#-])({_NUMBER})\s+{_SIDE}((?:[\w'.]+\s+){{0,3}}?[\w'.]+)\s+{_STREET}\b\.?", _I)
_HOUSE_CUE = re.compile(
    rf"\b(?:live|living|reside|residing|i'?m\s+at|address|addr|home|house|vivo|domicilio|direcci[oó]n|casa)\b"
    rf"(?:\s+(?:is|at|in|on|number|no|num|es|en|la|el|de|mi|n[uú]mero|the|of)){{0,3}}\W{{0,3}}({_NUMBER})\b(?!\s*(?:years|year|yrs|blocks?|feet|ft|a[nñ]os|cuadras|people|personas|times|veces|days|weeks|months|meses|d[ií]as))",
    _I,
)
_HOUSE_AFTER = re.compile(rf"\b(?:vivo|vive|vivimos|live)\s+(?:en|on|at|in)\s+(?:[\w'.]+\s+){{1,3}}?({_NUMBER})\b", _I)
_HOUSE_SPANISH = re.compile(
    rf"\b(?:calle|avenida|av|ave|bulevar|blvd|calz|calzada|callej[oó]n|privada)\b\.?\s+(?:[\w'.]+\s+){{1,3}}?"
    rf"(?:n[uú]mero\s+|num\.?\s+|no\.?\s+|#\s*)?({_NUMBER})\b",
    _I,
)
_HOUSE_NAMED = re.compile(rf"(?<![\w$.,/:#-])(\d{{3,5}})\s+{_SIDE}([A-Z][a-z]{{3,}})\b(?!\s+(?:block|blk))")
_NO_STREET = re.compile(
    r"\b(?:of|on|in|at|near|the|cars?|trucks?|feet|foot|ft|blocks?|blk|times|tents?|lights?|people|kids|bags|trees|"
    r"days?|weeks?|months?|years?|hours?|minutes|am|pm|inch(?:es)?|miles?|lanes?|cones|signs?|potholes?|and|to|from|"
    r"along|down|por|en|de|del|hay|two|three|bottles|needles|am|units?|stories|story|way|lamps|poles)\b",
    _I,
)
_HOME = re.compile(r"\b(?:live|living|reside|home|my|our|vivo|domicilio|mi|nuestra|apartment|apt)\b[^.;!?]{0,40}$", _I)

_ID_CUE = re.compile(
    r"\b(?:ssn|ss\s?#|social(?:\s+security)?|itin|driver'?s?\s+licen[sc]e|drivers?\s+lic|dl|cdl|passport|account|acct|"
    r"claim|policy|member(?:ship)?|medi-?cal|medicare|medicaid|ebt|card|customer|patient|badge|id|identification|"
    r"seguro\s+social|licencia(?:\s+de\s+(?:conducir|manejar))?|pasaporte|curp|cuenta|reclamo|p[oó]liza|"
    r"tarjeta|identificaci[oó]n|matr[ií]cula\s+consular|case|caso|expediente)\b"
    r"(?:\s+(?:number|num|no|id|card|is|was|ending|ends|in|n[uú]mero|es|de|del|la|el|mi|#)){0,4}\s*[.:#=]*\s*"
    r"((?=[A-Za-z0-9-]*\d)[A-Za-z0-9]{2,}(?:[\s-]?\d[A-Za-z0-9]*){0,4})",
    _I,
)
_SSN = re.compile(r"(?<![\w-])\d{3}[-. ]\d{2}[-. ]\d{4}(?![\w-])")
_LICENCE = re.compile(r"\b[A-Z]\d{7}\b", _I)
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,16}(?!\d)")
_CURP = re.compile(r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b", _I)
_DATE = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}|"
    r"(?:\d{1,2}\s+(?:de\s+)?)?[a-zé]{3,10}\.?\s+(?:de\s+)?(?:\d{1,2},?\s+)?(?:del?\s+)?\d{4})"
)
_BIRTH = re.compile(
    rf"\b(?:dob|d\.o\.b\.?|born(?:\s+on)?|date\s+of\s+birth|birth\s?(?:date|day)|b-?day|fecha\s+de\s+nacimiento|nac[ií](?:\s+el)?)"
    rf"(?:\s+(?:is|was|es|el|on|en))?\s*[:#]?\s*({_DATE})",
    _I,
)

_PART = r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'’-]+"  # noqa: RUF001
_TITLE = r"(?:mr|mrs|ms|miss|dr|sr|sra|srta|don|do[nñ]a|señor|señora|officer|oficial|inspector)"
_NAMED = re.compile(
    rf"(?:\b(?:my|his|her|their|the\s+owner'?s?|owner'?s?|caller'?s?|landlord'?s?|neighbor'?s?|tenant'?s?|driver'?s?|manager'?s?)\s+name\s+is"
    rf"|\bname\s*[:=]|\bname\s+is|\bnamed|\bcalled\s+himself|\bgoes\s+by(?:\s+the\s+name)?|\b(?:me|se)\s+llam[ao]|\bllamad[oa]"
    rf"|\b(?:mi|su)\s+nombre\s+es|\bnombre\s*[:=]|\bask(?:\s+him)?\s+for|\bpregunt[ea]n?\s+por|\battn:?|\bcaller\s*[:=]|\bcontact\s*[:=]"
    rf"|\bsigned\s*[,:]?|\bsincerely\s*,?|\bregards\s*,?|\bthank\s+you\s*,\s*(?=[A-Z])|\bthanks\s*,\s*(?=[A-Z])|\batentamente\s*,?|\bgracias\s*,\s*(?=[A-Z]))"
    rf"\W{{0,3}}((?:{_TITLE}\.?\s+|[A-Za-z]\.\s+)?{_PART}(?:\s+(?:[A-Z]\.?\s+|de\s+la\s+|de\s+|del\s+)?{_PART}){{0,2}})",
    _I,
)
_TITLED = re.compile(
    rf"\b{_TITLE}\b\.?\s+({_PART}(?:\s+{_PART})?)",
    _I,
)
_WEAK = re.compile(
    rf"\b(?:this\s+is|i\s?['’]?\s?a?m|it['’]?s|soy|habla|call|contact|text|tell|ask|neighbor|neighbour|landlord|landlady|owner|"  # noqa: RUF001
    rf"manager|tenant|caller|vecin[oa]|due[nñ][oa]|caser[oa]|inquilin[oa]|encargad[oa]|super|husband|wife|son|daughter|esposo|"
    rf"esposa|hij[oa]|mam[aá]|pap[aá]|t[ií][oa]|abuel[oa]|hermano|hermana|mom|dad|grandma|grandpa|aunt|uncle|brother|sister|mother|father|llamen?\s+a|con|worker|employee|emplead[oa]|driver)\s*[,:]?\s+(?:a\s+)?({_PART}(?:\s+{_PART})?)",
    _I,
)


def emails(text: str, region: str) -> Hits:
    """Find e-mail addresses, spelled ones too."""
    for pattern, score in _EMAILS:
        yield from ((*found.span(), score) for found in pattern.finditer(text))


def phones(text: str, region: str) -> Hits:
    """Find telephone numbers: as the library knows them, spaced out, spelled out, or short after a cue."""
    from phonenumbers import Leniency, PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
        yield match.start, match.end, 0.99
    for pattern, score in _PHONES:
        yield from ((*found.span(), score) for found in pattern.finditer(text))
    for found in _PHONE_CUE.finditer(text):
        if sum(letter.isdigit() for letter in found[1]) >= 7:
            yield *found.span(1), 0.9
    for found in _SPELLED.finditer(text):
        parts = re.findall(r"\w+", found[0])
        if len(parts) - sum(part.isdigit() for part in parts) >= 2 and len("".join(parts)) >= 12:
            yield *found.span(), 0.85


def plates(text: str, region: str) -> Hits:
    """Find number plates: after a cue, or by their shape where the text is about a vehicle."""
    for found in _PLATE_SPACED.finditer(text):
        yield *found.span(1), 0.9
    for found in _PLATE_CUE.finditer(text):
        if any(letter.isdigit() for letter in found[1]) and len(found[1].strip()) >= 2:
            yield *found.span(1), 0.9
    if _VEHICLE.search(text):
        for pattern in (_PLATE_CALIFORNIA, _PLATE_SHAPE):
            yield from ((*found.span(), 0.8) for found in pattern.finditer(text) if not _NO_PLATE.match(found[0]))


def units(text: str, region: str) -> Hits:
    """Find numbers of apartments, units and rooms."""
    for found in _UNIT.finditer(text):
        alone = found[1].strip().lower()
        if alone not in ("a", "i", "y", "s", "o", "e"):  # "apartment a", "unit i think": words, far oftener
            yield found.start(1), found.start(1) + len(found[1].rstrip()), 0.85


def houses(text: str, region: str) -> Hits:
    """Find the numbers of houses; the street stays."""
    for found in _HOUSE.finditer(text):
        if not _NO_STREET.search(found[2]) and not re.search(r"(?:st|nd|rd|th)$", found[1], _I):
            yield *found.span(1), 0.85
    for pattern, score in ((_HOUSE_CUE, 0.85), (_HOUSE_AFTER, 0.7), (_HOUSE_SPANISH, 0.8)):
        yield from ((*found.span(1), score) for found in pattern.finditer(text))
    for found in _HOUSE_NAMED.finditer(text):
        if not _NO_STREET.search(found[2]):
            yield *found.span(1), 0.6


def is_home(text: str, start: int) -> bool:
    """Say whether what begins at `start` is told to be somebody's home."""
    return bool(_HOME.search(text[:start]))


def ids(text: str, region: str) -> Hits:
    """Find numbers of identity, accounts, claims and cards."""
    for pattern, score in ((_SSN, 0.95), (_LICENCE, 0.8), (_CURP, 0.95)):
        yield from ((*found.span(), score) for found in pattern.finditer(text))
    for found in _CARD.finditer(text):
        if _is_card(found[0]):
            yield found.start(), found.start() + len(found[0].rstrip(" -")), 0.95
    for found in _ID_CUE.finditer(text):
        if sum(letter.isdigit() for letter in found[1]) >= 3:
            yield *found.span(1), 0.8


def births(text: str, region: str) -> Hits:
    """Find dates of birth, after a cue."""
    yield from ((*found.span(1), 0.95) for found in _BIRTH.finditer(text))


def names(text: str, region: str) -> Hits:
    """Find names of persons after a cue; after a weak one only such as many people have, or as are written large."""
    shouted = text.isupper()
    for found in _NAMED.finditer(text):
        if end := _name_end(text, found.start(1), found.end(1), sure=True, shouted=shouted):
            yield found.start(1), end, 0.9
    for found in _TITLED.finditer(text):
        if end := _name_end(text, found.start(1), found.end(1), sure=True, shouted=shouted):
            # Nobody is told by a title alone, but with it a name reads on.
            yield found.start(), end, 0.85
    for found in _WEAK.finditer(text):
        if end := _name_end(text, found.start(1), found.end(1), sure=False, shouted=shouted):
            yield found.start(1), end, 0.7


def _name_end(text: str, start: int, end: int, *, sure: bool, shouted: bool) -> int:
    """Return where the name ends that begins at `start`; 0 where there is none."""
    first_names, common = _words()
    last = 0
    parts = list(re.finditer(_PART, text[start:end]))
    follows = len(parts) > 1 and folded(parts[0][0]) in first_names
    for found in parts:
        word = found[0]
        if last == 0 and re.fullmatch(_TITLE, word, _I):
            continue
        bare = folded(word).removesuffix("'s").removesuffix("’s")  # noqa: RUF001
        known = bare in first_names
        large = word[0].isupper() and not shouted
        if bare in common and not (known and sure) and bare not in ("de", "la", "del"):
            break
        if last == 0 and not (known or sure or (large and _large_beside(text, start + found.end()))):
            break
        # After a first name that people have, one more word is its surname, unless it is a common one.
        if last and not (known or large or sure or (follows and word == parts[1][0])):
            break
        if bare not in ("de", "la", "del"):
            last = start + found.start() + len(word) - (2 if word.lower().endswith(("'s", "’s")) else 0)  # noqa: RUF001
    return last


def _large_beside(text: str, end: int) -> bool:
    """Say whether another word written large follows: one alone may be a place, a day or a make of car."""
    return bool(re.match(r"\s+[A-ZÀ-Ö][a-zà-öø-ÿ]+", text[end:])) and not re.match(
        rf"\s+\w+\s+{_STREET}\b|\s+{_STREET}\b|\s+(?:park|school|center|library|market|hall|church|beach|hills|city)\b",
        text[end:],
        _I,
    )


def _is_card(digits: str) -> bool:
    """Say whether the digits pass the check of payment cards (Luhn)."""
    total = 0
    for place, letter in enumerate(reversed([d for d in digits if d.isdigit()])):
        doubled = int(letter) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], frozenset[str]]:
    """Return first names that many people have, and words that are none; both bare."""
    folder = files("ombud.triage.words") / "names"
    read = [(folder / name).read_text("utf-8") for name in ("first_names.txt", "no_names.txt")]
    first, none = (
        frozenset(folded(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())
        for text in read
    )
    return first, none
