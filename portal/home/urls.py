"""Addresses of the roof; `public_patterns` stand in both languages, `field_patterns` in the field area."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from portal.home import breach, reporting, requests, stubs, upkeep, views

public_patterns = [
    path("", views.home, name="home"),
    path(_("phieu/<str:code>/"), stubs.stub_page, name="stub_page"),
]

field_patterns = [path("hom-nay/", views.today, name="today")]

urlpatterns = [
    path("can-xu-ly/", upkeep.needs_hand, name="needs_hand"),
    path("viec-hang-dem/", upkeep.nightly_list, name="nightly_list"),
    path("bao-cao/sap/", reporting.market_report, name="market_report"),
    path("bao-cao/sap.xlsx", reporting.market_report_xlsx, name="market_report_xlsx"),
    path("bao-cao/di-tich/", reporting.heritage_report, name="heritage_report"),
    path("bao-cao/di-tich.xlsx", reporting.heritage_report_xlsx, name="heritage_report_xlsx"),
    path("bao-cao/to-dan-pho/", reporting.group_report, name="group_report"),
    path("bao-cao/to-dan-pho.xlsx", reporting.group_report_xlsx, name="group_report_xlsx"),
    path("bao-cao/to-chua-toi/", reporting.unreached_list, name="unreached_list"),
    path("bao-cao/to-chua-toi.xlsx", reporting.unreached_list_xlsx, name="unreached_list_xlsx"),
    path("bao-cao/doi-giup/", reporting.team_league, name="team_league"),
    path("bao-cao/doi-giup.xlsx", reporting.team_league_xlsx, name="team_league_xlsx"),
    # the person's rights
    path("yeu-cau/", requests.request_list, name="request_list"),
    path("yeu-cau/moi/", requests.request_create, name="request_create"),
    path("yeu-cau/<uuid:id>/", requests.request_detail, name="request_detail"),
    path("yeu-cau/<uuid:id>/tim/", requests.request_find, name="request_find"),
    path("yeu-cau/<uuid:id>/chon/", requests.request_choose, name="request_choose"),
    path("yeu-cau/<uuid:id>/buoc/<str:step>/", requests.request_step, name="request_step"),
    path("yeu-cau/<uuid:id>/ban-sao.<str:kind>", requests.request_copy, name="request_copy"),
    path("yeu-cau/<uuid:id>/xoa/", requests.request_erase, name="request_erase"),
    path("yeu-cau/<uuid:id>/dong/", requests.request_close, name="request_close"),
    path("su-co/", breach.breach, name="breach"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
]
