"""Addresses of the roof; `public_patterns` stand in both languages."""

from django.urls import path

from portal.home import reporting, upkeep, views

public_patterns = [path("", views.home, name="home")]

urlpatterns = [
    path("hom-nay/", views.today, name="today"),
    path("can-xu-ly/", upkeep.needs_hand, name="needs_hand"),
    path("viec-hang-dem/", upkeep.nightly_list, name="nightly_list"),
    path("bao-cao/sap/", reporting.market_report, name="market_report"),
    path("bao-cao/sap.xlsx", reporting.market_report_xlsx, name="market_report_xlsx"),
    path("bao-cao/di-tich/", reporting.heritage_report, name="heritage_report"),
    path("bao-cao/di-tich.xlsx", reporting.heritage_report_xlsx, name="heritage_report_xlsx"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
]
