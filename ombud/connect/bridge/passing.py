"""Remarks and photos: each passes once, whichever way, and what comes back of ours is not taken for theirs."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from ombud.connect.bridge.models import Passed, Push, Twin
from ombud.connect.bridge.opening import Bridge
from ombud.connect.bridge.ports import FarRecord, Remark
from ombud.connect.bridge.rules.mapping import Direction
from ombud.conversation.handlers import public_address
from ombud.intake import photos as intake_photos
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.kernel.texts import cleaned
from ombud.plumbing import jobs, outgoing
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import attach, outside
from ombud.service_requests.commands.outside import OldRemark
from ombud.service_requests.timeline import OUTSIDE

PHOTO = "photo:"
EVENT = "event:"
SHOWN = "shown:"
PHOTOS_AT_MOST = 20


def unheard(bridge: Bridge, twin: Twin, record: FarRecord) -> list[Remark | str]:
    """Return the remarks and addresses of photos of a record that have not passed yet."""
    remarks, urls = _remarks(bridge, record), _photo_urls(bridge, record)
    if not remarks and not urls:
        return []
    refs = [r.ref for r in remarks] + [PHOTO + url for url in urls]
    known = set(_of(twin).filter(ref__in=refs).values_list("ref", flat=True))
    return [r for r in remarks if r.ref not in known] + [url for url in urls if PHOTO + url not in known]


def hear(bridge: Bridge, twin: Twin, record: FarRecord, *, now: datetime) -> int:
    """Write down what was said there anew, and return how much; in a transaction that holds the twin."""
    heard = 0
    # What was told there with a change of ours, or stands here as the words of a closing, is no remark.
    said_here: set[str] | None = None
    for one in unheard(bridge, twin, record):
        if isinstance(one, str):
            _photo(twin, one)
            continue
        echo = _of(twin).filter(event_id__isnull=False, fingerprint=_fingerprint(one.text), trouble="").first()
        Passed.objects.create(jurisdiction_id=twin.jurisdiction_id, twin=twin, ref=one.ref)
        if echo:
            _of(twin).filter(pk=echo.pk).update(fingerprint="", push=Push.IDLE)
        elif cleaned(one.text):
            if said_here is None:
                texts = requests.words_said(twin.jurisdiction_id, twin.request_id, but_by_link=bridge.link.code)
                said_here = {cleaned(text) for text in texts}
            if cleaned(one.text) not in said_here:
                _say(bridge, twin, one)
                heard += 1
    return heard


def bring_in(bridge: Bridge, pairs: Sequence[tuple[Twin, FarRecord]]) -> int:
    """Write down what was said of requests that are new here, without telling anybody. Returns how much."""
    old, passed, twins = [], [], set()
    for twin, record in pairs:
        for remark in _remarks(bridge, record):
            old.append(OldRemark(twin.request_id, remark.text, remark.at, _to_reporter(bridge)))
            passed.append(Passed(jurisdiction_id=twin.jurisdiction_id, twin=twin, ref=remark.ref))
        for url in _photo_urls(bridge, record):
            passed.append(Passed(jurisdiction_id=twin.jurisdiction_id, twin=twin, ref=PHOTO + url, push=Push.DUE))
            twins.add(twin.pk)
    if old:
        outside.bring_in_remarks(jurisdiction_id=bridge.city.id, remarks=old, link=bridge.link.code)
    Passed.objects.bulk_create(passed)
    for twin_id in sorted(twins):
        _defer_photos(bridge.city.id, twin_id)
    return len(old)


def give(bridge: Bridge, twin: Twin) -> None:
    """Say there what was said here and not there yet. Raises FarDown or FarRefused at the first that fails."""
    for passing in _of(twin).filter(push=Push.DUE, event_id__isnull=False).order_by("event_id"):
        text = words_of(passing)
        if text:
            # Before it is said, so that it is known when it comes back, whether or not we hear that it arrived.
            _of(twin).filter(pk=passing.pk).update(fingerprint=_fingerprint(text))
            urls = (text,) if passing.ref.startswith(SHOWN) else ()
            said = Remark(f"{_own(bridge.city.id)}{passing.event_id}", text, _at(passing), urls)
            bridge.system.say(str(twin.far_id), said)
        _of(twin).filter(pk=passing.pk).update(push=Push.IDLE, trouble="")


def words_of(passing: Passed) -> str:
    """Return the words of a remark of ours: those of its event, or what a person wrote instead; a photo's address."""
    event = requests.event(passing.jurisdiction_id, passing.event_id or 0)
    if passing.ref.startswith(SHOWN):
        return photo_address(passing.jurisdiction_id, int(event.facts.get("photo_id", 0)))
    return passing.words or (event.text.body if event.text else "")


def photo_address(city: str, photo_id: int) -> str:
    """Return where the public sees a photo of ours."""
    return f"{public_address(city)}/photo/{photo_id}/view/"


def _at(passing: Passed) -> datetime:
    return requests.event(passing.jurisdiction_id, passing.event_id or 0).at


def fetch_photos(twin: Twin) -> None:
    """Fetch the photos that wait. One that cannot be had is left with its trouble."""
    for passing in _of(twin).filter(push=Push.DUE, event_id=None).order_by("pk"):
        try:
            answer = outgoing.ask(
                "GET",
                passing.ref.removeprefix(PHOTO),
                timeout=30,
                at_most_bytes=settings.OMBUD_PHOTO_MAX_BYTES,
                follow_redirects=True,
            )
            photo = intake_photos.store_photo(answer.body, city_id=twin.jurisdiction_id)
        except OmbudError as trouble:
            _of(twin).filter(pk=passing.pk).update(push=Push.DEAD, trouble=trouble.message[:500])
            continue
        attach.add_photo(
            jurisdiction_id=twin.jurisdiction_id,
            request_id=twin.request_id,
            photo=photo,
            stage="before",
            actor=OUTSIDE,
            at=clock.now(),
        )
        _of(twin).filter(pk=passing.pk).update(push=Push.IDLE, trouble="")


def _of(twin: Twin) -> QuerySet[Passed]:
    return Passed.objects.filter(jurisdiction_id=twin.jurisdiction_id, twin=twin)


def _remarks(bridge: Bridge, record: FarRecord) -> list[Remark]:
    rule = bridge.mapping.remarks
    if rule is None or rule.direction is Direction.OUT:
        return []
    # A reference of ours comes back with what we said.
    own = _own(bridge.city.id)
    found = {r.ref: r for r in record.remarks if r.ref and not r.ref.startswith(own)}
    return sorted(found.values(), key=lambda r: (r.at, r.ref))


def _photo_urls(bridge: Bridge, record: FarRecord) -> list[str]:
    rule = bridge.mapping.photos
    if rule is None or rule.direction is Direction.OUT:
        return []
    told = re.split(r"[\s,]+", record.values.get(rule.far, ""))
    urls = [*told, *(url for remark in record.remarks for url in remark.media_urls)]
    return [url for url in dict.fromkeys(urls) if re.match(r"https?://", url) and len(url) < 190][:PHOTOS_AT_MOST]


def _photo(twin: Twin, url: str) -> None:
    Passed.objects.create(jurisdiction_id=twin.jurisdiction_id, twin=twin, ref=PHOTO + url, push=Push.DUE)
    _defer_photos(twin.jurisdiction_id, twin.pk)


def _defer_photos(city: str, twin_id: int) -> None:
    jobs.defer("ombud.connect.bridge.handlers.fetch_photos", city=city, subject_id=twin_id, lock=f"photos:{twin_id}")


def _say(bridge: Bridge, twin: Twin, remark: Remark) -> None:
    outside.say(
        jurisdiction_id=twin.jurisdiction_id,
        request_id=twin.request_id,
        text=remark.text,
        link=bridge.link.code,
        at=remark.at,
        to_reporter=_to_reporter(bridge),
    )


def _own(city: str) -> str:
    """Return how the references begin that we give to our remarks."""
    return f"ombud-{city}-"


def _to_reporter(bridge: Bridge) -> bool:
    return bridge.mapping.remarks is not None and bridge.mapping.remarks.in_as == "reply"


def _fingerprint(text: str) -> str:
    return hashlib.sha256(cleaned(text).encode()).hexdigest()[:40] if text else ""
