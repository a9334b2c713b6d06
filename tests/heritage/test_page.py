"""A site's public page: what it says, in which language, under which address, and what it weighs."""

import gzip

import pytest

from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return builders.make_site(slug="plei-oi", name="Plei Ơi", former_names="xã Ayun Hạ, huyện Phú Thiện")


def test_the_page_stands_under_its_address_in_both_languages(client, site):
    builders.make_edition(site=site)
    builders.make_edition(site=site, language="en")
    page = client.get("/di-tich/plei-oi/").content.decode()
    assert "Plei Ơi" in page
    page = client.get("/en/heritage/plei-oi/").content.decode()
    assert '<html lang="en">' in page
    print(page[20000:] or page)
