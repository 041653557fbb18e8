"""Webhooks at the desk: whom the city tells what happens in public, and what became of it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog.city import City
from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands import manage
from ombud.connect.webhooks.commands.manage import Told
from ombud.connect.webhooks.commands.try_out import try_out
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people.rules.permissions import Verb
from ombud.web.desk import webhook_words
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on, said

MOST_ID = 2**62


class WebhookForm(forms.Form):
    """Where to, and what of."""

    use_required_attribute = False
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Whose it is or what it is for; only staff see it."),
    )
    url = forms.CharField(
        label=gettext_lazy("Web address"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Takes a POST and answers with 200 or 204 within ten seconds."),
    )
    names = forms.MultipleChoiceField(
        label=gettext_lazy("Only when"), required=False, widget=forms.CheckboxSelectMultiple
    )
    agencies = forms.MultipleChoiceField(
        label=gettext_lazy("Only these agencies"), required=False, widget=forms.CheckboxSelectMultiple
    )
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Only these services"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("names", list(webhook_words.NAMES.items()))
        self._offer("agencies", [(agency.code, agency.name) for agency in city.agencies()])
        services = [(code, city.text(service.name)) for code, service in city.services.items()]
        self._offer("services", sorted(services, key=lambda pair: pair[1]))

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        # What was chosen once and is there no longer may still be chosen.
        known = {code for code, _words in choices}
        gone = [(code, code) for code in self.initial.get(name, ()) if code not in known]
        self.fields[name].choices = [*choices, *gone]  # type: ignore[attr-defined]

    def told(self) -> Told:
        """Return what was filled in, for the command."""
        return Told(**self.cleaned_data)

    @property
    def narrowed(self) -> list[dict[str, Any]]:
        """The three ways to want less than everything, each open where something is chosen."""
        return [{"bound": self[name], "chosen": self[name].value() or []} for name in ("names", "agencies", "services")]


@require_safe
@staff_page(Verb.MANAGE_LINKS)
def webhooks(request: CityRequest) -> HttpResponse:
    """List the webhooks of the city."""
    lines = [
        {
            "endpoint": endpoint,
            "standing": webhook_words.standing(endpoint),
            "wants": webhook_words.wanted(request.city, endpoint),
            "waiting": queries.waiting(request.city.id, endpoint.pk),
        }
        for endpoint in queries.endpoints(request.city.id)
    ]
    return render(request, "desk/webhooks.html", {**rail(request, None, now=clock.now()), "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def add(request: CityRequest) -> HttpResponse:
    """Add a webhook, and show its secret this once."""
    form = WebhookForm(request.POST or None, city=request.city)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = manage.add(
                jurisdiction_id=request.city.id, told=form.told(), actor=request.actor, at=clock.now()
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            return _show_secret(request, endpoint, secret)
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def edit(request: CityRequest, endpoint_id: int) -> HttpResponse:
    """Change where a webhook goes and what it wants."""
    endpoint = _endpoint(request, endpoint_id)
    kept = {name: getattr(endpoint, name) for name in WebhookForm.base_fields}
    form = WebhookForm(request.POST or None, city=request.city, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            manage.change(
                jurisdiction_id=request.city.id, endpoint_id=endpoint.pk, told=form.told(), actor=request.actor
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("It is kept, and counts from now on."))
            return redirect("desk_webhook", endpoint.pk)
    return _form_page(request, form, endpoint=endpoint)


def _form_page(request: CityRequest, form: WebhookForm, **more: Any) -> HttpResponse:
    context = {**rail(request, None, now=clock.now()), "form": form, **more}
    return render(request, "desk/webhook_form.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page(Verb.MANAGE_LINKS)
def webhook(request: CityRequest, endpoint_id: int) -> HttpResponse:
    """Show how a webhook stands, and what was sent."""
    endpoint = _endpoint(request, endpoint_id)
    progress = request.GET.get("show", "") if request.GET.get("show", "") in webhook_words.PROGRESS else ""
    after = request.GET.get("after", "")
    before = min(int(after), MOST_ID) if after.isdecimal() else 0
    sent = queries.log(request.city.id, endpoint.pk, after=before, progress=progress)
    more = urlencode({"show": progress, "after": sent[-1].delivery.pk}) if len(sent) == queries.SHOWN_AT_ONCE else ""
    context = {
        **rail(request, None, now=clock.now()),
        "endpoint": endpoint,
        "standing": webhook_words.standing(endpoint),
        "wants": webhook_words.wanted(request.city, endpoint),
        "waiting": queries.waiting(request.city.id, endpoint.pk),
        "old_secret_until": queries.old_secret_until(endpoint, now=clock.now()),
        "lines": [webhook_words.line(one, host=webhook_words.host_of(endpoint)) for one in sent],
        "shows": [(code, words, code == progress) for code, words in {"": _("All"), **webhook_words.PROGRESS}.items()],
        "older": f"?{more}" if more else "",
        "newest": f"?{urlencode({'show': progress})}" if before else "",
    }
    return render(request, "desk/webhook.html", context)


@require_POST
@staff_page(Verb.MANAGE_LINKS)
def do(request: CityRequest, endpoint_id: int) -> HttpResponse:
    """Pause a webhook, let it go on, try it out, or give it another secret."""
    endpoint = _endpoint(request, endpoint_id)
    about: dict[str, Any] = {
        "jurisdiction_id": request.city.id,
        "endpoint_id": endpoint.pk,
        "actor": request.actor,
    }
    match request.POST.get("do"):
        case "pause":
            manage.pause(**about)
            messages.success(request, _("It is paused. What happens waits for three days."))
        case "resume":
            manage.resume(**about, at=clock.now())
            messages.success(request, _("It is on. What waited is sent now."))
        case "test":
            came = webhook_words.came_back(try_out(**about, at=clock.now()), host=webhook_words.host_of(endpoint))
            (messages.success if came.is_fine else messages.error)(request, came.words)
        case "rotate":
            return _show_secret(request, endpoint, manage.rotate(**about, at=clock.now()), rotated=True)
    return redirect("desk_webhook", endpoint.pk)


def _show_secret(request: CityRequest, endpoint: Any, secret: str, *, rotated: bool = False) -> HttpResponse:
    context = {
        **rail(request, None, now=clock.now()),
        "endpoint": endpoint,
        "secret": secret,
        "rotated": rotated,
    }
    return render(request, "desk/webhook_secret.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def remove(request: CityRequest, endpoint_id: int) -> HttpResponse:
    """Remove a webhook; asked once more before."""
    endpoint = _endpoint(request, endpoint_id)
    if request.method == "POST":
        manage.remove(jurisdiction_id=request.city.id, endpoint_id=endpoint.pk, actor=request.actor)
        messages.success(request, _("“%(name)s” is removed. Nothing is sent there any more.") % {"name": endpoint.name})
        return redirect("desk_webhooks")
    waiting = queries.waiting(request.city.id, endpoint.pk)
    context = {**rail(request, None, now=clock.now()), "endpoint": endpoint, "waiting": waiting}
    return render(request, "desk/webhook_remove.html", context)


@require_POST
@staff_page(Verb.MANAGE_LINKS)
def redeliver(request: CityRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send an event once more."""
    endpoint = _endpoint(request, endpoint_id)
    try:
        manage.redeliver(
            jurisdiction_id=request.city.id,
            endpoint_id=endpoint.pk,
            delivery_id=min(delivery_id, MOST_ID),
            actor=request.actor,
            at=clock.now(),
        )
    except OmbudError as refused:
        messages.error(request, said(refused))
    else:
        messages.success(request, _("It is sent once more, with the id it had."))
    return redirect("desk_webhook", endpoint.pk)


def _endpoint(request: CityRequest, endpoint_id: int) -> Any:
    if endpoint_id > MOST_ID:
        raise NotFound(N_("There is no such webhook here."))
    return queries.endpoint(request.city.id, endpoint_id)
