"""The page that tells how departments with systems of their own share one record."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ombud.connect.bridge import told as bridge
from ombud.connect.bridge.told import ToldLink
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.web.middleware import CityRequest
from ombud.web.public.record import Listed, told

# What a resident reads, in the order of a request's life.
STATES = (
    ("received", ""),
    ("accepted", ""),
    ("scheduled", ""),
    ("on_list", ""),
    *(("closed", outcome) for outcome in ("fixed", "made_safe", "nothing_found", "not_eligible")),
    *(("closed", outcome) for outcome in ("duplicate_of", "referred_to")),
    ("withdrawn", ""),
)


# So lately read that the minutes do not matter.
FRESH = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Department:
    """A link as the page shows it: with its newest requests in words, each with its number there."""

    link: ToldLink
    is_fresh: bool
    requests: list[tuple[Listed, str]]


@require_safe
def page(request: CityRequest) -> HttpResponse:
    """Show the systems that the city's record is joined with, and that one reads of all of them in the same words."""
    city, now = request.city, clock.now()
    links = bridge.links(city.id)
    if not links:
        raise NotFound(N_("There is no such page."))
    departments = [
        Department(
            link=link,
            is_fresh=link.read_at is not None and now - link.read_at < FRESH,
            requests=[(told(city, joined.view, now), joined.number_there) for joined in link.newest],
        )
        for link in links
    ]
    words = [
        (status, outcome, [link.words.get(f"closed:{outcome}" if outcome else status, []) for link in links])
        for status, outcome in STATES
    ]
    return render(
        request,
        "public/one_record.html",
        {
            "departments": departments,
            "words": [row for row in words if any(row[2])],
            "joined": sum(link.joined for link in links),
            "waiting": sum(link.waiting for link in links),
        },
    )
