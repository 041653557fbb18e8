"""GeoReport Bulk of a version of the requests. The endpoint of Open311 gives the same, as it stands now."""

import hashlib

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import OUTCOMES, STATUSES
from ombud.kernel.errors import N_, NotFound
from ombud.opendata.datasets import requests
from ombud.opendata.export.bulk import Bulk, Names
from ombud.web.data.answering import door, only, wanted
from ombud.web.data.downloads import sent

ONLY_REQUESTS = N_("Only the data set of requests is given in this form.")


@door()
def bulk(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send the requests of a version as GeoReport Bulk, in the city's language."""
    only(request, "version", "asof")
    asked = wanted(request, name)
    if asked.dataset.code != requests.CODE:
        raise NotFound(ONLY_REQUESTS)
    names = _names(asked.city)
    names_hash = hashlib.sha256(repr(names).encode()).hexdigest()[:12]
    return sent(asked, Bulk(str(asked.city.zone), names, names_hash))


def _names(city: City) -> Names:
    with translation.override(city.default_language):
        return Names(
            agencies={agency.code: agency.name for agency in city.agencies()},
            outcomes={str(code): _capital(str(words)) for code, words in OUTCOMES.items()},
            statuses={str(code): _capital(str(words)) for code, words in STATUSES.items()},
        )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
