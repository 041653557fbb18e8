"""Do we come to you? Told before the form is filled: who collects there, and which days are free."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ombud.conversation import commands as conversation
from ombud.kernel import clock
from ombud.service_requests.timeline import SYSTEM
from ombud.web.middleware import CityRequest
from ombud.web.resident import serving, steps
from ombud.web.resident.drafts import Draft
from ombud.web.resident.frame import drafts_of, frame
from ombud.web.resident.serving import Looked


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Ask what stands there, say who comes, and offer the days."""
    city = request.city
    draft = drafts_of(request).get(draft_id)
    looked = serving.look(city, draft)
    if looked is None:
        return redirect(steps.after(request, draft, "report_served"), draft.id)
    trouble = ""
    if request.method == "POST":
        done = _taken(request, draft, looked)
        if isinstance(done, HttpResponse):
            return done
        trouble = done
    days = serving.days(city, looked) if looked.is_ours else []
    context = {
        **frame(request, draft, step=2, back=reverse("report_place", args=[draft.id])),
        "looked": looked,
        "kinds": [(kind.code, city.text(kind.label)) for kind in looked.scheme.kinds],
        "collector": city.text(looked.collector.name) if looked.collector else "",
        "days": [(day.on.isoformat(), serving.in_words(day.on, looked.found)) for day in days],
        "waits_for_day": looked.is_ours and looked.served_by.appointment,
        "trouble": trouble,
    }
    return render(request, "resident/served.html", context, status=422 if trouble else 200)


def _taken(request: CityRequest, draft: Draft, looked: Looked) -> HttpResponse | str:
    """Take what was told: the kind of building, or the day; return the next page, or what is wrong."""
    drafts, post = drafts_of(request), request.POST
    if "kind" in post:
        if post["kind"] not in {kind.code for kind in looked.scheme.kinds}:
            return _("Choose what stands there.")
        draft = drafts.keep(draft, kind=post["kind"], day="")
        now_looked = serving.look(request.city, draft)
        if now_looked and now_looked.found and not now_looked.is_ours:
            _log(request, draft, now_looked)
        return redirect("report_served", draft.id)
    if not looked.is_ours:
        return _("Choose what stands there.")
    offered = {day.on.isoformat() for day in serving.days(request.city, looked)}
    day = post.get("day", "")
    if offered and day not in offered:
        return _("Choose one of these days.")
    draft = drafts.keep(draft, day=day if day in offered else "")
    return redirect(steps.after(request, draft, "report_served"), draft.id)


def _log(request: CityRequest, draft: Draft, looked: Looked) -> None:
    """Keep it as a contact: somebody was sent to the right door, and nothing was asked of the city."""
    city = request.city
    service = city.text(city.service(draft.service).name)
    name = city.text(looked.collector.name) if looked.collector else ""
    conversation.log_contact(
        jurisdiction_id=city.id,
        channel="web",
        wrap_up="transferred",
        topic=_("%(service)s: served by %(name)s") % {"service": service, "name": name},
        language=get_language() or city.default_language,
        request_id=None,
        actor=SYSTEM,
        at=clock.now(),
    )
