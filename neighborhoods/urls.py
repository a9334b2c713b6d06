"""Addresses of the electronic groups; `public_patterns` stand in both languages."""

from django.urls import path

from neighborhoods.views import callbacks, desks, followups, groups, practice, residents, stubs, visits

public_patterns = []

urlpatterns = [
    # visits
    path("giup/", visits.visit_start, name="visit_start"),
    path("giup/tim/", visits.visit_search, name="visit_search"),
    path("giup/khong-ten/", visits.visit_unnamed, name="visit_unnamed"),
    path("giup/hen/", followups.visit_followup_list, name="visit_followup_list"),
    path("giup/hen/<uuid:id>/", followups.visit_followup, name="visit_followup"),
    path("giup/luot/<uuid:id>/sua/", visits.help_correct, name="help_correct"),
    path("giup/<uuid:id>/", visits.visit_record, name="visit_record"),
    # groups and desks
    path("to-dan-pho/", groups.group_list, name="group_list"),
    path("to-dan-pho/<uuid:id>/", groups.group_detail, name="group_detail"),
    path("to-dan-pho/<uuid:id>/tim/", groups.group_people, name="group_people"),
    path("to-dan-pho/<uuid:id>/ap-phich.pdf", groups.group_poster, name="group_poster"),
    path("ban-ho-tro/", desks.desk_session, name="desk_session"),
    path("ban-ho-tro/dem/", desks.desk_tally, name="desk_tally"),
    path("ban-ho-tro/cac-buoi/", desks.desk_session_list, name="desk_session_list"),
    # people
    path("nguoi-dan/dong-y/", residents.resident_consent, name="resident_consent"),
    path("nguoi-dan/khong-ghi-ten/", residents.resident_refuse, name="resident_refuse"),
    path("nguoi-dan/moi/", residents.resident_create, name="resident_create"),
    path("nguoi-dan/<uuid:id>/", residents.resident_detail, name="resident_detail"),
    path("nguoi-dan/<uuid:id>/sua/", residents.resident_change, name="resident_change"),
    path("nguoi-dan/<uuid:id>/thoi/", residents.resident_leave, name="resident_leave"),
    path("nguoi-dan/<uuid:id>/phieu.pdf", stubs.stub_pdf, name="stub_pdf"),
    # call-backs
    path("goi-lai/", callbacks.callback_list, name="callback_list"),
    path("goi-lai/rut/", callbacks.callback_draw, name="callback_draw"),
    path("goi-lai/<uuid:id>/", callbacks.callback_do, name="callback_do"),
    # practice
    path("tap-lam/", practice.practice, name="practice"),
    path("tap-lam/thoi/", practice.practice_stop, name="practice_stop"),
    path("tap-lam/the-mau/", practice.practice_cards, name="practice_cards"),
]
