"""Who lets a photo through to the public: a person, or a rule where nothing was found on it. Deny by default."""

from ombud.opendata.rules.rule_set import Photos
from ombud.service_requests.rules.photo_boxes import Looked


def by_itself(rule: Photos, *, looked: Looked, areas: int, in_sandbox: bool = False) -> bool:
    """
    Whether a photo is shown without a person.

    Nobody lives in a sandbox: there it is shown with its areas covered, once it was searched.
    """
    if looked is not Looked.DONE or rule is Photos.NEVER:
        return False
    return in_sandbox or (rule is Photos.CLEAN and areas == 0)
