"""The register of sites: what may no longer change."""

import pytest
from django.urls import reverse

from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db


def test_the_slug_stays_once_an_edition_carries_it():
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    draft, sent = builders.make_site(), builders.make_site()
    builders.make_edition(site=sent)
    for site, is_open in ((draft, True), (sent, False)):
        page = client.get(reverse("admin:heritage_site_change", args=[site.pk]))
        assert page.status_code == 200
        assert ('name="slug"' in page.text) is is_open
        assert site.slug in page.text
    assert client.get(reverse("admin:heritage_site_add")).status_code == 200
