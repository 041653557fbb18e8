"""The only writes to people."""

import re
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from django.db import transaction

from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.kernel.texts import cleaned
from ombud.people import queries
from ombud.people.models import Account, ContactPoint, PersonalDataView, RoleGrant
from ombud.people.rules.permissions import Role

_EMAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}$")


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a person tells about themselves, read and checked."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told: an anonymous report."""
        return not (self.name or self.email or self.phone)


def read_contact(
    *, name: str, email: str, phone: str, language: str, region: str
) -> tuple[ContactDetails, list[BadInput]]:
    """Return the details as we keep them (mail in lower case, telephone as E.164) and the problems found."""
    problems: list[BadInput] = []
    name, email, phone = cleaned(name), cleaned(email).lower(), cleaned(phone)
    if len(name) > 120:
        problems.append(BadInput(N_("Use 120 characters at most."), field="name"))
    if email and (len(email) > 254 or not _EMAIL.match(email)):
        problems.append(BadInput(N_("Write an e-mail address, such as name@example.org."), field="email"))
    if phone:
        try:
            parsed = phonenumbers.parse(phone, region)
            if not phonenumbers.is_possible_number(parsed):
                raise ValueError
            phone = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        except (phonenumbers.NumberParseException, ValueError):
            problems.append(BadInput(N_("Write a telephone number, such as 213 555 0123."), field="phone"))
    return ContactDetails(name, email, phone, language), problems


def keep_contact(*, jurisdiction_id: str, details: ContactDetails) -> int:
    """Keep the details and return the id of the contact point."""
    row = ContactPoint.objects.create(
        jurisdiction_id=jurisdiction_id,
        name=details.name,
        email=details.email,
        phone=details.phone,
        language=details.language,
    )
    return row.pk


# Chosen, not written: words could name the person again, and the log is never changed.
ERASURE_REASONS = ("asked", "mistake", "law", "not_needed")


def erase_contact(
    *, jurisdiction_id: str, contact_point_id: int, reason: str, account_id: int, at: datetime
) -> list[int]:
    """
    Empty a contact point and all with the same mail or telephone, and return their ids.

    The requests stay; nobody can be reached about them any more. Who erased, and why, is written down.
    """
    if reason not in ERASURE_REASONS:
        raise BadInput(N_("Choose why it is erased."), field="reason")
    with transaction.atomic():
        rows = ContactPoint.objects.in_city(jurisdiction_id).select_for_update()
        row = rows.filter(pk=contact_point_id, erased_at=None).first()
        if row is None:
            raise NotFound(N_("There is no such contact here."))
        ids = [row.pk, *queries.same_person(jurisdiction_id, email=row.email, phone=row.phone, limit=None)]
        for erased in sorted(set(ids)):
            rows.filter(pk=erased).update(name="", email="", phone="", erased_at=at)
            log_view(
                jurisdiction_id=jurisdiction_id,
                account_id=account_id,
                what=f"erased contact data: {reason}",
                contact_point_id=erased,
                request_id=None,
            )
        return sorted(set(ids))


def log_view(
    *, jurisdiction_id: str, account_id: int, what: str, contact_point_id: int | None, request_id: int | None
) -> None:
    """Write down that a member of staff looked at personal data."""
    PersonalDataView.objects.create(
        jurisdiction_id=jurisdiction_id,
        account_id=account_id,
        what=what[:80],
        contact_point_id=contact_point_id,
        request_id=request_id,
    )


def add_staff(*, jurisdiction_id: str, email: str, name: str, role: Role, agency: str = "") -> Account:
    """Give a person a role in a city, making the account, without a password, where there is none yet."""
    with transaction.atomic():
        account = Account.objects.filter(email=email.lower()).first()
        if account is None:
            account = Account.objects.create_user(email, None, name=cleaned(name))
        RoleGrant.objects.get_or_create(
            jurisdiction_id=jurisdiction_id, account=account, role=role.value, agency=agency
        )
        return account


def remove_role(*, jurisdiction_id: str, grant_id: int) -> None:
    """Take a role back; it counts from the person's next click."""
    RoleGrant.objects.filter(jurisdiction_id=jurisdiction_id, pk=grant_id).delete()
