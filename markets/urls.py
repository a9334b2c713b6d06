"""Addresses of the market; `public_patterns` stand in both languages."""

from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from markets.views import cards, followups, imports, onboarding, prints, public, rounds, stalls

public_patterns = [
    path(_("cho/"), public.market_list, name="market_list"),
    path(_("kiem-tra-the/"), public.card_lookup, name="card_lookup"),
    # Printed on cards as /t/CODE, in either case, answered without a redirect.
    re_path(_(r"^[tT]/(?P<code>[^/]+)/bao/$"), public.card_report, name="card_report"),
    re_path(r"^[tT]/(?P<code>[^/]+)/?$", public.card_check, name="card_check"),
]

urlpatterns = [
    path("sap/", stalls.stall_list, name="stall_list"),
    path("sap/tim/", stalls.stall_search, name="stall_search"),
    path("sap/moi/", stalls.stall_create, name="stall_create"),
    path("sap/in-the/", cards.card_print_selected, name="card_print_selected"),
    path("sap/in-ca-cho/", prints.print_job_create, name="print_job_create"),
    path("sap/in-ca-cho/<uuid:id>/", prints.print_job_detail, name="print_job_detail"),
    path("sap/in-ca-cho/<uuid:id>/tien-do/", prints.print_job_progress, name="print_job_progress"),
    path("sap/in-ca-cho/<uuid:id>/tep.pdf", prints.print_job_pdf, name="print_job_pdf"),
    path("sap/nhap/", imports.import_create, name="import_create"),
    path("sap/nhap/mau.xlsx", imports.import_example, name="import_example"),
    path("sap/nhap/<uuid:id>/", imports.import_check, name="import_check"),
    path("sap/nhap/<uuid:id>/cot/", imports.import_columns, name="import_columns"),
    path("sap/nhap/<uuid:id>/gui-lai/", imports.import_again, name="import_again"),
    path("sap/nhap/<uuid:id>/can-sua.xlsx", imports.import_errors, name="import_errors"),
    path("sap/nhap/<uuid:id>/nhap-tat-ca/", imports.import_apply, name="import_apply"),
    path("sap/<uuid:id>/", stalls.stall_detail, name="stall_detail"),
    path("sap/<uuid:id>/sua/", stalls.stall_change, name="stall_change"),
    path("sap/<uuid:id>/thoi/", stalls.stall_leave, name="stall_leave"),
    path("sap/<uuid:id>/dong-y/", onboarding.stall_consent, name="stall_consent"),
    path("sap/<uuid:id>/khong-ghi-ten/", onboarding.stall_refuse, name="stall_refuse"),
    path("sap/<uuid:id>/chu-sap/", onboarding.stall_vendor, name="stall_vendor"),
    path("sap/<uuid:id>/tai-khoan/", onboarding.stall_account, name="stall_account"),
    path("sap/<uuid:id>/tai-khoan/doc-ma/", onboarding.account_read, name="account_read"),
    path("sap/<uuid:id>/the/", cards.stall_card, name="stall_card"),
    path("sap/<uuid:id>/the.pdf", cards.stall_card_pdf, name="stall_card_pdf"),
    path("sap/<uuid:id>/thay-the/", cards.card_replace, name="card_replace"),
    path("sap/<uuid:id>/dan/", cards.stall_post, name="stall_post"),
    path("sap/<uuid:id>/thu/", cards.stall_trial, name="stall_trial"),
    path("soi-the/", rounds.round_list, name="round_list"),
    path("soi-the/quet/", rounds.round_scan, name="round_scan"),
    path("soi-the/<uuid:id>/", rounds.card_inspect, name="card_inspect"),
    path("soi-the/<uuid:id>/bao/", rounds.reports_close, name="reports_close"),
    path("soi-the/ket-qua/<uuid:id>/", rounds.check_detail, name="check_detail"),
    path("soi-the/ket-qua/<uuid:id>/da-go/", rounds.check_removed, name="check_removed"),
    path("soi-the/ket-qua/<uuid:id>/them-anh/", rounds.check_photo_add, name="check_photo_add"),
    path("soi-the/ket-qua/<uuid:id>/anh/", rounds.evidence_photo, name="evidence_photo"),
    path("quay-lai/", followups.followup_list, name="followup_list"),
    path("quay-lai/<uuid:id>/", cards.followup_do, name="followup_do"),
]
