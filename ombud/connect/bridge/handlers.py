"""What makes the bridge move: events here, the clock, and the jobs that follow from them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from ombud.catalog import queries as catalog
from ombud.connect.bridge import checking, passing, running, sending
from ombud.connect.bridge.models import Link, Mode, Passed, Push, Twin
from ombud.connect.bridge.opening import mapping_of, opened
from ombud.connect.bridge.rules.mapping import Direction, LinkMapping
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, OmbudError
from ombud.plumbing import jobs, walls
from ombud.service_requests import queries as requests

if TYPE_CHECKING:
    from ombud.service_requests.models import RequestEvent

RUN = "ombud.connect.bridge.handlers.run"
# A turn that is still asked for after so long was lost with its worker.
LOST = timedelta(minutes=15)
# What may begin a record there; everything else is only told of requests that stand there already.
_BEGINS = frozenset({"submitted", "service_changed"})


def carry(event_id: int) -> None:
    """React to an event here: whatever link its request has, or should have, is due."""
    city = walls.current()
    links = list(Link.objects.filter(jurisdiction_id=city, mode=Mode.BOTH, mapping_version__gt=0))
    if not links:
        return
    event = requests.event(city, event_id)
    for link in links:
        if event.facts.get("link") != link.code:
            _carry_over(link, event)


def _carry_over(link: Link, event: "RequestEvent") -> None:
    mapping = _mapping(link)
    if mapping is None:
        return
    twins = Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link)
    twin = twins.filter(request_id=event.request_id).first()
    if twin is None and event.kind in _BEGINS and mapping.creates(event.request.service_code):
        twin, _ = twins.get_or_create(
            link=link, request_id=event.request_id, defaults={"jurisdiction_id": link.jurisdiction_id}
        )
    if twin is None or twin.gone_at:
        return
    if _is_said_there(mapping, event):
        Passed.objects.get_or_create(
            twin=twin,
            ref=f"{passing.SHOWN if event.kind == 'photo_shown' else passing.EVENT}{event.pk}",
            defaults={"jurisdiction_id": link.jurisdiction_id, "event_id": event.pk, "push": Push.DUE},
        )
    sending.mark_due(twin, at=clock.now())


def _is_said_there(mapping: LinkMapping, event: "RequestEvent") -> bool:
    """Whether an event is something that is said, or a photo that is shown, on the other side too."""
    if event.kind == "photo_shown":
        rule = mapping.photos
        return rule is not None and rule.direction is not Direction.IN and bool(event.facts.get("shown"))
    said = mapping.remarks
    return (
        said is not None and said.direction is not Direction.IN and event.kind in said.out and event.text_id is not None
    )


def _mapping(link: Link) -> LinkMapping | None:
    try:
        return mapping_of(link, catalog.city(link.jurisdiction_id))
    except BadInput:  # its page says what is wrong with it
        return None


def push(twin_id: int) -> None:
    """Send what is due of a twin."""
    twin = Twin.objects.filter(jurisdiction_id=walls.current(), pk=twin_id).select_related("link").first()
    if twin is None or twin.push != Push.DUE or twin.link.mode != Mode.BOTH:
        return
    now = clock.now()
    try:
        with opened(twin.link) as bridge:
            sending.push(bridge, twin.pk, now=now)
    except OmbudError as trouble:  # it cannot even be opened
        sending.later(twin, trouble, now=now)


def fetch_photos(twin_id: int) -> None:
    """Fetch the photos of a record there."""
    twin = Twin.objects.filter(jurisdiction_id=walls.current(), pk=twin_id).first()
    if twin is not None:
        passing.fetch_photos(twin)


def run(link_id: int) -> None:
    """Read what changed there. What goes wrong stands on the link's page, and the next turn comes by the clock."""
    links = Link.objects.filter(jurisdiction_id=walls.current(), pk=link_id)
    link = links.first()
    if link is None:
        return
    try:
        if link.mode != Mode.OFF:
            running.run(link, now=clock.now())
    except OmbudError:
        pass  # written down by the run itself
    finally:
        links.update(asked_at=None)


def check(checked_id: int) -> None:
    """Do a dry run, or compare both sides, as somebody asked for on the link's page."""
    checking.do(walls.current(), checked_id, now=clock.now())


def ask_to_run(link: Link, *, now: datetime) -> bool:
    """Defer one turn of a link, unless one waits already. Returns whether it did."""
    free = Q(asked_at=None) | Q(asked_at__lt=now - LOST)
    with transaction.atomic():
        asked = Link.objects.filter(free, jurisdiction_id=link.jurisdiction_id, pk=link.pk).update(asked_at=now)
        if asked:
            jobs.defer(RUN, city=link.jurisdiction_id, subject_id=link.pk, lock=f"link:{link.pk}")
    return bool(asked)


def run_due() -> None:
    """Defer a turn of each link of each city whose time has come."""
    now = clock.now()
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            links = Link.objects.filter(jurisdiction_id=row.id, loaded_at__isnull=False).exclude(mode=Mode.OFF)
            waited = Q(wait_until=None) | Q(wait_until__lte=now)
            rested = Q(tried_at=None) | Q(tried_at__lte=now - F("every_seconds") * timedelta(seconds=1))
            for link in links.filter(waited, rested):
                ask_to_run(link, now=now)
