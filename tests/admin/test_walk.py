"""Every page of the admin opens, for every staff role, and a row out of reach is a 404."""

import pytest
from django.contrib import admin

from portal.organization.models import AreaSuccession
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db

STAFF = ["unit_secretary", "province_staff", "auditor", "administrator"]
REGISTERS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("role", STAFF)
def test_every_list_opens_for_all_staff(role):
    builders.make_report()
    builders.make_followup()
    client = enter(role)
    assert client.get("/quan-tri/").status_code == 200
    for model in REGISTERS:
        assert client.get(at(model)).status_code == 200, model


def test_a_line_of_an_inline_points_to_its_page_and_to_nothing_else():
    """No select of every area or consent where the key of the page itself belongs."""
    client = enter("administrator")
    succession = AreaSuccession.objects.first()
    consent = builders.make_consent()
    for row, name in (
        (succession.predecessor, "passings-0-predecessor"),
        (consent, "consentpurpose_set-0-consent"),
    ):
        page = client.get(at(type(row), "change", row.pk)).text
        assert f'<select name="{name}"' not in page


def test_the_way_out_of_the_admin_is_a_post_and_a_link_to_it_leads_back():
    client = enter("province_staff")
    answer = client.get("/quan-tri/logout/", follow=True)
    assert answer.redirect_chain == [("/quan-tri/", 302)]
    assert "Bạn vẫn đang đăng nhập" in answer.text
    answer = client.post("/quan-tri/logout/")
    assert (answer.status_code, answer.url) == (302, "/dang-nhap/")
    assert client.get("/quan-tri/").status_code == 302
