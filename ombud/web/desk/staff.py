"""Staff and their roles, and the log of who looked at whose data."""

from smtplib import SMTPException
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import commands, queries
from ombud.people.rules.permissions import Role, Verb
from ombud.service_requests import listing
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.forms import WANTED
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on

ROLES = {
    "call_taker": gettext_lazy("Call taker"),
    "dispatcher": gettext_lazy("Dispatcher"),
    "agency_staff": gettext_lazy("Staff of an agency"),
    "supervisor": gettext_lazy("Supervisor"),
    "administrator": gettext_lazy("Administrator"),
    "auditor": gettext_lazy("Auditor, who only looks"),
}
OF_AN_AGENCY = (Role.AGENCY_STAFF,)


class StaffForm(forms.Form):
    """A person and what they are here."""

    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.CharField(label=gettext_lazy("Mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=list(ROLES.items()))
    agency = forms.ChoiceField(
        label=gettext_lazy("Agency"),
        required=False,
        help_text=gettext_lazy("Only for work on this agency's requests; empty means the whole city."),
    )

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = [("", _("The whole city")), *((a.code, a.name) for a in city.agencies())]
        self.fields["agency"].choices = agencies  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.error_messages["required"] = str(WANTED.get(name, ""))

    def clean_email(self) -> str:
        """Return the address in lower case."""
        email = str(self.cleaned_data["email"]).strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise ValidationError(_("Write a mail address, such as name@example.org.")) from None
        return email

    def clean(self) -> dict[str, Any]:
        """Return the fields; staff of an agency need the agency."""
        told = super().clean() or self.cleaned_data
        if told.get("role") in OF_AN_AGENCY and not told.get("agency"):
            self.add_error("agency", _("Choose the agency they work for."))
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_STAFF)
def staff(request: CityRequest) -> HttpResponse:
    """Show who works here as what, and add a person."""
    city = request.city
    form = StaffForm(request.POST or None, city=city)
    link = ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            account = commands.add_staff(
                jurisdiction_id=city.id,
                email=told["email"],
                name=told["name"],
                role=Role(told["role"]),
                agency=told["agency"],
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            if account.has_usable_password():
                messages.success(request, _("%(name)s has the role now.") % {"name": account.name})
                return redirect("desk_staff")
            link = first_sign_in(request, account)
            form = StaffForm(city=city)
    context = {
        **rail(request, None, now=clock.now()),
        "form": form,
        "link": link,
        "people": _people(city),
        "me": own_account(request),
    }
    return render(request, "desk/staff.html", context, status=422 if form.errors else 200)


def first_sign_in(request: CityRequest, account: Any) -> str:
    """Return the link with which a new person sets their password, once; it goes to them by mail as well."""
    token = f"{user_pk_to_url_str(account)}-{default_token_generator.make_token(account)}"
    uid, _dash, key = token.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    link = request.build_absolute_uri(path)
    words = _(
        "Hello %(name)s,\n\nyou work at the desk of %(city)s from now on. Set your password here:\n\n%(link)s\n\n"
        "The link works once. After it you set up a second factor.\n"
    ) % {"name": account.name, "city": request.city.name, "link": link}
    subject = _("Your desk at %(city)s") % {"city": request.city.name}
    try:
        EmailMessage(subject=subject, body=words, to=[account.email]).send()
    except (OSError, SMTPException):
        messages.warning(request, _("The mail could not be sent. Hand them the link yourself."))
    return link


def _people(city: City) -> list[dict[str, Any]]:
    """Return everybody who works here, each with their roles."""
    found: dict[int, dict[str, Any]] = {}
    for grant in queries.staff(city.id):
        person = found.setdefault(grant.account_id, {"account": grant.account, "roles": []})
        agency = city.agency(grant.agency).name if grant.agency else ""
        person["roles"].append({"pk": grant.pk, "words": ROLES.get(grant.role, grant.role), "agency": agency})
    return list(found.values())


@require_POST
@staff_page(Verb.MANAGE_STAFF)
def remove_role(request: CityRequest, grant_id: int) -> HttpResponse:
    """Take a role back. One's own last administration stays: somebody must hold the keys."""
    grants = queries.staff(request.city.id)
    mine = [g for g in grants if g.pk == grant_id and g.account_id == own_account(request)]
    if mine and mine[0].role == Role.ADMINISTRATOR:
        messages.error(request, _("Another administrator has to take this role from you."))
        return redirect("desk_staff")
    commands.remove_role(jurisdiction_id=request.city.id, grant_id=grant_id)
    messages.success(request, _("The role is taken back. It counts from their next click."))
    return redirect("desk_staff")


@require_safe
@staff_page(Verb.SEE_LOG)
def log(request: CityRequest) -> HttpResponse:
    """Show who looked at whose data."""
    views = queries.views_log(request.city.id)
    names = queries.names_of(v.account_id for v in views)
    numbers = {
        row.pk: row.number for row in listing.by_ids(request.city.id, [v.request_id for v in views if v.request_id])
    }
    context = {
        **rail(request, None, now=clock.now()),
        "log": [
            {"view": v, "who": names.get(v.account_id, ""), "number": numbers.get(v.request_id or 0, "")} for v in views
        ],
    }
    return render(request, "desk/log.html", context)
