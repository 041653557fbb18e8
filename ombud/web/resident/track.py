"""Follow a request: by its number what the public may see, by the secret link the reporter's side of it."""

from datetime import time
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotFound, OmbudError
from ombud.kernel.numbers import read_number
from ombud.opendata import queries as public_record
from ombud.people import commands as people
from ombud.people.rules.permissions import Verb
from ombud.plumbing import media
from ombud.service_requests import queries as requests
from ombud.service_requests import secret_link
from ombud.service_requests.commands import act, attach
from ombud.service_requests.commands.act import On
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.service_requests.screening import DANGER
from ombud.service_requests.timeline import REPORTER
from ombud.triage.routing import serving
from ombud.web.limiting import limited
from ombud.web.mapping import marks
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble, take_photos
from ombud.web.resident.again import again
from ombud.web.resident.serving import in_words
from ombud.web.resident.telling import telling
from ombud.web.saying import said


@require_safe
def find(request: CityRequest) -> HttpResponse:
    """Go to a request by its number, however it was typed; an old system's number works too."""
    typed = request.GET.get("number", "").strip()[:60]
    if not typed:
        return render(request, "resident/find.html", {"typed": "", "trouble": ""})
    number = read_number(typed, prefix=request.city.number_prefix) or typed
    try:
        row = requests.by_number(request.city.id, number)
    except NotFound:
        trouble = _("We have no request with this number. Look at it once more; letters and digits both count.")
        return render(request, "resident/find.html", {"typed": typed, "trouble": trouble}, status=404)
    return redirect("track", row.number)


@require_safe
def public(request: CityRequest, number: str) -> HttpResponse:
    """What everybody may see of a request."""
    row = requests.by_number(request.city.id, number)
    view = public_record.public_view(row)
    told = telling(request.city, row, audiences=("public",))
    context = {**told, **again(request.city, row, mine=False), "view": view, "mine": False}
    context["shown_photos"] = public_record.public_photos(row)
    return render(request, "resident/track.html", {**context, "marks": _marks(request, view)})


def _marks(request: CityRequest, view: Any) -> dict[str, Any]:
    return marks(request.city, [view], now=clock.now())


def mine_by_key(request: CityRequest, number: str, key: str) -> Any:
    """Return the request that a secret link opens. Raises NotFound."""
    row = requests.by_number(request.city.id, number)
    if not secret_link.fits(request.city.id, row.number, key):
        raise NotFound(N_("This link does not belong to this request. Look for the link in our message."))
    return row


@require_safe
def mine(request: CityRequest, number: str, key: str) -> HttpResponse:
    """The reporter's page."""
    return my_page(request, number, key)


def my_page(
    request: CityRequest, number: str, key: str, *, refused: str = "", typed: str = "", at: str = ""
) -> HttpResponse:
    """Draw the reporter's page, perhaps with what was refused and where."""
    row = mine_by_key(request, number, key)
    context = {
        **telling(request.city, row, audiences=("public", "reporter")),
        **again(request.city, row, mine=True),
        "view": (view := public_record.reporters_view(row)),
        "marks": _marks(request, view),
        "mine": True,
        "key": key,
        "sent": "sent" in request.GET,
        "danger": "danger" in request.GET,
        "refused": refused,
        "refused_at": at,
        "typed": typed,
        "answers": row.form.answers,
        "description": row.form.description,
        "photos": requests.photos(row),
        "pick_up": _pick_up(request, row),
        "link": settings.OMBUD_PUBLIC_URL + reverse("track_secret", args=[row.number, key]),
    }
    response = render(request, "resident/track.html", context, status=422 if refused else 200)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pick_up(request: CityRequest, row: Any) -> dict[str, Any] | None:
    """Return the day that was chosen, and the others that are free while it can be moved."""
    kept = serving.chosen(request.city, row) if row.status not in ENDED else None
    if kept is None:
        return None
    city, now = request.city, clock.now()
    others = serving.days(city, kept.scheme, kept.at_place, now=now, but=row.pk)
    terms = kept.scheme.appointments
    return {
        "day": in_words(kept.on, kept.at_place),
        "may_change": serving.may_change(city, kept.scheme, kept.on, now=now),
        "cut_off": time.fromisoformat(terms.cut_off) if terms else None,
        "others": [(d.on.isoformat(), in_words(d.on, kept.at_place)) for d in others if d.on != kept.on],
    }


def _on(request: CityRequest, row: Any) -> On:
    return On(request.city.id, row.pk, REPORTER, clock.now())


@limited("say", times=lambda: 60)
@require_POST
def say(request: CityRequest, number: str, key: str) -> HttpResponse:
    """Answer the city's question, or add a comment or photos."""
    row = mine_by_key(request, number, key)
    text, danger = request.POST.get("text", ""), False
    try:
        photos, _position = take_photos(request.FILES.getlist("photos"), city_id=request.city.id)
        if text.strip() or not photos:
            event = act.answer(_on(request, row), text=text, language=get_language() or "en")
            danger = DANGER in event.facts
        for photo in photos:
            attach.add_photo(
                jurisdiction_id=request.city.id,
                request_id=row.pk,
                photo=StoredPhoto(**photo),
                actor=REPORTER,
                at=clock.now(),
            )
    except (OmbudError, PhotoTrouble) as refused:
        words = refused.said if isinstance(refused, PhotoTrouble) else said(refused)
        return my_page(request, number, key, refused=words, typed=text, at="say")
    return _back(number, key, danger=danger)


def _back(number: str, key: str, *, danger: bool) -> HttpResponse:
    """Go to the reporter's page; it says first whom to call, where their words tell of danger."""
    address = reverse("track_secret", args=[number, key])
    return redirect(f"{address}?danger=1" if danger else address)


@limited("not-fixed", times=lambda: 20)
@require_POST
def not_fixed(request: CityRequest, number: str, key: str) -> HttpResponse:
    """It is not fixed: open it again, with the reason."""
    row = mine_by_key(request, number, key)
    text = request.POST.get("text", "")
    try:
        event = act.reopen(_on(request, row), text=text, language=get_language() or "en")
    except OmbudError as refused:
        return my_page(request, number, key, refused=said(refused), typed=text, at="not-fixed")
    return _back(number, key, danger=DANGER in event.facts)


@require_POST
def rate(request: CityRequest, number: str, key: str) -> HttpResponse:
    """One tap: how did it go?"""
    row = mine_by_key(request, number, key)
    score = request.POST.get("score", "")
    try:
        act.rate(_on(request, row), score=int(score) if score.isdigit() else 0)
    except OmbudError as refused:
        return my_page(request, number, key, refused=said(refused), at="rate")
    return redirect("track_secret", number, key)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: CityRequest, number: str, key: str) -> HttpResponse:
    """Take it back; asked once more before."""
    row = mine_by_key(request, number, key)
    if request.method == "POST":
        act.withdraw(_on(request, row), text=request.POST.get("text", ""))
        return redirect("track_secret", number, key)
    return render(request, "resident/withdraw.html", {"row": row, "key": key})


@limited("follow", times=lambda: 20)
@require_POST
def follow(request: CityRequest, number: str) -> HttpResponse:
    """Be told what happens to somebody else's report."""
    row = requests.by_number(request.city.id, number)
    if public_record.public_view(row).is_hidden:
        raise NotFound(N_("We have no request with this number."))
    details, problems = people.read_contact(
        name="",
        email=request.POST.get("email", ""),
        phone="",
        language=get_language() or "en",
        region="US",
    )
    if problems or not details.email:
        problem = problems[0] if problems else BadInput(N_("Write an e-mail address, such as name@example.org."))
        context = telling(request.city, row, audiences=("public",))
        view = public_record.public_view(row)
        words = {"refused": said(problem), "refused_at": "follow", "typed": request.POST.get("email", "")[:254]}
        return render(
            request,
            "resident/track.html",
            {**context, "view": view, "marks": _marks(request, view), "mine": False, **words},
            status=422,
        )
    contact_id = people.keep_contact(jurisdiction_id=request.city.id, details=details)
    attach.follow(jurisdiction_id=request.city.id, request_id=row.pk, contact_point_id=contact_id, at=clock.now())
    return redirect(f"{reverse('track', args=[row.number])}?following=1")


@require_safe
def photo(request: CityRequest, photo_id: int, size: str, mark: str = "") -> HttpResponseBase:
    """
    A photo without its metadata.

    Everybody gets the copy on which all that must be is covered, once it is let through. Its address names it by a
    part of its hash, so that no copy of before is taken for it. Who holds the link or a pass gets it uncovered, and
    who works here while it is private.
    """
    found = requests.photo(request.city.id, photo_id)
    if size not in ("thumb", "view"):
        raise NotFound(N_("There is no such photo here."))
    if _holds_a_link(request, found) and not mark:
        return _picture(request, found.thumb_key if size == "thumb" else found.view_key, kept="private, max-age=3600")
    if found.shown and found.public_key and public_record.public_view(found.request).shows_photos:
        if mark and mark != found.public_mark:
            return redirect("photo", photo_id, size)
        kept = "public, max-age=300, must-revalidate" if mark else "no-cache"
        return _picture(request, found.public_thumb_key if size == "thumb" else found.public_key, kept=kept)
    if request.actor.may(Verb.VIEW) and not mark:
        return _picture(request, found.thumb_key if size == "thumb" else found.view_key, kept="private, no-store")
    raise NotFound(N_("There is no such photo here."))


def _holds_a_link(request: CityRequest, found: RequestPhoto) -> bool:
    key = request.GET.get("key", "")
    return bool(key and secret_link.fits(request.city.id, found.request.number, key)) or secret_link.photo_pass_fits(
        request.city.id, found.pk, request.GET.get("pass", "")
    )


def _picture(request: CityRequest, file: str, *, kept: str) -> FileResponse:
    response = FileResponse(media.MediaStore(request.city.id).open(file), content_type="image/jpeg")
    response.headers["Cache-Control"] = kept
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt  # a mail program's one-click button has no cookie of ours; the token is what counts
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the messages: one click, from the mail itself or from this page."""
    city = request.city  # type: ignore[attr-defined]
    follower_id = secret_link.read_stop_token(city.id, token)
    if follower_id is None:
        raise NotFound(N_("This link is not one of ours."))
    if request.method == "POST":
        attach.stop_following(jurisdiction_id=city.id, follower_id=follower_id, at=clock.now())
        return render(request, "resident/stopped.html", {"done": True})
    return render(request, "resident/stopped.html", {"done": False})
