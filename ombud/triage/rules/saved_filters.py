"""What may be kept as a view of one's own."""

from urllib.parse import parse_qsl, urlencode

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned

NAME_LIMIT = 60
ADDRESS_LIMIT = 500
AT_MOST = 30
# What says where in a list one stands, not what the list shows.
_PASSING = frozenset({"after", "open", "view_name", "page", "lang"})


def read_name(typed: str) -> str:
    """Return the name of a view as we keep it. Raises BadInput."""
    name = cleaned(typed)
    if not name:
        raise BadInput(N_("Give the view a name."), field="name")
    if len(name) > NAME_LIMIT:
        raise BadInput(N_("Use %(limit)d characters at most."), field="name", limit=NAME_LIMIT)
    return name


def read_address(address: str, *, known: frozenset[str]) -> str:
    """
    Return what of an address narrows the list, in a settled order; words no filter knows are left out.

    Raises BadInput where it is longer than can be kept.
    """
    pairs = [
        (key, cleaned(value))
        for key, value in parse_qsl(address.lstrip("?"), keep_blank_values=True)
        if key in known and key not in _PASSING
    ]
    kept = urlencode(sorted((key, value) for key, value in pairs if value or key == "agency"))
    if len(kept) > ADDRESS_LIMIT:
        raise BadInput(N_("This view has too many words to be kept."), field="name")
    return kept
