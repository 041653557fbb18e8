"""Saving a view, counting who opens it, and the city's word on it: list it for everybody, or hide it with a reason."""

import secrets
from datetime import datetime
from string import ascii_lowercase, digits

from django.db import transaction
from django.db.models import F

from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.kernel.texts import cleaned
from ombud.opendata.models import SavedView
from ombud.opendata.saved import NO_SUCH, View, view
from ombud.people.rules.permissions import Verb
from ombud.service_requests.timeline import Actor

NAME_AT_MOST, ABOUT_AT_MOST, CREDIT_AT_MOST = 120, 600, 80
NEEDS_NAME = N_("Give the view a name, so that others know what it shows.")
NEEDS_REASON = N_("Say why: it is shown to whoever follows a link to the view.")
_SIGNS = digits + ascii_lowercase


@transaction.atomic
def save(
    *,
    jurisdiction_id: str,
    dataset: str,
    name: str,
    soql: str,
    address: str,
    version: int,
    at: datetime,
    about: str = "",
    saved_by: str = "",
) -> View:
    """Keep a query, which was read before, under a name. Raises BadInput."""
    if not cleaned(name).strip():
        raise BadInput(NEEDS_NAME)
    row = SavedView.objects.create(
        jurisdiction_id=jurisdiction_id,
        view_id=_new_id(),
        dataset=dataset,
        name=cleaned(name).strip()[:NAME_AT_MOST],
        about=cleaned(about).strip()[:ABOUT_AT_MOST],
        saved_by=cleaned(saved_by).strip()[:CREDIT_AT_MOST],
        soql=soql,
        address=address,
        saved_at=at,
        saved_in=version,
    )
    return view(jurisdiction_id, row.view_id)


def _new_id() -> str:
    # One in 10^12 for each pair: two of one city would be refused by the database.
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def opened(*, jurisdiction_id: str, view_id: str) -> None:
    """Count that the page of a view was opened."""
    SavedView.objects.filter(jurisdiction_id=jurisdiction_id, view_id=view_id).update(opened=F("opened") + 1)


def list_view(*, jurisdiction_id: str, view_id: str, actor: Actor, at: datetime) -> None:
    """Show a view among the city's, hidden ones too. Raises NotAllowed, NotFound."""
    _judge(jurisdiction_id, view_id, actor, listed_at=at, hidden_at=None, hidden_because="")


def unlist_view(*, jurisdiction_id: str, view_id: str, actor: Actor) -> None:
    """Take a view off the list; whoever has its address still sees it. Raises NotAllowed, NotFound."""
    _judge(jurisdiction_id, view_id, actor, listed_at=None, hidden_at=None, hidden_because="")


def hide_view(*, jurisdiction_id: str, view_id: str, actor: Actor, reason: str, at: datetime) -> None:
    """Hide a view: its addresses say why. Raises BadInput, NotAllowed, NotFound."""
    if not cleaned(reason).strip():
        raise BadInput(NEEDS_REASON)
    said = cleaned(reason).strip()[:300]
    _judge(jurisdiction_id, view_id, actor, listed_at=None, hidden_at=at, hidden_because=said)


def _judge(jurisdiction_id: str, view_id: str, actor: Actor, **what: object) -> None:
    actor.require(Verb.EDIT_CATALOGUE, agency="")
    rows = SavedView.objects.filter(jurisdiction_id=jurisdiction_id, view_id=view_id)
    if not rows.update(judged_by=actor.account_id, **what):
        raise NotFound(NO_SUCH, id=view_id[:40])
