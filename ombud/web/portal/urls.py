"""The portal's addresses, within a city."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from ombud.web.portal import errors, exploring, quality, questions, saved, sets
from ombud.web.portal.analyses import linked, pages, sending, telling
from ombud.web.resident.frame import kept_by_nobody


class FourByFour(StringConverter):
    """The id of a data set or a view: four signs, a hyphen, four signs."""

    regex = "[a-z0-9]{4}-[a-z0-9]{4}"


register_converter(FourByFour, "four_by_four")
urlpatterns = [
    path("", sets.first_page, name="data"),
    path("analyses/", pages.first_page, name="data_analyses"),
    path("analyses.json", telling.all_as_json, name="data_analyses_json"),
    path("analyses/new/", sending.new, name="data_analysis_new"),
    path("analyses/mine/<str:token>/", kept_by_nobody(linked.mine), name="data_analysis_mine"),
    path("analyses/review/<str:token>/", kept_by_nobody(linked.review), name="data_analysis_review"),
    path("analyses/<four_by_four:code>/", pages.page, name="data_analysis"),
    path("analyses/<four_by_four:code>.json", telling.as_json, name="data_analysis_json"),
    path("analyses/<four_by_four:code>/cite.bib", telling.as_bibtex, name="data_analysis_bibtex"),
    path("analyses/<four_by_four:code>/notebook.ipynb", pages.notebook, name="data_analysis_notebook"),
    path("quality/", quality.page, name="data_quality"),
    path("questions/<slug:code>/", questions.page, name="data_question"),
    path("views/<four_by_four:view_id>/", saved.page, name="data_view"),
    path("views/<four_by_four:view_id>/embed/", saved.embed, name="data_view_embed"),
    path("<four_by_four:dataset_id>/", sets.page, name="data_set"),
    path("<four_by_four:dataset_id>/explore/", exploring.page, name="data_explore"),
    path("<four_by_four:dataset_id>/claim/", sending.claim, name="data_claim"),
    path("<four_by_four:dataset_id>/row/<str:row_id>/", errors.page, name="data_row"),
    path("<four_by_four:dataset_id>/save/", saved.save, name="data_save"),
]
