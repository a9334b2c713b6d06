"""Where the public finds a site: one canonical address for each of its languages, and the plaque's own.

Paths are given without the host; `absolute` puts the portal's public address before one.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

INTERFACE = ("vi", "en")  # languages whose addresses Django translates; all others are languages of content


def site_address(slug: str, language: str = "vi") -> str:
    """/di-tich/<slug>/, /en/heritage/<slug>/ or /di-tich/<slug>/jra/."""
    with override(language if language in INTERFACE else "vi"):
        if language in INTERFACE:
            return reverse("heritage_site", args=[slug])
        return reverse("heritage_site_language", args=[slug, language])


def plaque_address(code: str, language: str = "") -> str:
    """/h/<CODE>, or /h/<CODE>/<language>/ where somebody chose one."""
    return f"/h/{code}/{language}/" if language else f"/h/{code}"


def correction_address(slug: str, language: str = "vi") -> str:
    """The form for what is wrong on a site's page, in the language of the interface that fits.

    A language of content stands behind it, so that the remark is filed with the text it speaks of.
    """
    with override(language if language in INTERFACE else "vi"):
        query = None if language in INTERFACE else {"lang": language}
        return reverse("heritage_correct", args=[slug], query=query)


def offline_address(slug: str, language: str = "vi") -> str:
    """What there is to keep of a site for reading without network, told in the language that fits."""
    with override(language if language in INTERFACE else "vi"):
        return reverse("heritage_offline", args=[slug])


def media_address(name: str) -> str:
    """A picture's size or a recording, under the hash of its bytes."""
    return reverse("media_file", args=[name])


def list_address(language: str = "vi") -> str:
    """The list of all sites, in the language of the interface that fits a page in `language`."""
    with override(language if language in INTERFACE else "vi"):
        return reverse("heritage_list")


def home_address(language: str = "vi") -> str:
    """The portal's public start, as `list_address`."""
    with override(language if language in INTERFACE else "vi"):
        return reverse("home")


def absolute(path: str) -> str:
    """The whole address, for what leaves the portal: canonical links, data, cards to share."""
    return settings.PUBLIC_URL + path
