"""How the city's promises of time held."""

from collections import defaultdict

from ombud.service_requests.models import PromiseKept
from ombud.service_requests.rules.promise_kept import Kept


def kept_by_service(jurisdiction_id: str) -> dict[str, Kept]:
    """Return by service how the promises of the last whole months held."""
    held: dict[str, Kept] = defaultdict(Kept)
    for row in PromiseKept.objects.in_city(jurisdiction_id):
        held[row.service_code] += Kept(row.within, row.early, row.late)
    return dict(held)
