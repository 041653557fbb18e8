"""What a link could not send, and what its dry runs and comparisons said."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ombud.connect.bridge import commands, queries
from ombud.connect.bridge.models import Checked
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.people.rules.permissions import Verb
from ombud.web.desk.bridge_forms import field_words
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_LINKS)
def letter(request: CityRequest, code: str, twin_id: int) -> HttpResponse:
    """Read what could not be sent, write it better, and send it again or give it up."""
    city = request.city.id
    queries.link(city, code)
    found = queries.letter(city, twin_id)
    if found is None or found.twin.link.code != code:
        raise NotFound(N_("There is no such letter here."))
    if request.method == "POST":
        if request.POST.get("do") == "give_up":
            commands.give_up(jurisdiction_id=city, twin_id=twin_id, actor=request.actor)
            messages.success(request, _("It is put away. The request itself stays as it is."))
        else:
            _send_again(request, found)
            messages.success(request, _("It is sent again."))
        return redirect("desk_bridge", code)
    context = {
        **rail(request, None, now=clock.now()),
        "code": code,
        "link_name": found.twin.link.name,
        "letter": found,
        "values": list(found.values.items()),
    }
    return render(request, "desk/bridge_letter.html", context)


def _send_again(request: CityRequest, found: queries.Letter) -> None:
    told = request.POST
    # Only what a person changed is theirs; the rest goes as the request says then.
    values = {
        name: told[f"value.{name}"].replace("\r\n", "\n")
        for name, before in found.values.items()
        if f"value.{name}" in told and told[f"value.{name}"].replace("\r\n", "\n") != before
    }
    words = {
        passed_id: told[f"words.{passed_id}"]
        for passed_id, before in found.remarks
        if f"words.{passed_id}" in told and told[f"words.{passed_id}"] != before
    }
    commands.send_again(
        jurisdiction_id=request.city.id,
        twin_id=found.twin.pk,
        values=values,
        words=words,
        actor=request.actor,
        at=clock.now(),
    )


@require_safe
@staff_page(Verb.MANAGE_LINKS)
def look(request: CityRequest, code: str, kind: str) -> HttpResponse:
    """Show what the newest dry run or comparison said."""
    link = queries.link(request.city.id, code)
    checked = queries.last_check(link, kind)
    if checked is None:
        raise NotFound(N_("There is no such page."))
    report = checked.report
    context = {
        **rail(request, None, now=clock.now()),
        "code": code,
        "name": link.name,
        "look": looked(checked, kind),
        "report": report,
        "pairs": [
            (title, _side_by_side(report, counted))
            for title, counted in ((_("Status"), "status"), (_("Service"), "service"), (_("Sums"), "sums"))
            if report.get(f"{counted}_here") or report.get(f"{counted}_there")
        ],
        "different": [(field_words(name), n) for name, n in report.get("different", {}).items()],
        "differing": [{**one, "field": field_words(one["field"])} for one in report.get("samples", [])]
        if kind == "check"
        else [],
        "unknown": [(field_words(name), word, n) for name, word, n in report.get("unknown", [])],
    }
    return render(request, "desk/bridge_look.html", context)


def _side_by_side(report: dict[str, Any], counted: str) -> list[dict[str, Any]]:
    here, there = report.get(f"{counted}_here", {}), report.get(f"{counted}_there", {})
    return [{"name": name, "here": here.get(name, 0), "there": there.get(name, 0)} for name in sorted({*here, *there})]


def looked(checked: Checked | None, kind: str) -> dict[str, Any]:
    """Return a dry run or a comparison in words, done or not."""
    words = {"dry_run": _("Dry run"), "check": _("Comparison")}[kind]
    about = {
        "dry_run": _("Says what the next turn would change. Keeps nothing and sends nothing."),
        "check": _("Reads everything there and holds both sides against each other."),
    }[kind]
    return {"kind": kind, "words": words, "about": about, "checked": checked}
