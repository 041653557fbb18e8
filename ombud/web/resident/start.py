"""The beginning of a report: what is it? By a photo, by words, or from the list."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.kernel.texts import cleaned
from ombud.service_requests.storms import queries as storms
from ombud.web import finding, storming
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble, take_photos
from ombud.web.resident.drafts import Draft
from ombud.web.resident.frame import drafts_of


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: CityRequest) -> HttpResponse:
    """What is it? By a photo, by words, or from the list."""
    trouble = ""
    if request.method == "POST":
        try:
            photos, position = take_photos(request.FILES.getlist("photos"), city_id=request.city.id)
        except PhotoTrouble as refused:
            trouble = refused.said
        else:
            begun = drafts_of(request).begin(
                photos=tuple(photos),
                photo_lon=position.lon if position else None,
                photo_lat=position.lat if position else None,
            )
            return redirect(f"{reverse('report_start')}?draft={begun.id}")
    query = cleaned(request.GET.get("q", ""))[: finding.LONGEST]
    offered = request.city.offered()
    draft = _draft_in_address(request)
    point = (draft.point or draft.photo_point) if draft else None
    found = finding.look(request.city, query, language=request.LANGUAGE_CODE, point=point)
    shelves = [(group, [s for s in offered if s.group == group.code]) for group in request.city.groups]
    return render(
        request,
        "resident/start.html",
        {
            "query": query,
            "found": [_tile(request, s, draft, said=query) for s in found.services],
            "danger": found.danger,
            "shelves": [
                (request.city.text(g.name), g.icon, [_tile(request, s, draft) for s in services])
                for g, services in shelves
                if services
            ],
            "draft": draft,
            "trouble": trouble,
            "storm": storming.banner(request.city),
        },
        status=422 if trouble else 200,
    )


def _draft_in_address(request: CityRequest) -> Draft | None:
    try:
        return drafts_of(request).get(UUID(request.GET.get("draft", "")))
    except (ValueError, NotFound):  # an address someone else made: begin without it
        return None


def _tile(request: CityRequest, service: ServiceDefinition, draft: Draft | None, *, said: str = "") -> dict[str, str]:
    address = reverse("report_service", args=[service.code])
    carried = {"draft": str(draft.id)} if draft else {}
    # What was typed comes along, so that it is known what was chosen for it.
    carried |= {"q": said} if said else {}
    icons = {g.code: g.icon for g in request.city.groups}
    return {
        "name": request.city.text(service.name),
        "href": f"{address}?{urlencode(carried)}" if carried else address,
        "icon": service.icon or icons.get(service.group, "list"),
        "words": request.city.text(service.description),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def service(request: CityRequest, code: str) -> HttpResponse:
    """What a service is, what it will not do, and the way in; a hand-off ends here with the right door."""
    chosen = request.city.service(code)
    if chosen.kind is Kind.HAND_OFF:
        body = request.city.body(chosen.hand_off)
        return render(
            request,
            "resident/hand_off.html",
            {"service": chosen, "body": body, "name": request.city.text(chosen.name)},
        )
    if request.method == "POST":
        drafts = drafts_of(request)
        begun = _draft_in_address(request)
        draft = drafts.keep(begun, service=code) if begun else drafts.begin(service=code)
        said = cleaned(request.POST.get("said", ""))[: finding.LONGEST]
        finding.chosen(request.city, said, code=code, channel="web", language=request.LANGUAGE_CODE, client_id=draft.id)
        return redirect("report_place" if chosen.place != "none" else "report_details", draft.id)
    expected = storms.expected(request.city, code, areas=(), tags=None, at=clock.now())
    return render(
        request,
        "resident/service.html",
        {
            "service": chosen,
            "said": cleaned(request.GET.get("q", ""))[: finding.LONGEST],
            "name": request.city.text(chosen.name),
            "description": request.city.text(chosen.description),
            "eligibility": request.city.text(chosen.eligibility) if chosen.eligibility else "",
            "agency": request.city.agency(chosen.agency),
            "storm": storming.banner_of(request.city, chosen, None),
            "expected": expected,
            "target_note": request.city.text(chosen.target.note) if chosen.target and chosen.target.note else "",
        },
    )
