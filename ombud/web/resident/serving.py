"""Whether we come to a place, on which day, and who comes if not we."""

from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServedBy
from ombud.kernel import clock
from ombud.triage.routing import serving
from ombud.triage.routing.rules.rule import WEEKDAYS
from ombud.triage.routing.rules.scheme import Collector, Scheme, Served
from ombud.triage.routing.serving import Day
from ombud.web.resident.drafts import Draft


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of who serves the place of a report."""

    scheme: Scheme
    served_by: ServedBy
    found: Served | None
    is_known: bool

    @property
    def is_ours(self) -> bool:
        """Whether this service is for what stands there."""
        return self.found is not None and self.found.kind in self.served_by.kinds

    @property
    def collector(self) -> Collector | None:
        """Who collects there."""
        return self.scheme.collectors.get(self.found.collector) if self.found else None


def look(city: City, draft: Draft) -> Looked | None:
    """Return who serves the place of a draft; None where that is no question of its service, or nobody knows."""
    served_by = city.service(draft.service).served_by
    scheme = serving.scheme_of(city.id, served_by.scheme) if served_by else None
    if served_by is None or scheme is None or draft.point is None:
        return None
    if not serving.area_at(city.id, scheme, draft.point):
        return None
    known = serving.kind_at(scheme, draft.address)
    found = serving.at_place(city, scheme, draft.point, address=draft.address, kind=draft.kind)
    return Looked(scheme, served_by, found, bool(known))


def days(city: City, looked: Looked) -> list[Day]:
    """Return the days that can be chosen, none where the service has none."""
    if not looked.served_by.appointment or looked.found is None:
        return []
    return serving.days(city, looked.scheme, looked.found, now=clock.now())


def in_words(day: date, served: Served | None) -> str:
    """Return a day as people say it, and that a holiday moved it."""
    # A weekday and a day as the language orders them, in the letters of Django's `date` filter.
    said = formats.date_format(day, _("l, j F"))
    if served and served.day and WEEKDAYS[day.weekday()] != served.day:
        return _("%(day)s (a day later because of a holiday)") % {"day": said}
    return said
