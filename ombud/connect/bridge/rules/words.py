"""
From the other side's words to ours and back, by the mapping.

Our words are texts too, so that both sides can be compared and kept: `closed:fixed`, an instant in ISO 8601 (UTC),
a window of two instants with `/` between, a point as `lon lat` with six digits, an empty text for nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, hypot, isfinite, radians
from zoneinfo import ZoneInfo

from ombud.connect.bridge.rules.mapping import CODED, PRIORITIES, TIMES, FieldRule, LinkMapping
from ombud.kernel.texts import cleaned

JOIN = "|"
# When it was asked and when it ended: each side writes that by its own clock.
INSTANTS = frozenset({"requested_at", "closed_at"})
# Two points so near each other are one, however many digits each side keeps.
SAME_METRES = 2.0


class Unknown(Exception):
    """A word that the mapping does not know."""

    def __init__(self, field: str, word: str) -> None:
        super().__init__(f"{field}: {word}")
        self.field, self.word = field, word


@dataclass(frozen=True, slots=True)
class Reading:
    """A far record in our words; `far` has the same fields as they stand there. What it does not say is in neither."""

    near: dict[str, str]
    far: dict[str, str]
    unknown: tuple[tuple[str, str], ...]


def read_record(mapping: LinkMapping, values: Mapping[str, str], *, services: Collection[str]) -> Reading:
    """Return what a far record says."""
    near: dict[str, str] = {}
    far: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for name, rule in mapping.fields.items():
        word = far_word(rule, values)
        if word is None:
            continue
        far[name] = word
        try:
            near[name] = read(mapping, name, word, services=services)
        except Unknown as unread:
            unknown.append((unread.field, unread.word))
    return Reading(near, far, tuple(unknown))


def far_word(rule: FieldRule, values: Mapping[str, str]) -> str | None:
    """Return what stands there of a field, several columns joined; None where the record does not speak of it."""
    if not any(column in values for column in rule.far):
        return None
    return JOIN.join(values.get(column, "").strip() for column in rule.far)


def read(mapping: LinkMapping, name: str, word: str, *, services: Collection[str] = ()) -> str:
    """Return a far word in our words. Raises Unknown."""
    rule = mapping.fields[name]
    if rule.in_ or name in CODED:
        if word not in rule.in_:
            if not word.strip(JOIN) and name not in CODED:
                return ""
            raise Unknown(name, word)
        ours = rule.in_[word]
        if name == "service" and services and ours not in services:
            raise Unknown(name, word)
        return ours
    if not word.strip(JOIN):
        return ""
    if name in TIMES:
        return "/".join(
            _instant(name, part, mapping.times_of(rule), mapping.zone_of(rule)) for part in word.split(JOIN) if part
        )
    if name == "point":
        return _point(word)
    if name == "priority" and word not in PRIORITIES:
        raise Unknown(name, word)
    return cleaned(word, lines=name in ("sentence", "description"))


def write(mapping: LinkMapping, name: str, ours: str) -> str:
    """Return our word as the other side has it, several columns joined. Raises Unknown."""
    rule = mapping.fields[name]
    if rule.out or name in CODED:
        if ours in rule.out:
            return rule.out[ours]
        if name == "status" and (any_end := rule.out.get(f"{ours.partition(':')[0]}:*")) is not None:
            return any_end
        if not ours and name not in CODED:
            return JOIN.join("" for _ in rule.far)
        raise Unknown(name, ours)
    if not ours:
        return JOIN.join("" for _ in rule.far)
    if name in TIMES:
        form, zone = mapping.times_of(rule)[0], mapping.zone_of(rule)
        parts = [_written(datetime.fromisoformat(part), form, zone) for part in ours.split("/")]
        return JOIN.join(parts[: len(rule.far)])
    if name == "point":
        return JOIN.join(ours.split(" "))
    return ours


def columns(rule: FieldRule, word: str) -> dict[str, str]:
    """Return a joined far word by its columns."""
    if len(rule.far) == 1:
        return {rule.far[0]: word}
    parts = [*word.split(JOIN), *("" for _ in rule.far)]
    return dict(zip(rule.far, parts, strict=False))


def same(mapping: LinkMapping, name: str, near: str, far: str, far_in_ours: str | None) -> bool:
    """
    Whether both sides say the same of a field, as far as the poorer of the two can say it.

    A side that knows only open and closed agrees with ours that is booked: it could not say it better.
    """
    if far_in_ours is not None and (near == far_in_ours or (name == "point" and _one_place(near, far_in_ours))):
        return True
    if name in INSTANTS and near and far_in_ours and _one_moment(near, far_in_ours, mapping.overlap_seconds):
        return True
    try:
        return write(mapping, name, near) == far
    except Unknown:
        return False


def _instant(name: str, word: str, forms: tuple[str, ...], zone: ZoneInfo) -> str:
    for form in forms:
        try:
            read_at = _read_instant(word, form)
        except (ValueError, OverflowError, OSError):
            continue
        if read_at.tzinfo is None:
            # An hour that a change of clocks repeats is read as the first of the two.
            read_at = read_at.replace(tzinfo=zone)
        try:
            return read_at.astimezone(UTC).isoformat()
        except OverflowError:
            break
    raise Unknown(name, word)


def _read_instant(word: str, form: str) -> datetime:
    if form == "iso":
        return datetime.fromisoformat(word)
    if form in ("epoch", "epoch_ms"):
        return datetime.fromtimestamp(float(word) / (1000 if form == "epoch_ms" else 1), tz=UTC)
    return datetime.strptime(word, form)  # noqa: DTZ007  the zone is the mapping's


def _written(at: datetime, form: str, zone: ZoneInfo) -> str:
    if form == "epoch":
        return str(int(at.timestamp()))
    if form == "epoch_ms":
        return str(int(at.timestamp() * 1000))
    there = at.astimezone(zone)
    if form == "iso":
        text = there.replace(microsecond=0).isoformat()
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    return there.strftime(form)


def _point(word: str) -> str:
    try:
        lon, lat = (float(part) for part in word.split(JOIN))
    except ValueError:
        raise Unknown("point", word) from None
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise Unknown("point", word)
    return "" if lon == lat == 0 else point_word(lon, lat)


def point_word(lon: float | None, lat: float | None) -> str:
    """Return a point in our words."""
    return "" if lon is None or lat is None else f"{lon:.6f} {lat:.6f}"


def _one_moment(a: str, b: str, seconds: int) -> bool:
    """Whether two instants, each by the clock of its side, are of the same moment."""
    return abs((datetime.fromisoformat(a) - datetime.fromisoformat(b)).total_seconds()) <= seconds


def _one_place(a: str, b: str) -> bool:
    if not a or not b:
        return a == b
    (lon, lat), (other_lon, other_lat) = (tuple(map(float, point.split(" "))) for point in (a, b))
    metres = 111_195.0
    return hypot((lon - other_lon) * cos(radians(lat)) * metres, (lat - other_lat) * metres) < SAME_METRES
