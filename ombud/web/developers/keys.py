"""A developer's own keys: asked for here, confirmed from their mail, seen once, revoked."""

import logging
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ombud.kernel import clock
from ombud.kernel.errors import N_, OmbudError, Several, Unavailable
from ombud.people import api_keys
from ombud.people.models import ApiKey
from ombud.web.developers.guide import AskForm, context
from ombud.web.limiting import limited
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

log = logging.getLogger(__name__)


@limited("api-key", times=lambda: 10)
@require_POST
def ask(request: CityRequest) -> HttpResponse:
    """Ask for a key: it works once the developer confirms it from their mail."""
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            key = api_keys.ask(jurisdiction_id=request.city.id, at=clock.now(), **form.cleaned_data)
            _write(request, key)
            return render(request, "developers/asked.html", {"email": key.email})
        except Several as refused:
            for problem in refused.problems:
                form.add_error(problem.field or None, said(problem))
        except OmbudError as refused:
            form.add_error(None, said(refused))
    return render(request, "developers/guide.html", context(request, form), status=422)


def _write(request: CityRequest, key: ApiKey) -> None:
    link = request.build_absolute_uri(reverse("developer_key", args=[api_keys.token(key)]))
    words = render_to_string("developers/letter.txt", {"city": request.city, "key": key, "link": link})
    subject, _, body = words.strip().partition("\n")
    try:
        EmailMessage(subject=subject, body=body.strip() + "\n", to=[key.email]).send()
    except (SMTPException, OSError) as trouble:
        log.exception("The letter with the link of a key was not sent")
        raise Unavailable(N_("We could not send you the link. Try again later.")) from trouble


@require_http_methods(["GET", "HEAD", "POST"])
def key(request: CityRequest, token: str) -> HttpResponse:
    """Show a key's page; its first button shows the key itself, once."""
    row = api_keys.by_token(request.city.id, token)
    shown = ""
    if request.method == "POST":
        shown = api_keys.confirm(jurisdiction_id=request.city.id, key_id=row.pk, at=clock.now())
        row = api_keys.by_id(request.city.id, row.pk)
    calls = api_keys.calls(row)
    return render(request, "developers/key.html", {"key": row, "token": token, "shown": shown, "calls": calls})


@require_POST
def revoke(request: CityRequest, token: str) -> HttpResponse:
    """Make the key stop working."""
    row = api_keys.by_token(request.city.id, token)
    api_keys.revoke(jurisdiction_id=request.city.id, key_id=row.pk, at=clock.now())
    return redirect("developer_key", token)
