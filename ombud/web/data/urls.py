"""The addresses of the doors of the public record."""

from django.urls import re_path

from ombud.web.data import citing, downloads, ogc

ID = r"(?P<four_by_four>[a-z0-9]{4}-[a-z0-9]{4})"

urlpatterns = [
    re_path(rf"^data/{ID}/rows(?:-(?P<year>[0-9]{{4}}))?\.(?P<suffix>csv|geojson|parquet)$", downloads.rows),
    re_path(rf"^data/{ID}/delta\.parquet$", downloads.delta),
    re_path(rf"^data/{ID}/files/(?P<sha256>[0-9a-f]{{64}})\.parquet$", downloads.lake_file),
    re_path(rf"^data/{ID}/manifest\.json$", downloads.manifest_of),
    re_path(rf"^data/{ID}/versions\.json$", downloads.versions_of),
    re_path(rf"^data/{ID}/changes$", downloads.changes),
    re_path(rf"^data/{ID}/(?:cite\.|CITATION\.)(?P<form>txt|bib|cff|csl\.json|json)$", citing.cite),
    # With the last slash and without: clients put addresses together as they like.
    re_path(r"^ogc/?$", ogc.landing),
    re_path(r"^ogc/conformance/?$", ogc.conformance),
    re_path(r"^ogc/api/?$", ogc.api),
    re_path(r"^ogc/collections/?$", ogc.collections),
    re_path(r"^ogc/collections/(?P<name>[\w-]{1,60})/?$", ogc.collection),
    re_path(r"^ogc/collections/(?P<name>[\w-]{1,60})/items/?$", ogc.items),
    re_path(r"^ogc/collections/(?P<name>[\w-]{1,60})/items/(?P<row_id>[^/]{1,120})$", ogc.item),
]
