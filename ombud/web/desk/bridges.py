"""The links to other systems: how each stands, what waits for a person, and the switch."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.connect.bridge import commands, queries
from ombud.connect.bridge.models import Link
from ombud.connect.bridge.queries import LinkStanding
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.web.desk import edited
from ombud.web.desk.bridge_forms import MEANINGS, MODES, LinkForm, MappingForm, begun_with, field_words, word_shown
from ombud.web.desk.bridge_letters import looked
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on, said

# What a mapping begins with where there is none.
BLANK = """zone: {zone}
create_there: []
fields:
  service:
    far: service_code
    in: {{}}
  status:
    far: status
    in: {{}}
    out: {{}}
  requested_at: {{far: requested_datetime, direction: in}}
"""


@require_safe
@staff_page(Verb.MANAGE_LINKS)
def bridges(request: CityRequest) -> HttpResponse:
    """List the links with how each stands."""
    lines = [_line(one) for one in queries.links(request.city.id, now=clock.now())]
    return render(request, "desk/bridges.html", {**rail(request, None, now=clock.now()), "lines": lines})


def _line(one: LinkStanding) -> dict[str, Any]:
    link = one.link
    return {
        "code": link.code,
        "name": link.name,
        "connector": link.connector,
        "mode": link.mode,
        "mode_words": MODES[link.mode],
        "meaning": "late" if link.trouble or one.is_late else MEANINGS[link.mode],
        "succeeded_at": link.succeeded_at,
        "lag": _length(one.lag),
        "late": one.is_late,
        "trouble": link.trouble,
        "backlog": one.backlog,
        "waits": one.dead + one.held + one.conflicts,
        "dead": one.dead,
        "held": one.held,
        "conflicts": one.conflicts,
        "twins": one.twins,
        "errors": f"{one.error_share:.0%}" if link.runs else "",
        "runs": link.runs,
        "loaded": link.loaded_at is not None,
        "mapped": link.mapping_version > 0,
    }


def _length(lag: timedelta | None) -> str:
    if lag is None:
        return ""
    seconds = int(lag.total_seconds())
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    return _("%(n)d min") % {"n": seconds // 60} if seconds < 7200 else _("%(n)d h") % {"n": seconds // 3600}


@require_safe
@staff_page(Verb.MANAGE_LINKS)
def bridge(request: CityRequest, code: str) -> HttpResponse:
    """Show one link: how it stands, and everything that waits for a person."""
    link = queries.link(request.city.id, code)
    conflicts = [
        {
            "id": one.pk,
            "number": number,
            "far_id": one.twin.far_id,
            "field": field_words(one.field),
            "near": word_shown(one.field, one.near),
            "far": word_shown(one.field, one.far_in_ours or one.far),
            "far_said": one.far,
            "why": _(one.why),
            "since": one.since,
        }
        for one, number in queries.conflicts(link)
    ]
    repairs = [
        {"field": field_words(r.field), "word": r.word, "ours": r.ours, "n": r.records, "samples": r.samples}
        for r in queries.repairs(link)
    ]
    letters = [
        {"id": one.twin.pk, "number": one.number, "far_id": one.twin.far_id, "trouble": one.twin.trouble}
        for one in queries.letters(link)
    ]
    context = {
        **rail(request, None, now=clock.now()),
        "link": _line(queries.standing(link, now=clock.now())),
        "modes": [(mode, words, mode == link.mode) for mode, words in MODES.items()],
        "asked": link.asked_at,
        "conflicts": conflicts,
        "repairs": repairs,
        "letters": letters,
        "looks": [looked(queries.last_check(link, kind), kind) for kind in ("dry_run", "check")],
    }
    return render(request, "desk/bridge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def edit(request: CityRequest, code: str = "") -> HttpResponse:
    """Add a link, or change how it is reached."""
    city = request.city
    link = queries.link(city.id, code) if code else None
    form = LinkForm(request.POST) if request.method == "POST" else begun_with(link)
    if request.method == "POST" and form.is_valid():
        try:
            taken = {one.link.code for one in queries.links(city.id, now=clock.now())}
            code = code or edited.free_code(form.cleaned_data["name"], taken).lower()
            commands.save_link(jurisdiction_id=city.id, code=code, actor=request.actor, **form.cleaned_data)
        except OmbudError as refused:
            put_on(form, refused)
            code = link.code if link else ""
        else:
            messages.success(request, _("It is kept."))
            return redirect("desk_bridge", code)
    context = {**rail(request, None, now=clock.now()), "form": form, "code": code, "name": link.name if link else ""}
    return render(request, "desk/bridge_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def mapping(request: CityRequest, code: str) -> HttpResponse:
    """Edit what the other side's words mean. Earlier versions stand below."""
    city = request.city
    link = queries.link(city.id, code)
    versions = queries.mappings(link)
    if request.method == "POST":
        form = MappingForm(request.POST)
        if form.is_valid() and _keep_mapping(request, link, form):
            return redirect("desk_bridge", code)
    else:
        text = versions[0].text if versions else BLANK.format(zone=city.zone.key)
        form = MappingForm(initial={"text": text, "seen": link.mapping_version})
    names = people.names_of(version.given_by_id for version in versions)
    context = {
        **rail(request, None, now=clock.now()),
        "form": form,
        "code": code,
        "name": link.name,
        "versions": [{"row": v, "who": names.get(v.given_by_id or 0, _("the command line"))} for v in versions],
    }
    return render(request, "desk/bridge_mapping.html", context, status=422 if form.errors else 200)


def _keep_mapping(request: CityRequest, link: Link, form: MappingForm) -> bool:
    try:
        commands.save_mapping(
            jurisdiction_id=request.city.id,
            code=link.code,
            text=form.cleaned_data["text"],
            seen=form.cleaned_data["seen"],
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            at=clock.now(),
        )
    except OmbudError as refused:
        put_on(form, refused)
        # Sent once more it is about the version that is there now.
        again = request.POST.copy()
        again["seen"] = str(queries.link(request.city.id, link.code).mapping_version)
        form.data = again
        return False
    messages.success(request, _("The mapping is kept. What waited for it is tried again with the next turn."))
    return True


@require_POST
@staff_page(Verb.MANAGE_LINKS)
def act(request: CityRequest, code: str) -> HttpResponse:
    """Do one of the small things of a link's page: switch it, read now, look, decide a conflict, send all again."""
    try:
        words = _done(request, code, clock.now())
    except OmbudError as refused:
        messages.error(request, said(refused))
    else:
        messages.success(request, words)
    return redirect("desk_bridges") if request.POST.get("back") == "all" else redirect("desk_bridge", code)


def _done(request: CityRequest, code: str, at: datetime) -> str:
    city, actor, told = request.city.id, request.actor, request.POST
    match told.get("do"):
        case "mode":
            commands.set_mode(jurisdiction_id=city, code=code, mode=told.get("mode", ""), actor=actor, at=at)
            return _("It is switched.")
        case "run":
            asked = commands.ask_to_run(jurisdiction_id=city, code=code, actor=actor, at=at)
            return _("It is being read.") if asked else _("It is being read already.")
        case "dry_run" | "check" as kind:
            commands.ask_to_check(jurisdiction_id=city, code=code, kind=kind, actor=actor, at=at)
            return _("It is being looked at. The result will stand here.")
        case "resolve":
            number = told.get("conflict", "")
            commands.resolve(
                jurisdiction_id=city,
                conflict_id=int(number) if number.isdigit() and len(number) < 18 else 0,
                keep=told.get("keep", ""),
                actor=actor,
                at=at,
            )
            return _("It is decided. The other side follows.")
        case "again":
            n = commands.send_all_again(jurisdiction_id=city, code=code, actor=actor, at=at)
            return _("%(n)d are sent again.") % {"n": n}
    raise NotFound(N_("There is no such page."))
