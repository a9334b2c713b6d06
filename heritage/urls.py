"""Addresses of the heritage room; `public_patterns` stand in both languages."""

from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from heritage.views import public

public_patterns = [
    path(_("di-tich/"), public.heritage_list, name="heritage_list"),
    path(_("di-tich/<slug:slug>/"), public.heritage_site, name="heritage_site"),
    re_path(
        _(r"^di-tich/(?P<slug>[-a-zA-Z0-9_]+)/(?P<language>vi|en|jra|bdq)/$"),
        public.heritage_site_language,
        name="heritage_site_language",
    ),
]

urlpatterns = []
