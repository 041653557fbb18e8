"""The only writes to triage."""

from django.db import IntegrityError, models, transaction

from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.triage.models import SavedFilter
from ombud.triage.rules import saved_filters as rules


def save_filter(*, jurisdiction_id: str, account_id: int, name: str, address: str, known: frozenset[str]) -> int:
    """Keep a view of the queue under a name; the same name again replaces what it shows. Raises BadInput."""
    name, address = rules.read_name(name), rules.read_address(address, known=known)
    mine = SavedFilter.objects.filter(jurisdiction_id=jurisdiction_id, account_id=account_id)
    if mine.exclude(name=name).count() >= rules.AT_MOST:
        raise BadInput(N_("You have %(n)d views. Delete one first."), field="name", n=rules.AT_MOST)
    kept, _ = SavedFilter.objects.update_or_create(
        jurisdiction_id=jurisdiction_id, account_id=account_id, name=name, defaults={"address": address}
    )
    return int(kept.pk)


def rename_filter(*, jurisdiction_id: str, account_id: int, filter_id: int, name: str) -> None:
    """Give a view of one's own another name. Raises BadInput where another view has it."""
    name = rules.read_name(name)
    try:
        with transaction.atomic():
            _mine(jurisdiction_id, account_id, filter_id).update(name=name)
    except IntegrityError:
        raise BadInput(N_("You have a view of this name already."), field="name") from None


def delete_filter(*, jurisdiction_id: str, account_id: int, filter_id: int) -> None:
    """Forget a view of one's own."""
    _mine(jurisdiction_id, account_id, filter_id).delete()


def _mine(jurisdiction_id: str, account_id: int, filter_id: int) -> models.QuerySet[SavedFilter]:
    found = SavedFilter.objects.filter(jurisdiction_id=jurisdiction_id, account_id=account_id, pk=filter_id)
    if not found.exists():
        raise NotFound(N_("You have no such view."))
    return found
