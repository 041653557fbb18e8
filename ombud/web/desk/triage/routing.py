"""The rules of routing at the desk: the list in order, one rule, versions, what would change."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.conversation.templatetags.wording import priority_words
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.service_requests import queries as requests
from ombud.triage.routing import commands, queries
from ombud.triage.routing.commands import By
from ombud.triage.routing.rules.analysis import Oddity
from ombud.triage.routing.rules.rule import Rule
from ombud.triage.routing.words import fault_words
from ombud.web.desk.edited import free_code
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.desk.triage import rule_form, rule_words
from ombud.web.desk.triage.rule_form import RuleForm
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on, said

# How far back a replay reaches: days, and the words for it.
REACHES = {
    31: N_("the last month"),
    92: N_("the last three months"),
    366: N_("the last year"),
    36_500: N_("all there is"),
}


def _by(request: CityRequest) -> By:
    seen = request.POST.get("seen", "")
    return By(request.city.id, request.actor, clock.now(), int(seen) if seen.isascii() and seen.isdigit() else None)


@require_safe
@staff_page(Verb.SEE_ROUTING)
def rules(request: CityRequest) -> HttpResponse:
    """Show the rules in their order, what is odd about them, and what a draft would change."""
    city = request.city
    edited = queries.edited(city.id)
    found = queries.oddities(city, edited.rules)
    replay = queries.newest_replay(city.id, edited.digest, edited.version) if edited.is_draft else None
    versions = queries.versions(city.id)
    names = people.names_of(v.by_id for v in versions)
    context = {
        **rail(request, None, now=clock.now()),
        "edited": edited,
        "lines": [rule_words.line_of(city, rule, found) for rule in edited.rules],
        "n_bad": sum(f.oddity in (Oddity.NOT_THERE, Oddity.UNREACHABLE, Oddity.SHADOWED) for f in found),
        "may_edit": request.actor.may(Verb.EDIT_CATALOGUE),
        "replay": replay,
        "told": replay_told(request, replay),
        "reaches": [(days, _(words)) for days, words in REACHES.items()],
        "versions": [{"row": v, "who": names.get(v.by_id or 0, _("loaded from a file"))} for v in versions],
    }
    return render(request, "desk/routing.html", context)


def replay_told(request: CityRequest, replay: Any) -> dict[str, Any] | None:
    """Return what a replay found, in words, with links to examples."""
    if replay is None or not replay.result:
        return None
    result: Mapping[str, Any] = replay.result
    moves = result.get("moves", {})
    ids = {i for listed in moves.values() for move in listed for i in move["examples"]}
    numbers = requests.numbers_of(request.city.id, ids)
    return {
        "n": result.get("n", 0),
        "changed": result.get("changed", 0),
        "aspects": [
            {
                "title": rule_words.aspects()[aspect],
                "moves": [
                    {
                        "before": _answer(request, aspect, move["from"]),
                        "after": _answer(request, aspect, move["to"]),
                        "n": move["n"],
                        "examples": [numbers[i] for i in move["examples"] if i in numbers],
                    }
                    for move in listed
                ],
            }
            for aspect, listed in moves.items()
            if listed
        ],
        "failures": [
            {"rule": f["rule"], "words": fault_words(f["fault"], f["what"]), "n": f["n"]}
            for f in result.get("failures", ())
        ],
        "unused": [code for code in _codes(request, replay) if code not in result.get("rules", {})],
        "with_unit": result.get("with_unit", 0),
        "same_unit": result.get("same_unit", {}),
    }


def _codes(request: CityRequest, replay: Any) -> list[str]:
    return [rule.code for rule in queries.edited(request.city.id).rules] if replay.finished_at else []


def _answer(request: CityRequest, aspect: str, answer: str) -> str:
    if aspect == "where":
        agency, _sep, rest = answer.partition(" ")
        return rule_words.where_words(request.city, agency, rest)
    return rule_words.target_words(answer) if aspect == "target" else str(priority_words(answer))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.EDIT_CATALOGUE)
def rule(request: CityRequest, code: str = "") -> HttpResponse:
    """Edit a rule of the draft, or add one."""
    city = request.city
    edited = queries.edited(city.id)
    raw = next((one for one in edited.raw if one.get("code") == code), None)
    if code and not any(isinstance(one, Rule) and one.code == code for one in edited.rules):
        raise NotFound(N_("There is no rule “%(code)s”."), code=code[:40])
    first = rule_form.begin(
        raw or {"code": ""}, seen=edited.edits, layers={layer.code for layer in places.layers(city.id)}
    )
    form = RuleForm(request.POST or None, city=city, initial=first)
    if request.method == "POST" and form.is_valid():
        taken = {str(one.get("code")) for one in edited.raw}
        title = form.cleaned_data[f"title.{city.default_language}"]
        new_code = code or free_code(title, taken)
        try:
            kept = commands.save_rule(_by(request), raw=form.told(new_code), instead_of=code)
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("It is in the draft. Publish the draft to let it count."))
            return redirect("desk_routing_rule", kept.code) if "stay" in request.POST else redirect("desk_routing")
    lines = [rule_words.line_of(city, r, queries.oddities(city, edited.rules)) for r in edited.rules if r.code == code]
    context = {
        **rail(request, None, now=clock.now()),
        "form": form,
        "code": code,
        "line": lines[0] if lines else None,
    }
    return render(request, "desk/routing_rule.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def change(request: CityRequest) -> HttpResponse:
    """Do what a button of the list says: `up:CODE`, `remove:CODE`, `publish`, `replay` ..."""
    do, _sep, code = request.POST.get("do", "").partition(":")
    by = _by(request)
    order = [rule.code for rule in queries.edited(request.city.id).rules]
    at = order.index(code) if code in order else 0
    try:
        match do:
            case "up" | "down" | "first" | "last":
                to = {"up": at - 1, "down": at + 1, "first": 0, "last": len(order)}[do]
                commands.move_rule(by, code=code, to=max(0, to))
                messages.success(
                    request, _("%(rule)s is number %(n)d now.") % {"rule": code, "n": _place(request, code)}
                )
            case "remove":
                commands.remove_rule(by, code=code)
                messages.success(request, _("%(rule)s is out of the draft.") % {"rule": code})
            case "discard":
                commands.discard_draft(by)
                messages.success(request, _("The draft is gone. What is published counts on."))
            case "replay":
                days = request.POST.get("days", "")
                reach = int(days) if days.isdigit() and int(days) in REACHES else 92
                commands.begin_replay(by, since=by.at - timedelta(days=reach))
                messages.success(request, _("The draft is being tried on past requests."))
            case "publish":
                version = commands.publish(by, reason=request.POST.get("reason", ""))
                messages.success(request, _("Version %(n)d counts from now on.") % {"n": version})
            case "back":
                old = int(code) if code.isdigit() and len(code) < 9 else 0
                version = commands.go_back(by, version=old, reason=request.POST.get("reason", ""))
                messages.success(
                    request,
                    _("The rules of version %(old)d count again, as version %(n)d.") % {"old": old, "n": version},
                )
            case _:
                raise NotFound(N_("There is no such page."))
    except NotFound:
        raise
    except OmbudError as refused:
        messages.error(request, said(refused))
    return redirect("desk_routing")


def _place(request: CityRequest, code: str) -> int:
    return [rule.code for rule in queries.edited(request.city.id).rules].index(code) + 1


@require_safe
@staff_page(Verb.SEE_ROUTING)
def version(request: CityRequest, number: int) -> HttpResponse:
    """Show the rules of an old version."""
    city = request.city
    row = next((v for v in queries.versions(city.id, limit=1000) if v.version == number), None)
    if row is None:
        raise NotFound(N_("There is no version %(version)d."), version=number)
    listed = queries.rules_at(city.id, number)
    context = {
        **rail(request, None, now=clock.now()),
        "row": row,
        "who": people.names_of([row.by_id]).get(row.by_id or 0, _("loaded from a file")),
        "lines": [rule_words.line_of(city, one, []) for one in listed],
        "counted": ngettext("%(n)d rule", "%(n)d rules", len(listed)) % {"n": len(listed)},
        "newest": queries.edited(city.id).version,
        "may_edit": request.actor.may(Verb.EDIT_CATALOGUE),
    }
    return render(request, "desk/routing_version.html", context)
