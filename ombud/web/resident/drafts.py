"""
A report on its way: kept in the visitor's session until it is sent.

The draft's id is made once and sent with the report; sending twice, from a double tap or after a lost answer,
gives the same request.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.kernel.geo import LonLat
from ombud.service_requests.commands.attach import StoredPhoto

# Well before what no request names is swept away.
GOOD_FOR = timedelta(hours=20)
_AT_MOST = 5  # drafts a session; the oldest goes first


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been told so far."""

    id: UUID
    service: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    method: str = ""
    address: str = ""
    place_note: str = ""
    asset: str = ""
    kind: str = ""
    day: str = ""
    same_as: str = ""
    alone: bool = False
    answers: dict[str, list[str]] = field(default_factory=dict)
    description: str = ""
    stop_read: bool = False
    name: str = ""
    email: str = ""
    phone: str = ""
    contact_given: bool = False
    photos: tuple[dict[str, Any], ...] = ()
    photos_since: float = 0.0
    photos_gone: bool = False
    photo_lon: float | None = None
    photo_lat: float | None = None
    # The row of the public record that is said to be wrong, and the request that it names.
    record: str = ""
    record_number: str = ""

    @property
    def point(self) -> LonLat | None:
        """Where, if it is known as a point."""
        return LonLat.read(self.lon, self.lat) if self.lon is not None else None

    @property
    def photo_point(self) -> LonLat | None:
        """Where the photo says it was taken; offered, never taken unasked."""
        return LonLat.read(self.photo_lon, self.photo_lat) if self.photo_lon is not None else None

    @property
    def has_place(self) -> bool:
        """Whether the place has been told."""
        return self.point is not None or bool(self.address)

    def submission(self, *, language: str, channel: str = "web") -> Submission:
        """Return the draft as intake takes it."""
        return Submission(
            client_id=self.id,
            service_code=self.service,
            channel=channel,
            language=language,
            description=self.description,
            answers=self.answers,
            located=Located(
                method=self.method or "words",
                point=self.point,
                accuracy_m=self.accuracy_m,
                address=self.address if self.point else "",
                words="" if self.point else self.address,
                note=self.place_note,
            ),
            name=self.name,
            email=self.email,
            phone=self.phone,
            same_as=self.same_as,
            asset=self.asset,
            kind=self.kind,
            on=date.fromisoformat(self.day) if self.day else None,
            photos=tuple(StoredPhoto(**photo) for photo in self.photos),
        )


class Drafts:
    """The drafts of one visitor in one city."""

    def __init__(self, session: SessionBase, city_id: str) -> None:
        self._session, self._key = session, f"drafts.{city_id}"

    def begin(self, **told: Any) -> Draft:
        """Begin a draft."""
        return self.keep(Draft(id=uuid4()), **told)

    def get(self, draft_id: UUID) -> Draft:
        """Return a draft. Raises NotFound where it was sent, or begun in another browser."""
        raw = self._session.get(self._key, {}).get(str(draft_id))
        if raw is None:
            raise NotFound(N_("This report was sent already, or begun somewhere else. Begin a new one."))
        draft = Draft(**{**raw, "id": draft_id, "photos": tuple(raw["photos"])})
        if draft.photos and clock.now().timestamp() - draft.photos_since > GOOD_FOR.total_seconds():
            return replace(draft, photos=(), photos_gone=True)
        return draft

    def keep(self, draft: Draft, **told: Any) -> Draft:
        """Keep a draft with what was told now."""
        if told.get("photos"):
            # The oldest decides; they are chosen within minutes of each other, or again.
            since = draft.photos_since if draft.photos else clock.now().timestamp()
            told |= {"photos_since": since, "photos_gone": False}
        draft = replace(draft, **told)
        kept = dict(self._session.get(self._key, {}))
        kept.pop(str(draft.id), None)
        kept[str(draft.id)] = {k: v for k, v in asdict(draft).items() if k != "id"}
        self._session[self._key] = dict(list(kept.items())[-_AT_MOST:])
        return draft

    def drop(self, draft: Draft) -> None:
        """Forget a draft that was sent."""
        kept = dict(self._session.get(self._key, {}))
        kept.pop(str(draft.id), None)
        self._session[self._key] = kept
