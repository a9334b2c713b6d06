"""Every address of the portal. Paths are Vietnamese; public pages stand in English under /en/ too."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

import heritage.urls
import markets.urls
import neighborhoods.urls
import portal.accounts.urls
import portal.home.urls

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.page_not_found"
handler500 = "portal.errors.server_error"

urlpatterns = [
    *heritage.urls.scanned_patterns,
    # Public pages are asked for most, and Django tries one address after the other.
    *i18n_patterns(
        path("", include(portal.home.urls.public_patterns)),
        path("", include(portal.accounts.urls.public_patterns)),
        path("", include(markets.urls.public_patterns)),
        path("", include(heritage.urls.public_patterns)),
        path("", include(neighborhoods.urls.public_patterns)),
        prefix_default_language=False,
    ),
    # The field area: one prefix, which a tablet's service worker answers for (portal/field).
    path(
        "viec/",
        include(
            [
                path("", include(portal.home.urls.field_patterns)),
                path("", include("markets.urls")),
                path("", include("neighborhoods.urls")),
                path("", include("portal.field.urls")),
            ]
        ),
    ),
    path("", include("portal.home.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.privacy.urls")),
    path("", include("heritage.urls")),
    path("quan-tri/", admin.site.urls),
]
