"""The developers' addresses, within a city."""

from django.urls import path

from ombud.web.developers import guide, keys
from ombud.web.resident.frame import kept_by_nobody

urlpatterns = [
    path("developers/", guide.guide, name="developers"),
    path("developers/keys/", keys.ask, name="developer_ask"),
    path("developers/keys/<str:token>/", kept_by_nobody(keys.key), name="developer_key"),
    path("developers/keys/<str:token>/revoke/", kept_by_nobody(keys.revoke), name="developer_key_revoke"),
]
