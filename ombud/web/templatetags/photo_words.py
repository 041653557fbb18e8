"""How far a photo is on its way to the public, in words."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.rules.photo_boxes import Looked, What

register = template.Library()


@register.filter
def searched_words(photo: RequestPhoto) -> str:
    """Return what the search of a photo found, as a sentence."""
    if photo.looked == Looked.WAITING:
        return _("It is being searched for faces and writing.")
    if photo.looked == Looked.FAILED:
        return _("It could not be searched: look at all of it before you show it.")
    if photo.looked == Looked.ABSENT:
        return _("Nothing here searches photos: look at all of it before you show it.")
    if not photo.boxes:
        return _("Nothing was found on it that must be covered.")
    n = len(photo.boxes)
    return ngettext("%(n)d area is covered.", "%(n)d areas are covered.", n) % {"n": n}


@register.filter
def area_words(what: str) -> str:
    """Return what an area covers."""
    return {What.FACE: _("face"), What.WRITING: _("letters or digits"), What.OTHER: _("something else")}[What(what)]
