"""What leaves of a request and what does not, for people and for programs."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.kernel.errors import N_
from ombud.opendata import privacy_told
from ombud.opendata.queries import rules_of
from ombud.opendata.rules.rule_set import Photos, Place, Times
from ombud.web.middleware import CityRequest

PLACES = {
    Place.EXACT: N_("exactly"),
    Place.BLOCK: N_("by its block"),
    Place.CELL: N_("by a cell of about 0.7 km²"),
    Place.AREA: N_("by its district"),
    Place.NONE: N_("not at all"),
}
TIMES = {Times.SECOND: N_("to the second"), Times.DAY: N_("by the day"), Times.MONTH: N_("by the month")}
PHOTOS = {
    Photos.CLEAN: N_("once a search found nothing to cover, else a person lets them through"),
    Photos.PERSON: N_("once a person let them through"),
    Photos.NEVER: N_("never"),
}
VISIBILITIES = {
    "public": N_("Shown"),
    "public_coarse": N_("Shown coarsely"),
    "public_count_only": N_("Only counted"),
    "private": N_("Not shown"),
}


@require_safe
def page(request: CityRequest) -> HttpResponse:
    """Show the rules in force, what is spent of the budget for noise, and what was taken back."""
    city = request.city
    rows = [
        {
            "visibility": _(VISIBILITIES[one.visibility]),
            "rule": one.rule,
            "place": _(PLACES[one.rule.place]),
            "times": _(TIMES[one.rule.times]),
            "photos": _(PHOTOS[one.rule.photos_by]),
            "services": sorted(city.text(service.name) for service in one.services),
        }
        for one in privacy_told.ruled(city)
    ]
    told = {
        "rules": rules_of(city),
        "rows": rows,
        "ledger": privacy_told.ledger(city.id),
        "taken_back": privacy_told.taken_back(city.id),
        "never": [_(each) for each in rules_of(city).never],
    }
    return render(request, "data/privacy.html", told)


@require_safe
def as_json(request: CityRequest) -> HttpResponse:
    """Return the same as data."""
    answer = JsonResponse(privacy_told.as_data(request.city))
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
