"""Addresses of the ground: coming in, people, shifts, the place of work."""

from django.urls import path, re_path

from portal.accounts.views import badges, entrance, people, places, second_factor, shifts

# Printed on badges in capitals, answered in either case without a redirect.
public_patterns = [re_path(r"^[bB]/(?P<code>[^/]+)/?$", badges.badge_check, name="badge_check")]

urlpatterns = [
    path("dang-nhap/", entrance.login, name="login"),
    path("dang-xuat/", entrance.logout, name="logout"),
    path("dang-nhap/gui-lai/", entrance.kept_resend, name="kept_resend"),
    path("dang-nhap/ma/", second_factor.otp_verify, name="otp_verify"),
    path("dang-nhap/thiet-lap/", second_factor.otp_setup, name="otp_setup"),
    path("dang-nhap/ma-du-phong/", second_factor.otp_recovery, name="otp_recovery"),
    path("khoa/", entrance.lock, name="lock"),
    path("ma-pin/", entrance.pin_set, name="pin_set"),
    path("moi/<str:token>/", entrance.link_use, name="link_use"),
    path("vao-ca/", shifts.shift_join, name="shift_join"),
    path("vao-ca/<str:code>/", shifts.shift_join, name="shift_join"),
    path("ca/", shifts.shift_list, name="shift_list"),
    path("ca/moi/", shifts.shift_create, name="shift_create"),
    path("ca/<uuid:id>/", shifts.shift_detail, name="shift_detail"),
    path("ca/<uuid:id>/dong/", shifts.shift_close, name="shift_close"),
    path("ca/<uuid:id>/cho-thoi/<int:entry_id>/", shifts.entry_revoke, name="entry_revoke"),
    path("ca/<uuid:id>/the/", badges.shift_badges, name="shift_badges"),
    path("doi-noi/", places.place_choose, name="place_choose"),
    path("nguoi/", people.people_list, name="people_list"),
    path("nguoi/moi/", people.people_invite, name="people_invite"),
    path("nguoi/<int:id>/", people.people_detail, name="people_detail"),
    path("nguoi/<int:id>/dat-lai/", people.people_reset, name="people_reset"),
    path("nguoi/<int:id>/thu-hoi/", people.people_revoke, name="people_revoke"),
    path("nguoi/<int:id>/the/", badges.badge_detail, name="badge_detail"),
    path("nguoi/<int:id>/the/thay/", badges.badge_replace, name="badge_replace"),
    path("nguoi/<int:id>/the/bo-anh/", badges.badge_photo_remove, name="badge_photo_remove"),
    path("nguoi/<int:id>/the/anh.jpg", badges.badge_portrait, name="badge_portrait"),
    path("nguoi/<int:id>/the/tep.pdf", badges.badge_pdf, name="badge_pdf"),
    re_path(r"^[bB]/(?P<code>[^/]+)/anh\.jpg$", badges.badge_photo, name="badge_photo"),
    path("nguoi/vai-tro/<int:id>/thoi/", people.role_end, name="role_end"),
]
