"""The desk's addresses, within a city."""

from django.urls import path

from ombud.web.desk import bulk, calls, catalogue, contacts, figures, photos, queue, request, saved, staff

urlpatterns = [
    path("", queue.queue, name="desk_queue"),
    path("points/", queue.points, name="desk_points"),
    path("views/", saved.save, name="desk_view_save"),
    path("views/<int:filter_id>/", saved.change, name="desk_view_change"),
    path("bulk/", bulk.bulk, name="desk_bulk"),
    path("photo/<int:photo_id>/show/", photos.show_photo, name="desk_photo_show"),
    path("photo/<int:photo_id>/<str:size>/", photos.photo, name="desk_photo"),
    path("r/<str:number>/", request.show, name="desk_request"),
    path("r/<str:number>/contact/", request.show_contact, name="desk_contact"),
    path("r/<str:number>/<slug:name>/", request.act, name="desk_action"),
    path("new/", calls.new, name="desk_new"),
    path("new/<str:code>/", calls.new_service, name="desk_new_service"),
    path("contacts/", contacts.contacts, name="desk_contacts"),
    path("services/", catalogue.services, name="desk_catalogue"),
    path("services/add/", catalogue.add, name="desk_service_add"),
    path("services/<str:code>/", catalogue.service, name="desk_service"),
    path("services/<str:code>/offer/", catalogue.offer, name="desk_service_offer"),
    path("staff/", staff.staff, name="desk_staff"),
    path("staff/<int:grant_id>/remove/", staff.remove_role, name="desk_role_remove"),
    path("figures/", figures.page, name="desk_figures"),
    path("log/", staff.log, name="desk_log"),
]
