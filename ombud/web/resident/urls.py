"""The resident's addresses, within a city."""

from django.urls import path

from ombud.web.resident import details, report, start, track

urlpatterns = [
    path("report/", start.start, name="report_start"),
    path("report/service/<str:code>/", start.service, name="report_service"),
    path("report/addresses/", report.addresses, name="report_addresses"),
    path("report/<uuid:draft_id>/place/", report.place, name="report_place"),
    path("report/<uuid:draft_id>/nearby/", report.nearby, name="report_nearby"),
    path("report/<uuid:draft_id>/details/", details.details, name="report_details"),
    path("report/<uuid:draft_id>/contact/", details.contact, name="report_contact"),
    path("report/<uuid:draft_id>/check/", report.check, name="report_check"),
    path("report/<uuid:draft_id>/send/", report.send, name="report_send"),
    path("find/", track.find, name="find_request"),
    path("r/<str:number>/", track.public, name="track"),
    path("r/<str:number>/<str:key>/", track.mine, name="track_secret"),
    path("r/<str:number>/<str:key>/say/", track.say, name="track_say"),
    path("r/<str:number>/<str:key>/not-fixed/", track.not_fixed, name="track_not_fixed"),
    path("r/<str:number>/<str:key>/rate/", track.rate, name="track_rate"),
    path("r/<str:number>/<str:key>/withdraw/", track.withdraw, name="track_withdraw"),
    path("r/<str:number>/follow/", track.follow, name="track_follow"),
    path("photo/<int:photo_id>/<str:size>/", track.photo, name="photo"),
    path("stop/<str:token>/", track.stop, name="stop_messages"),
]
