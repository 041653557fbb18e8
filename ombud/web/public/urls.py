"""The public's addresses, within a city (or, before one is chosen, of the installation)."""

from django.urls import path

from ombud.web.public import figures, installation, one_record, places_again, record

urlpatterns = [
    path("", record.home, name="home"),
    path("healthz", installation.healthz, name="healthz"),
    path("brand.css", installation.brand_css, name="brand_css"),
    path("style-guide/", installation.style_guide, name="style_guide"),
    path("mailbox/", installation.mailbox, name="mailbox"),
    path("boundaries/<str:layer>.geojson", record.boundaries, name="boundaries_geojson"),
    path("requests/", record.request_list, name="request_list"),
    path("requests/map/", record.request_map, name="request_map"),
    path("requests/points.geojson", record.points, name="points_geojson"),
    path("requests/cells.geojson", record.cells, name="cells_geojson"),
    path("places/", places_again.page, name="places_again"),
    path("one-record/", one_record.page, name="one_record"),
    path("figures/", figures.page, name="figures"),
    path("figures/<str:code>.csv", figures.download, name="figure_csv"),
]
