"""The addresses. The city's part of the path is taken off before; see `ombud.web.middleware.CityMiddleware`."""

from django.urls import include, path

handler400 = "ombud.web.refusing.unreadable"
urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("ombud.web.public.urls")),
    path("", include("ombud.web.resident.urls")),
    path("desk/", include("ombud.web.desk.urls")),
]
