"""Addresses of the outbox, all in the field area."""

from django.urls import path

from portal.field.views import outbox, review, slips, tablets

urlpatterns = [
    path("phieu/", slips.slip_list, name="slip_list"),
    path("phieu/<slug:code>/", slips.slip, name="slip"),
    path("hop-gui/", outbox.outbox, name="outbox"),
    path("hop-gui/tep/", outbox.outbox_upload, name="outbox_upload"),
    path("hop-gui/phien/", tablets.tablet_session, name="tablet_session"),
    path("hop-gui/goi/", tablets.tablet_parcel, name="tablet_parcel"),
    path("hop-gui/may/", tablets.tablet_tell, name="tablet_tell"),
    path("hop-gui/phieu/<uuid:id>/", tablets.envelope_receive, name="envelope_receive"),
    path("can-xem/", review.review_list, name="review_list"),
    path("can-xem/<uuid:id>/", review.review, name="review"),
    path("can-xem/<uuid:id>/bo/", review.review_drop, name="review_drop"),
    path("can-xem/<uuid:id>/da-xem/", review.flag_seen, name="flag_seen"),
    path("can-xem/may/<slug:device>/da-xu-ly/", review.tablet_settle, name="tablet_settle"),
    path("sw.js", tablets.field_worker, name="field_worker"),
    path("thanh-nien-so.webmanifest", tablets.field_manifest, name="field_manifest"),
]
