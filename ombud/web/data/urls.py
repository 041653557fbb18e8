"""The addresses of the doors of the public record."""

from django.urls import re_path

from ombud.web.data import downloads

ID = r"(?P<four_by_four>[a-z0-9]{4}-[a-z0-9]{4})"

urlpatterns = [
    re_path(rf"^data/{ID}/rows(?:-(?P<year>[0-9]{{4}}))?\.(?P<suffix>csv|geojson|parquet)$", downloads.rows),
    re_path(rf"^data/{ID}/delta\.parquet$", downloads.delta),
    re_path(rf"^data/{ID}/files/(?P<sha256>[0-9a-f]{{64}})\.parquet$", downloads.lake_file),
    re_path(rf"^data/{ID}/manifest\.json$", downloads.manifest_of),
    re_path(rf"^data/{ID}/versions\.json$", downloads.versions_of),
    re_path(rf"^data/{ID}/changes$", downloads.changes),
]
