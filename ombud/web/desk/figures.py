"""The figures as staff see them: private services counted too."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ombud.kernel import clock
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.public import figures


@require_safe
@staff_page()
def page(request: CityRequest) -> HttpResponse:
    """Show the figures of a period, private services included."""
    context = figures.context(request, public=False)
    return render(request, "desk/figures.html", {**rail(request, None, now=clock.now()), **context})
