"""The resident's addresses, within a city."""

from django.urls import path

from ombud.web.resident import appointment, assets, details, nearby, report, served, start, track
from ombud.web.resident.frame import kept_by_nobody

urlpatterns = [
    path("report/", start.start, name="report_start"),
    path("report/service/<str:code>/", start.service, name="report_service"),
    path("report/addresses/", report.addresses, name="report_addresses"),
    path("report/<uuid:draft_id>/place/", kept_by_nobody(report.place), name="report_place"),
    path("report/<uuid:draft_id>/served/", kept_by_nobody(served.page), name="report_served"),
    path("report/<uuid:draft_id>/asset/", kept_by_nobody(assets.page), name="report_asset"),
    path("report/<uuid:draft_id>/nearby/", kept_by_nobody(nearby.nearby), name="report_nearby"),
    path("report/<uuid:draft_id>/details/", kept_by_nobody(details.details), name="report_details"),
    path("report/<uuid:draft_id>/contact/", kept_by_nobody(details.contact), name="report_contact"),
    path("report/<uuid:draft_id>/check/", kept_by_nobody(report.check), name="report_check"),
    path("report/<uuid:draft_id>/send/", kept_by_nobody(report.send), name="report_send"),
    path("find/", track.find, name="find_request"),
    path("r/<str:number>/", track.public, name="track"),
    # Before the key, which would take its word for a key.
    path("r/<str:number>/follow/", track.follow, name="track_follow"),
    path("r/<str:number>/<str:key>/", kept_by_nobody(track.mine), name="track_secret"),
    path("r/<str:number>/<str:key>/say/", kept_by_nobody(track.say), name="track_say"),
    path("r/<str:number>/<str:key>/not-fixed/", kept_by_nobody(track.not_fixed), name="track_not_fixed"),
    path("r/<str:number>/<str:key>/day/", kept_by_nobody(appointment.change), name="track_day"),
    path("r/<str:number>/<str:key>/rate/", kept_by_nobody(track.rate), name="track_rate"),
    path("r/<str:number>/<str:key>/withdraw/", kept_by_nobody(track.withdraw), name="track_withdraw"),
    path("photo/<int:photo_id>/<str:size>/", track.photo, name="photo"),
    path("photo/<int:photo_id>/<str:mark>/<str:size>/", track.photo, name="public_photo"),
    path("stop/<str:token>/", kept_by_nobody(track.stop), name="stop_messages"),
]
