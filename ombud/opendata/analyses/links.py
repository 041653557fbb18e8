"""The secret links of authors and reviewers, and the addresses that letters name."""

from django.conf import settings
from django.core import signing

from ombud.kernel.errors import N_, NotFound

_AUTHOR, _REVIEWER, _KEPT = "analysis", "analysis-review", "analysis-notebook"
NOT_OURS = N_("This link is not one of ours.")


def of_author(jurisdiction_id: str, analysis_id: int) -> str:
    """Return the token with which an author confirms and withdraws an analysis."""
    return _signed(_AUTHOR, jurisdiction_id, analysis_id)


def of_reviewer(jurisdiction_id: str, reviewer_id: int) -> str:
    """Return the token with which a reviewer signs."""
    return _signed(_REVIEWER, jurisdiction_id, reviewer_id)


def of_kept(jurisdiction_id: str, notebook_id: int) -> str:
    """Return the token of a file that was sent with a form that was refused, so that it need not be sent again."""
    return _signed(_KEPT, jurisdiction_id, notebook_id)


def author(jurisdiction_id: str, token: str) -> int:
    """Return the analysis that an author's token names. Raises NotFound."""
    return _read(_AUTHOR, jurisdiction_id, token)


def reviewer(jurisdiction_id: str, token: str) -> int:
    """Return the reviewer that a token names. Raises NotFound."""
    return _read(_REVIEWER, jurisdiction_id, token)


def kept(jurisdiction_id: str, token: str) -> int:
    """Return the file that a token names. Raises NotFound."""
    return _read(_KEPT, jurisdiction_id, token)


def address(jurisdiction_id: str, rest: str = "") -> str:
    """Return the whole address of the analyses' pages, or of one below them."""
    return f"{settings.OMBUD_PUBLIC_URL}/{jurisdiction_id}/data/analyses/{rest}"


def _signed(salt: str, jurisdiction_id: str, subject_id: int) -> str:
    return signing.Signer(salt=salt).sign(f"{jurisdiction_id}.{subject_id}")


def _read(salt: str, jurisdiction_id: str, token: str) -> int:
    try:
        city, _, subject_id = signing.Signer(salt=salt).unsign(token).rpartition(".")
    except signing.BadSignature:
        city, subject_id = "", ""
    if city != jurisdiction_id or not subject_id.isdigit():
        raise NotFound(NOT_OURS)
    return int(subject_id)
