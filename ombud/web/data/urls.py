"""The addresses of the doors of the public record."""

from django.urls import path, re_path

from ombud.web.data import bulk, catalogues, citing, ckan, downloads, ogc, privacy, soda, soda_metadata, tiles

# A four-by-four, or the name that the data set has in its city.
ID = r"(?P<name>[a-z0-9_-]{1,60})"

urlpatterns = [
    # The same of a city and of the installation: an id says which city has it.
    re_path(r"^resource/(?P<path>[\s\S]*)$", soda.resource, name="soda"),
    re_path(r"^api/views/(?P<dataset_id>[^/]*)/rows\.(?P<ending>\w+)$", soda.whole, name="soda_rows"),
    re_path(r"^api/views/(?P<dataset_id>[^/]*?)(?:\.json)?/?$", soda_metadata.view, name="soda_view"),
    path("api/catalog/v1", soda_metadata.catalogue, name="soda_catalogue"),
    re_path(r"^d/(?P<dataset_id>[a-z0-9]{4}-[a-z0-9]{4})/?$", soda_metadata.short_link, name="soda_link"),
    # Of a city, and at the root of all cities.
    path("data.json", catalogues.dcat_us, name="dcat_us"),
    path("data.v3.json", catalogues.dcat_us_3, name="dcat_us_3"),
    path("data/datapackage.json", catalogues.packages, name="data_packages"),
    path("data/csv-metadata.json", catalogues.csvw_all, name="data_csvw"),
    re_path(r"^api/(?:3/)?action/(?P<name>[a-z_]{1,40})/?$", ckan.action, name="ckan"),
    re_path(rf"^data/{ID}/datapackage\.json$", catalogues.package),
    re_path(rf"^data/{ID}/rows\.csv-metadata\.json$", catalogues.csvw),
    path("data/privacy/", privacy.page, name="data_privacy"),
    path("data/privacy.json", privacy.as_json, name="data_privacy_json"),
    re_path(rf"^data/{ID}/rows(?:-(?P<year>[0-9]{{4}}))?\.(?P<suffix>csv|geojson|parquet)$", downloads.rows),
    re_path(rf"^data/{ID}/open311\.csv$", bulk.bulk),
    re_path(rf"^data/{ID}/delta\.parquet$", downloads.delta),
    re_path(rf"^data/{ID}/files/(?P<sha256>[0-9a-f]{{64}})\.parquet$", downloads.lake_file),
    re_path(rf"^data/{ID}/manifest\.json$", downloads.manifest_of),
    re_path(rf"^data/{ID}/versions\.json$", downloads.versions_of),
    re_path(rf"^data/{ID}/tiles\.json$", tiles.tilejson),
    re_path(rf"^data/{ID}/tiles/(?P<z>[0-9]{{1,2}})/(?P<x>[0-9]{{1,8}})/(?P<y>[0-9]{{1,8}})\.pbf$", tiles.tile),
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
