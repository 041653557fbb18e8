"""
What speaks for and against two reports being of one thing: for each aspect one finding, by a name.

The names are the rows of `weights.json`. What was not said is no finding, so that it weighs nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from ombud.kernel.geo import Metres, distance
from ombud.triage.likeness.rules.sighting import Sighting, Thing

# A telephone may say that it knows its place to a kilometre; that must not make all of a quarter one thing.
ACCURACY_AT_MOST = 60.0
# Of a share of the reach at most, and how it is called.
_DISTANCES = ((0.1, "beside"), (0.3, "close"), (0.6, "near"), (1.0, "in_reach"))
# Of the time within which a service is usually reported again: shares of it at most, and how they are called.
_FRESH = ((0.1, "at_once"), (0.35, "soon"), (1.0, "in_time"), (2.0, "late"), (5.0, "later"))
_WORDS_ALIKE = ((90.0, "same"), (70.0, "close"), (45.0, "some"))
_BITS_APART = ((6, "same"), (12, "close"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect and what was found: `Finding("distance", "close", 12.0)`; the number is for people."""

    aspect: str
    found: str
    number: float | None = None

    @property
    def name(self) -> str:
        """The name under which its weight is kept."""
        return f"{self.aspect}:{self.found}"


def unsure_by(sighting: Sighting) -> float:
    """Return by how many metres its place may be off, as far as we let that count."""
    return min(sighting.accuracy_m or 0.0, ACCURACY_AT_MOST)


def reach_of(new: Sighting, thing: Thing) -> Metres:
    """Return how far apart the two may be: the service's distance, and what their places are unsure by."""
    return Metres(max(new.reach, thing.first.reach) + unsure_by(new) + unsure_by(thing.first))


def compare(new: Sighting, thing: Thing, *, rivals: int = 0) -> list[Finding] | None:
    """
    Return what was found, or None where the two cannot be one thing.

    The same asset is the same place, and another asset is another thing, however close. Without either, a point
    beyond reach cannot be it, and without any place nothing is found to compare. `rivals` are other things that
    could be it as well.
    """
    same_asset = bool(new.asset) and new.asset == thing.first.asset
    if new.asset and thing.first.asset and not same_asset:
        return None
    place = _place(new, thing)
    if place is None and not same_asset:
        return None
    findings = [Finding("asset", "same")] if same_asset else []
    findings += place or []
    findings += [*_gap(new, thing), *_service(new, thing), *_words(new, thing), *_details(new, thing)]
    findings += [*_photos(new, thing), *_reporter(new, thing)]
    if thing.later:
        findings.append(Finding("reports", "several", len(thing.later) + 1))
    if rivals:
        findings.append(Finding("rivals", "one" if rivals == 1 else "several", rivals))
    return findings


def _place(new: Sighting, thing: Thing) -> list[Finding] | None:
    findings: list[Finding] = []
    there = thing.first
    same_address = bool(new.address) and new.address == there.address
    if same_address:
        findings.append(Finding("address", "same"))
    elif new.address and there.address:
        findings.append(Finding("address", "other"))
    if new.point is None or there.point is None:
        return findings if same_address else None
    away, reach = distance(new.point, there.point), reach_of(new, thing)
    if away <= reach:
        # Where both are unsure, that they coincide is chance in part: so near nobody can know them to be.
        share = max(away, (unsure_by(new) + unsure_by(there)) / 4) / reach if reach else 0.0
        found = next(name for most, name in _DISTANCES if share <= most)
        return [*findings, Finding("distance", found, round(away, 1))]
    # One address has one point in a register; from a telephone it may have many, but not across the town.
    return [*findings, Finding("distance", "beyond", round(away, 1))] if same_address and away <= 4 * reach else None


def _gap(new: Sighting, thing: Thing) -> list[Finding]:
    """Compare times: since it was last reported, or since it ended."""
    ended = thing.ended_at if not thing.is_open_at(new.at) else None
    gap = new.at - (ended or thing.last_at)
    if not (new.has_hours and thing.first.has_hours):
        # Only days are known: the same day is a day, not an hour.
        gap = max(gap, timedelta(hours=7))
    share = gap / timedelta(days=new.window_days)
    found = next((name for most, name in _FRESH if share <= most), "longer")
    if ended:
        return [Finding("gap", found), Finding("ended", "lately", gap.total_seconds())]
    return [Finding("gap", found, gap.total_seconds())]


def _service(new: Sighting, thing: Thing) -> list[Finding]:
    return [] if new.service == thing.first.service else [Finding("service", "other")]


def _words(new: Sighting, thing: Thing) -> list[Finding]:
    """Compare with the report whose words are nearest. In another language other words say nothing."""
    told = [s for s in thing.reports if s.words and (not s.language or not new.language or s.language == new.language)]
    if not new.words or not told:
        return []
    alike = max(fuzz.token_set_ratio(new.words, s.words) for s in told)
    return [Finding("words", next((name for least, name in _WORDS_ALIKE if alike >= least), "other"), round(alike))]


def _details(new: Sighting, thing: Thing) -> list[Finding]:
    mine, theirs = new.details, thing.first.details
    questions = {d.partition("=")[0] for d in mine} & {d.partition("=")[0] for d in theirs}
    if not questions:
        return []
    same = {d.partition("=")[0] for d in mine & theirs} & questions
    return [Finding("details", "same" if same == questions else "some" if same else "other")]


def _photos(new: Sighting, thing: Thing) -> list[Finding]:
    theirs = [photo for s in thing.reports for photo in s.photos]
    if not new.photos or not theirs:
        return []
    apart = min((a ^ b).bit_count() for a in new.photos for b in theirs)
    # Two pictures of one pothole rarely look alike to a fingerprint: that they do not is no finding.
    return [Finding("photo", name, apart) for most, name in _BITS_APART if apart <= most][:1]


def _reporter(new: Sighting, thing: Thing) -> list[Finding]:
    if not new.reporter:
        return []
    return [Finding("reporter", "same")] if any(s.reporter == new.reporter for s in thing.reports) else []
