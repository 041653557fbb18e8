"""The portal's addresses, within a city."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from ombud.web.portal import exploring, quality, questions, saved, sets


class FourByFour(StringConverter):
    """The id of a data set or a view: four signs, a hyphen, four signs."""

    regex = "[a-z0-9]{4}-[a-z0-9]{4}"


register_converter(FourByFour, "four_by_four")
urlpatterns = [
    path("", sets.first_page, name="data"),
    path("quality/", quality.page, name="data_quality"),
    path("questions/<slug:code>/", questions.page, name="data_question"),
    path("views/<four_by_four:view_id>/", saved.page, name="data_view"),
    path("views/<four_by_four:view_id>/embed/", saved.embed, name="data_view_embed"),
    path("<four_by_four:dataset_id>/", sets.page, name="data_set"),
    path("<four_by_four:dataset_id>/explore/", exploring.page, name="data_explore"),
    path("<four_by_four:dataset_id>/save/", saved.save, name="data_save"),
]
