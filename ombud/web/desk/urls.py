"""The desk's addresses, within a city."""

from django.urls import path

from ombud.web.desk import bulk, photos, queue, request, saved

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
]
