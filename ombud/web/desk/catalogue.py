"""The catalogue for administrators: what is offered, each service's form, its versions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog import commands as catalog
from ombud.catalog import queries
from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind, ServiceDefinition, read_definition, written
from ombud.catalog.rules.lineage import check_links
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.texts import cleaned
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests.rules.lifecycle import Outcome
from ombud.web.desk import editor
from ombud.web.desk.catalogue_choices import choices, visibilities
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.resident.forms import QuestionsForm
from ombud.web.saying import said


@require_safe
@staff_page(Verb.EDIT_CATALOGUE)
def services(request: CityRequest) -> HttpResponse:
    """List the services by shelf."""
    city = request.city
    shelves = [
        (city.text(group.name), [_line(city, s) for s in city.services.values() if s.group == group.code])
        for group in city.groups
    ]
    known = {group.code for group in city.groups}
    shelves.append((_("On no shelf"), [_line(city, s) for s in city.services.values() if s.group not in known]))
    context = {
        **rail(request, None, now=clock.now()),
        "shelves": [(name, lines) for name, lines in shelves if lines],
        "n": len(city.services),
    }
    return render(request, "desk/catalogue.html", context)


def _line(city: City, service: ServiceDefinition) -> dict[str, Any]:
    return {
        "code": service.code,
        "name": city.text(service.name),
        "agency": city.agency(service.agency).short_name,
        "visibility": visibilities()[service.visibility.value],
        "questions": len(service.questions),
        "version": city.service_versions[service.code],
        "offered": service.code not in city.inactive,
        "is_hand_off": service.kind is Kind.HAND_OFF,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.EDIT_CATALOGUE)
def service(request: CityRequest, code: str) -> HttpResponse:
    """Edit a service. Every button sends the whole form; only "Publish" writes."""
    city = request.city
    existing = city.services.get(code)
    if existing is None:
        raise NotFound(N_("There is no such service here."))
    base: editor.Raw = dict(written(existing))
    languages = city.languages
    raw = base
    definition: ServiceDefinition | None = existing
    problems: list[str] = []
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if request.method == "POST":
        raw = editor.read(editor.Sent(request.POST), base, languages=languages)
        if do not in ("publish", "check"):
            raw = editor.changed(raw, do, languages=languages)
        definition, problems = judged(city, raw)
        if do == "publish" and request.POST.get("version") not in ("", str(city.service_versions[code])):
            problems = [_("Somebody published another version meanwhile. Look at it, then publish yours again.")]
        elif do == "publish" and definition:
            reason = cleaned(request.POST.get("reason", ""))[:300]
            if not reason:
                problems = [_("Say why it changes: those who come after will ask.")]
            else:
                return _publish(request, definition, reason)
    seeing = do in ("publish", "check")
    context = {
        **choices(city, code),
        **rail(request, None, now=clock.now()),
        "code": code,
        "raw": raw,
        "fields": editor.as_fields(raw, city, called(city)),
        "problems": problems if seeing else [],
        "reason": request.POST.get("reason", ""),
        "service_name": city.text(raw.get("name", {})) or code,
        "offered": code not in city.inactive,
        "version": city.service_versions[code],
        "preview": QuestionsForm(city=city, service=definition) if definition else None,
        "preview_of": definition,
        "versions": versions(city, code),
    }
    return render(request, "desk/service.html", context, status=422 if seeing and problems else 200)


def judged(city: City, raw: editor.Raw) -> tuple[ServiceDefinition | None, list[str]]:
    """Return the definition, or what is wrong with it in words."""
    try:
        definition = read_definition(raw)
    except Several as refused:
        return None, [in_words(raw, problem) for problem in refused.problems]
    problems = []
    if definition.agency not in {a.code for a in city.agencies()}:
        problems.append(_("Choose an agency of the city."))
    unknown = [o for o in definition.outcomes if o not in {o.value for o in Outcome}]
    if unknown:
        problems.append(_("“%(word)s” is no outcome.") % {"word": unknown[0]})
    lost = [code for code in definition.duplicates.mistaken_for if code not in city.services]
    if lost:
        problems.append(_("There is no service “%(service)s” to be mistaken for.") % {"service": lost[0]})
    for question in definition.questions:
        if question.stop and question.stop.service and question.stop.service not in city.services:
            problems.append(
                _("Question “%(code)s” leads to the service “%(service)s”, which is not in the catalogue.")
                % {"code": question.code, "service": question.stop.service}
            )
    others = [service for service in city.services.values() if service.code != definition.code]
    try:
        check_links([*others, definition], known=city.services)
    except BadInput as refused:
        problems.append(said(refused))
    return (None if problems else definition), problems


def in_words(raw: editor.Raw, problem: BadInput) -> str:
    """Return a problem as a sentence that says where it is."""
    steps = problem.field.split(".")
    what = str(problem.params.get("what", said(problem))).removeprefix("Value error, ")
    if steps[0] == "questions" and len(steps) > 1 and steps[1].isdigit():
        code = raw["questions"][int(steps[1])].get("code") or int(steps[1]) + 1
        part = " ".join(_PARTS.get(step, step) for step in steps[2:] if not step.isdigit())
        return _("Question “%(code)s” %(part)s: %(what)s") % {"code": code, "part": part, "what": what}
    if not problem.field:
        return what[:1].upper() + what[1:]
    return _("%(part)s: %(what)s") % {"part": _PARTS.get(steps[0], steps[0]).capitalize(), "what": what}


_PARTS = {
    "label": N_("words"),
    "options": N_("choices"),
    "message": N_("message"),
    "is": N_("answers"),
    "not_fixed_days": N_("days to say “not fixed”"),
    "duplicate_radius_m": N_("distance"),
    "target": N_("target"),
    "duplicates": N_("reports of one thing"),
}


def _publish(request: CityRequest, definition: ServiceDefinition, reason: str) -> HttpResponse:
    version = catalog.publish_service(
        jurisdiction_id=request.city.id,
        definition=definition,
        at=clock.now(),
        by_id=own_account(request),
        reason=reason,
    )
    if version == request.city.service_versions[definition.code]:
        messages.info(request, _("Nothing is different, so there is no new version."))
    else:
        messages.success(
            request,
            _("Version %(n)d is out. Requests made before keep the form they were made with.") % {"n": version},
        )
        if definition.replaced_by and not request.city.services[definition.code].replaced_by:
            messages.info(request, _("It is offered no longer: others take its requests now."))
    return redirect("desk_service", definition.code)


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def offer(request: CityRequest, code: str) -> HttpResponse:
    """Offer a service, or withdraw it."""
    request.city.service(code)
    offered = request.POST.get("offered") == "yes"
    edit = catalog.Edit(clock.now(), own_account(request))
    catalog.set_offered(jurisdiction_id=request.city.id, code=code, offered=offered, edit=edit)
    messages.success(
        request,
        _("It is offered again.") if offered else _("It is offered no longer. Requests made for it go on."),
    )
    return redirect("desk_service", code)


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def add(request: CityRequest) -> HttpResponse:
    """Begin a new service: withdrawn until somebody has finished and offered it."""
    city = request.city
    name = cleaned(request.POST.get("name", ""))[:120]
    code = editor.code_from(name)
    if not code or code in city.services:
        messages.error(request, _("Give it a name that no other service has."))
        return redirect("desk_catalogue")
    raw = editor.begin(code, city) | {"name": {city.default_language: name}}
    # At one instant: it was never offered.
    edit = catalog.Edit(clock.now(), own_account(request), _("begun"))
    catalog.publish_service(
        jurisdiction_id=city.id,
        definition=read_definition(raw),
        at=edit.at,
        by_id=edit.by_id,
        reason=edit.reason,
        position=len(city.services),
    )
    catalog.set_offered(jurisdiction_id=city.id, code=code, offered=False, edit=edit)
    return redirect("desk_service", code)


def called(city: City) -> dict[str, str]:
    """Return the city's languages by their own names."""
    return {code: str(translation.get_language_info(code)["name_local"]) for code in city.languages}


def versions(city: City, code: str) -> list[dict[str, Any]]:
    """Return the published versions, newest first, with who and why."""
    found = queries.versions_of(city.id, code)
    names = people.names_of(v.published_by_id for v in found)
    return [
        {
            "n": v.version,
            "at": v.published_at,
            "who": names.get(v.published_by_id or 0, _("loaded from a file")),
            "why": v.reason,
        }
        for v in found
    ]
