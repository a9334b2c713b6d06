"""What a phone may keep of a site, and the worker that keeps it."""

import pytest
from django.contrib.staticfiles import finders

from tests.builders import commune, make_edition, make_picture, make_plaque, make_site

pytestmark = pytest.mark.django_db


def test_parcel_holds_every_language_and_each_picture_once(client):
    site = make_site()
    make_picture(site=site, alts={"vi": "Hồ", "en": "Lake"})
    for language in ("vi", "en", "jra"):
        make_edition(site=site, language=language)
    code = make_plaque(site=site).code_id
    found = client.get(f"/di-tich/{site.slug}/luu.json").json()
    (kept,) = found["sites"]
    assert kept["codes"] == [code]
    assert kept["pages"] == {
        "vi": f"/di-tich/{site.slug}/",
        "en": f"/en/heritage/{site.slug}/",
        "jra": f"/di-tich/{site.slug}/jra/",
    }
    assert len(kept["files"]) == 1
    for address in [*kept["pages"].values(), *kept["files"][0]]:
        assert client.get(address).status_code == 200
    weight = sum(
        len(client.get(address, headers={"accept-encoding": "gzip"}).content)
        for address in [*kept["pages"].values(), kept["files"][0][0]]
    )
    (choice,) = found["choices"]
    assert (choice["label"], choice["size"]) == ("Lưu di tích này", f"{round(weight / 1000)}\u00a0KB")


def test_all_sites_of_a_commune_are_one_choice(client):
    area = commune("Phường Pleiku")
    sites = [make_site(areas=[area]) for _ in range(3)]
    elsewhere, silent = make_site(areas=[commune("Phường Quy Nhơn")]), make_site(areas=[area])
    for site in (*sites, elsewhere):
        make_edition(site=site)
    found = client.get(f"/en/heritage/{sites[0].slug}/save.json").json()
    assert [choice["label"] for choice in found["choices"]] == [
        "Save this site",
        "Save all 3 sites in Pleiku ward",
    ]
    assert {site["slug"] for site in found["sites"]} == {site.slug for site in sites}
    assert set(found["choices"][1]["sites"]) == {site.slug for site in sites}
    assert client.get(f"/di-tich/{silent.slug}/luu.json").status_code == 404


def test_new_edition_or_plaque_shows_in_the_parcel(client):
    site = make_site()
    make_edition(site=site)
    seen = {client.get(f"/di-tich/{site.slug}/luu.json").content}
    for change in (lambda: make_edition(site=site), lambda: make_plaque(site=site)):
        change()
        seen.add(client.get(f"/di-tich/{site.slug}/luu.json").content)
    assert len(seen) == 3


def test_worker_stands_at_the_root_and_may_be_replaced_any_day(client):
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert b"/tep/" in response.content


def test_the_page_s_script_is_light():
    with open(finders.find("js/heritage.js"), "rb") as file:
        assert len(file.read()) <= 5_000


def test_page_offers_to_keep_itself_only_by_script(client):
    site = make_site()
    make_edition(site=site, language="en")
    page = client.get(f"/en/heritage/{site.slug}/").content.decode()
    assert f'hidden data-save-offline="/en/heritage/{site.slug}/save.json"' in page
