"""Who somebody is and how to reach them."""

from collections.abc import Iterable

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce

from ombud.people.models import Account, ContactPoint, PersonalDataView, RoleGrant
from ombud.people.rules.permissions import GRANTS, Grant, Role, Verb


def grants_of(jurisdiction_id: str, account_id: int) -> frozenset[Grant]:
    """Return what the account may do in the city."""
    rows = RoleGrant.objects.filter(jurisdiction_id=jurisdiction_id, account_id=account_id)
    return frozenset(Grant(Role(row.role), row.agency) for row in rows)


def names_of(account_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of accounts by id."""
    ids = {i for i in account_ids if i}
    return {a.pk: a.name for a in Account.objects.filter(pk__in=ids)} if ids else {}


def name_of(column: str) -> Coalesce:
    """Return the name behind a column of account ids, to be read with the rows; empty where there is none."""
    named = Account.objects.filter(pk=OuterRef(column)).values("name")[:1]
    return Coalesce(Subquery(named), Value(""), output_field=CharField())


def account(account_id: int) -> Account | None:
    """Return an account that may sign in."""
    return Account.objects.filter(pk=account_id, is_active=True).first()


def staff(jurisdiction_id: str) -> list[RoleGrant]:
    """Return the roles given in a city, with their accounts."""
    return list(
        RoleGrant.objects.filter(jurisdiction_id=jurisdiction_id)
        .select_related("account")
        .order_by("account__name", "role")
    )


def workers(jurisdiction_id: str) -> dict[str, tuple[int, frozenset[str]]]:
    """Return who may work on requests: by mail address the account and its agencies, an empty one for all of them."""
    found: dict[str, tuple[int, frozenset[str]]] = {}
    for grant in staff(jurisdiction_id):
        if grant.account.is_active and Verb.WORK in GRANTS[Role(grant.role)]:
            _, agencies = found.get(grant.account.email, (0, frozenset()))
            found[grant.account.email] = (grant.account_id, agencies | {grant.agency})
    return found


def contact_points(jurisdiction_id: str, ids: Iterable[int]) -> list[ContactPoint]:
    """Return several contact points, erased ones too, in no order."""
    return list(ContactPoint.objects.in_city(jurisdiction_id).filter(pk__in=list(ids)))


def contact_point(jurisdiction_id: str, contact_point_id: int) -> ContactPoint | None:
    """Return contact data; whoever shows it to staff writes the view down first."""
    return ContactPoint.objects.in_city(jurisdiction_id).filter(pk=contact_point_id).first()


def same_person(jurisdiction_id: str, *, email: str = "", phone: str = "", limit: int | None = 200) -> list[int]:
    """Return the ids of contact points with the same mail or telephone: a suggestion, never a merge."""
    rows = ContactPoint.objects.in_city(jurisdiction_id)
    found = rows.none()
    if email:
        found = found | rows.filter(email=email.lower())
    if phone:
        found = found | rows.filter(phone=phone)
    return list(found.values_list("pk", flat=True)[:limit])


def views_log(jurisdiction_id: str, *, limit: int = 200) -> list[PersonalDataView]:
    """Return who looked at whose data, newest first."""
    return list(PersonalDataView.objects.filter(jurisdiction_id=jurisdiction_id).order_by("-at", "-pk")[:limit])
