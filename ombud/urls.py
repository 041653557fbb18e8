"""The addresses. The city's part of the path is taken off before; see `ombud.web.middleware.CityMiddleware`."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from ombud.connect.open311.endpoint import endpoint
from ombud.connect.open311.inquiry import inquiry
from ombud.web.api.v1 import api
from ombud.web.data.soda_metadata import short_link
from ombud.web.refusing import not_here

handler400 = "ombud.web.refusing.unreadable"
handler404 = "ombud.web.refusing.lost"
handler500 = "ombud.web.refusing.broken"
# Pages of allauth for those who own their account. Ours are the city's: an administrator gives the address.
NOT_OURS = r"^accounts/(?:email|confirm-email|3rdparty|signup|social)(?:/|$)"
urlpatterns = [
    re_path(NOT_OURS, not_here),
    # One page holds everything about signing in.
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index")),
    path("accounts/", include("allauth.urls")),
    path("", include("ombud.web.public.urls")),
    path("", include("ombud.web.resident.urls")),
    path("data/", include("ombud.web.portal.urls")),
    path("", include("ombud.web.developers.urls")),
    path("", include("ombud.web.data.urls")),
    path("desk/", include("ombud.web.desk.urls")),
    path("api/v1/", api.urls),
    # Whatever follows, with a slash between or without: clients put addresses together as they like.
    re_path(r"^open311/v2(?P<path>[\s\S]*)$", endpoint, name="open311"),
    re_path(r"^open311/inquiry/v1/(?P<path>[\s\S]*)$", inquiry, name="open311_inquiry"),
    # Last: links of other portals, with a category and a name, which say nothing, before the id of a data set.
    re_path(
        r"^[^/]+/[^/]+/(?P<dataset_id>[a-z0-9]{4}-[a-z0-9]{4})(?:/(?:data|about_data))?/?$",
        short_link,
        name="soda_old_link",
    ),
]
