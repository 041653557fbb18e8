"""Who may do what. Deny by default: what no role grants, nobody may."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from ombud.kernel.errors import N_, NotAllowed


class Role(StrEnum):
    """What a person is in a city; where a grant names an agency, only there."""

    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    AGENCY_STAFF = "agency_staff"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Verb(StrEnum):
    """What can be done, as a permission."""

    VIEW = "view"
    VIEW_CONTACT = "view_contact"
    CREATE = "create"
    NOTE = "note"
    REPLY = "reply"
    WORK = "work"  # accept, assign, book, inspect, list, close, reopen
    ROUTE = "route"  # change service, transfer, priority, merge, split
    SEE_LOG = "see_log"
    EDIT_CATALOGUE = "edit_catalogue"
    MANAGE_STAFF = "manage_staff"
    MANAGE_LINKS = "manage_links"  # connections to other systems
    SEE_ROUTING = "see_routing"  # why requests go where they go, and which rules fail
    SWITCH_STORM = "switch_storm"  # say that a storm is on, for the whole city
    MANAGE_ROSTERS = "manage_rosters"  # who is called at night, and who hears of what runs late
    ERASE = "erase"  # empty somebody's contact data
    PUBLISH = "publish"  # the public record: take something back, let in what others send
    REVIEW = "review"  # sign for what others say of the public record
    ACT_ON = "act_on"  # say in public what an agency changed because of an analysis


_EVERYONE = frozenset({Verb.VIEW})
GRANTS: dict[Role, frozenset[Verb]] = {
    Role.CALL_TAKER: _EVERYONE | {Verb.VIEW_CONTACT, Verb.CREATE, Verb.NOTE, Verb.REPLY},
    Role.DISPATCHER: _EVERYONE
    | {Verb.VIEW_CONTACT, Verb.CREATE, Verb.NOTE, Verb.REPLY, Verb.WORK, Verb.ROUTE, Verb.SEE_ROUTING},
    Role.AGENCY_STAFF: _EVERYONE | {Verb.VIEW_CONTACT, Verb.CREATE, Verb.NOTE, Verb.REPLY, Verb.WORK, Verb.ROUTE},
    Role.SUPERVISOR: _EVERYONE
    | {Verb.VIEW_CONTACT, Verb.CREATE, Verb.NOTE, Verb.REPLY, Verb.WORK, Verb.ROUTE, Verb.SEE_LOG, Verb.SEE_ROUTING}
    | {Verb.SWITCH_STORM, Verb.MANAGE_ROSTERS, Verb.REVIEW, Verb.ACT_ON},
    Role.ADMINISTRATOR: frozenset(Verb),
    Role.AUDITOR: _EVERYONE | {Verb.SEE_LOG},
}
# These reach across agencies: everyone of the city sees every request, so that nobody is sent in circles.
# The rules of routing are one list for the whole city, and whose requests come back should see why. The rosters are
# the whole city's too, and whoever leads people of one agency knows when these can be called. A review is signed with
# one's own name, whatever it is about.
_CITY_WIDE = frozenset({Verb.VIEW, Verb.CREATE, Verb.NOTE, Verb.SEE_ROUTING, Verb.MANAGE_ROSTERS, Verb.REVIEW})


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person in one city; `agency` empty means in all of it."""

    role: Role
    agency: str = ""


def may(grants: Collection[Grant], verb: Verb, *, agency: str = "") -> bool:
    """Whether these grants allow a verb on something of an agency (or of none)."""
    return any(
        verb in GRANTS[grant.role] and (not grant.agency or verb in _CITY_WIDE or grant.agency == agency)
        for grant in grants
    )


def require(grants: Collection[Grant], verb: Verb, *, agency: str = "") -> None:
    """Raise NotAllowed unless the grants allow it."""
    if not may(grants, verb, agency=agency):
        raise NotAllowed(N_("Your role does not allow this."))
