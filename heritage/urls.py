"""Addresses of the heritage room; `public_patterns` stand in both languages."""

from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from heritage.views import (
    corrections,
    desk,
    media,
    offline,
    pictures,
    plaque_page,
    plaque_rounds,
    plaques,
    public,
)

PLAQUE = r"^[hH]/(?P<code>[^/]+)"  # small and capital: printed codes are capitals

# What phones scan; stands before all other addresses of the portal, which Django tries one after the other.
scanned_patterns = [
    re_path(PLAQUE + r"/?$", plaque_page.plaque_page, name="plaque_page"),
    re_path(
        PLAQUE + r"/(?P<language>(?i:vi|en|jra|bdq))/?$", plaque_page.plaque_page, name="plaque_page_language"
    ),
]

public_patterns = [
    path(_("di-tich/gop-y/<uuid:id>/"), corrections.correction_detail, name="correction_detail"),
    path(_("di-tich/<slug:slug>/gop-y/"), corrections.heritage_correct, name="heritage_correct"),
    path(_("di-tich/<slug:slug>/luu.json"), offline.heritage_offline, name="heritage_offline"),
    re_path(r"^[hH]/?$", plaque_page.plaque_lookup, name="plaque_lookup"),  # as the plaque has it
    path("h/", plaque_page.plaque_lookup, name="plaque_lookup"),
    path(_("di-tich/"), public.heritage_list, name="heritage_list"),
    path(_("di-tich/<slug:slug>/"), public.heritage_site, name="heritage_site"),
    re_path(
        _(r"^di-tich/(?P<slug>[-a-zA-Z0-9_]+)/(?P<language>vi|en|jra|bdq)/$"),
        public.heritage_site_language,
        name="heritage_site_language",
    ),
]

urlpatterns = [
    re_path(r"^di-tich/du-lieu\.(?P<kind>geojson|csv|xml)$", public.heritage_export, name="heritage_export"),
    path("sitemap.xml", public.sitemap, name="sitemap"),
    path("robots.txt", public.robots, name="robots"),
    re_path(
        r"^tep/(?P<name>[0-9a-f]{8,35}\.(?:avif|webp|jpg|mp3|m4a|ogg))$", media.media_file, name="media_file"
    ),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("bien-tap/", desk.desk_list, name="desk_list"),
    path("bien-tap/<uuid:id>/", desk.desk_site, name="desk_site"),
    path("bien-tap/<uuid:id>/viet/", desk.desk_edit, name="desk_edit"),
    path("bien-tap/<uuid:id>/gui/<str:language>/", desk.desk_send, name="desk_send"),
    path("bien-tap/<uuid:id>/xem/<str:language>/", desk.desk_preview, name="desk_preview"),
    path("bien-tap/<uuid:id>/xem/<str:language>/trang/", desk.desk_preview_page, name="desk_preview_page"),
    path("bien-tap/<uuid:id>/anh/", pictures.picture_list, name="picture_list"),
    path("bien-tap/<uuid:id>/anh/them/", pictures.picture_add, name="picture_add"),
    path("bien-tap/<uuid:id>/ban-thu/them/", pictures.recording_add, name="recording_add"),
    path("bien-tap/anh/<uuid:id>/", pictures.picture_detail, name="picture_detail"),
    path("bien-tap/anh/<uuid:id>/tien-do/", pictures.picture_progress, name="picture_progress"),
    path("bien-tap/anh/<uuid:id>/lam-lai/", pictures.picture_again, name="picture_again"),
    path("bien-tap/anh/<uuid:id>/thay/", pictures.picture_replace, name="picture_replace"),
    path("bien-tap/anh/<uuid:id>/xoa/", pictures.picture_remove, name="picture_remove"),
    path("bien-tap/anh/<uuid:id>/goc/", pictures.picture_original, name="picture_original"),
    path("bien-tap/ban-thu/<uuid:id>/", pictures.recording_detail, name="recording_detail"),
    path("bien-tap/ban-thu/<uuid:id>/xoa/", pictures.recording_remove, name="recording_remove"),
    path("bien-tap/ban/<uuid:id>/", desk.edition_detail, name="edition_detail"),
    path("bien-tap/ban/<uuid:id>/xem/", desk.edition_preview, name="edition_preview"),
    path("bien-tap/ban/<uuid:id>/xem/trang/", desk.edition_preview_page, name="edition_preview_page"),
    path("bien-tap/ban/<uuid:id>/<str:step>/", desk.edition_step, name="edition_step"),
    path("bien/", plaques.plaque_list, name="plaque_list"),
    path("bien/moi/", plaques.plaque_create, name="plaque_create"),
    path("bien/<uuid:id>/", plaques.plaque_detail, name="plaque_detail"),
    path("bien/<uuid:id>/sua/", plaques.plaque_change, name="plaque_change"),
    path("bien/<uuid:id>/lap-ban-in/", plaques.plaque_print, name="plaque_print"),
    re_path(r"^bien/(?P<id>[0-9a-f-]{36})/(?P<kind>in|thu)\.pdf$", plaques.plaque_pdf, name="plaque_pdf"),
    path("bien/<uuid:id>/gan/", plaques.plaque_mount, name="plaque_mount"),
    path("bien/<uuid:id>/go/", plaques.plaque_remove, name="plaque_remove"),
    path("bien/<uuid:id>/anh/", plaques.plaque_photo, name="plaque_photo"),
    path("soi-bien/", plaque_rounds.plaque_round_list, name="plaque_round_list"),
    path("soi-bien/<uuid:id>/", plaque_rounds.plaque_check, name="plaque_check"),
    path("soi-bien/anh/<uuid:id>/", plaque_rounds.plaque_check_photo, name="plaque_check_photo"),
    path("gop-y/", corrections.correction_list, name="correction_list"),
    path("gop-y/<uuid:id>/", corrections.correction_answer, name="correction_answer"),
]
