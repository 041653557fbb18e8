"""Photos as they come, followers, and who could not be reached."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ombud.kernel.errors import N_, NotFound
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.models import Follower, RequestPhoto
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.timeline import Actor


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo whose files already lie in the media store."""

    original_key: str
    view_key: str
    thumb_key: str
    width: int
    height: int
    sha256: str
    likeness: int | None = None


def add_photo(
    *,
    jurisdiction_id: str,
    request_id: int,
    photo: StoredPhoto,
    stage: str = "before",
    actor: Actor,
    at: datetime,
) -> int:
    """Attach a photo and return its id; the same picture twice is one photo."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        if actor.kind == "staff":
            actor.require(Verb.NOTE, agency=row.agency)
        known = RequestPhoto.objects.in_city(jurisdiction_id).filter(request=row, sha256=photo.sha256).first()
        if known:
            return int(known.pk)
        kept = RequestPhoto.objects.create(
            jurisdiction_id=jurisdiction_id,
            request=row,
            original_key=photo.original_key,
            view_key=photo.view_key,
            thumb_key=photo.thumb_key,
            width=photo.width,
            height=photo.height,
            sha256=photo.sha256,
            likeness=photo.likeness,
            stage=stage,
            by_staff=actor.kind == "staff",
            at=at,
        )
        timeline.record(
            row,
            Decision(Kind.PHOTO_ADDED, facts={"photo_id": kept.pk, "stage": stage}),
            actor=actor,
            at=at,
            audience="reporter",
        )
        return int(kept.pk)


def follow(*, jurisdiction_id: str, request_id: int, contact_point_id: int, at: datetime) -> int:
    """Tell a person what happens to a request from now on, and return the follower's id."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        follower = Follower.objects.create(
            jurisdiction_id=jurisdiction_id, request=row, contact_point_id=contact_point_id, since=at
        )
        timeline.record(
            row,
            Decision(Kind.FOLLOWED, facts={"follower_id": follower.pk}),
            actor=Actor("follower"),
            at=at,
        )
        return int(follower.pk)


def stop_following(*, jurisdiction_id: str, follower_id: int, at: datetime) -> None:
    """Stop the messages to one follower; doing it again changes nothing."""
    with transaction.atomic():
        follower = Follower.objects.in_city(jurisdiction_id).filter(pk=follower_id).first()
        if follower is None:
            raise NotFound(N_("There is no such follower here."))
        if follower.stopped_at is not None:
            return
        row = timeline.load(jurisdiction_id, follower.request_id)
        Follower.objects.filter(pk=follower.pk).update(stopped_at=at)
        timeline.record(
            row,
            Decision(Kind.UNFOLLOWED, facts={"follower_id": follower.pk}),
            actor=Actor("follower"),
            at=at,
        )


def not_reached(*, jurisdiction_id: str, request_id: int, told: str, reporter: bool, at: datetime) -> None:
    """Write for staff that the reporter, or one who follows, could not be told of an event of this kind."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        decision = Decision(Kind.NOT_REACHED, facts={"told": told, "reporter": reporter})
        timeline.record(row, decision, actor=timeline.SYSTEM, at=at)
