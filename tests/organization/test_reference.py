"""Reference data: areas before and after 1-7-2025, their passing, the 142 units; what loading again does."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from markets.models import Goods
from portal.organization.models import Area, AreaKind, AreaSuccession, Unit
from tests.builders import commune, former_commune, make_area

pytestmark = pytest.mark.django_db
BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)
LEVEL = AreaKind.Level


def count(level, day) -> int:
    return Area.objects.valid_on(day).filter(kind__level=level).count()


def test_thirty_june_2025_has_two_provinces_28_districts_and_373_communes():
    assert [count(level, BEFORE) for level in LEVEL] == [2, 28, 373, 0]
    assert not Area.objects.valid_on(BEFORE).exclude(starts_on=None).exists()  # their beginning is open


def test_since_july_2025_there_are_135_communes_and_no_districts():
    assert [count(level, SINCE) for level in LEVEL] == [1, 0, 135, 0]


def test_every_commune_of_today_has_a_centre_and_a_surface():
    found = Area.objects.communes().today()
    assert found.filter(latitude__range=(12.9, 14.8), longitude__range=(107.2, 109.4)).count() == 135
    assert found.filter(surface_km2__gt=0).count() == 135


def test_every_former_commune_passes_into_exactly_one_default():
    former = AreaSuccession.objects.filter(predecessor__kind__level=LEVEL.COMMUNE)
    assert former.values("predecessor").distinct().count() == 373
    assert former.filter(is_default=True).count() == 373
    assert former.filter(how="part").values("predecessor").distinct().count() == 3


def test_both_provinces_pass_into_the_new_one():
    passed = AreaSuccession.objects.filter(predecessor__kind__level=LEVEL.PROVINCE, on=SINCE)
    assert {(row.predecessor.code, row.successor.code, row.how) for row in passed} == {
        ("64", "52", "whole"),
        ("52", "52", "whole"),
    }


def test_code_23575_means_another_place_on_another_day():
    named = {day: Area.objects.valid_on(day).get(code="23575").name for day in (BEFORE, SINCE)}
    assert named == {BEFORE: "Phường Tây Sơn", SINCE: "Phường Pleiku"}


def test_paths_lead_from_the_province_through_the_district():
    area = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    district = area.parent
    assert area.path == f"/{district.parent_id}/{district.pk}/{area.pk}/"
    assert not Area.objects.filter(path="").exists()
    assert not Unit.objects.filter(path="").exists()


def test_union_has_a_province_135_commune_units_and_six_equivalents():
    kinds = [Unit.objects.today().filter(kind=kind).count() for kind in Unit.Kind]
    assert kinds == [1, 135, 6, 0]
    province = Unit.objects.get(kind=Unit.Kind.PROVINCE)
    assert Unit.objects.below(province).count() == 142
    assert Unit.objects.get(area=commune("Xã Al Bá")).name == "Đoàn xã Al Bá"


def test_kinds_below_the_commune_are_data():
    names = set(AreaKind.objects.filter(level=LEVEL.HAMLET).values_list("name", flat=True))
    assert {"Thôn", "Làng", "Tổ dân phố", "Khu phố", "Khu dân cư"} <= names


def all_rows() -> dict:
    tables = ["area", "areakind", "areasuccession", "unit"]
    rows = {}
    with connection.cursor() as cursor:
        for table in [*(f"organization_{t}" for t in tables), "markets_goods", "privacy_notice"]:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


def test_loading_again_changes_nothing():
    before = all_rows()
    call_command("load_reference", verbosity=0)
    assert all_rows() == before


def test_loading_again_keeps_what_staff_corrected():
    Area.objects.filter(pk=commune("Xã Al Bá").pk).update(ends_on=date(2031, 12, 31), latitude=13.5)
    Unit.objects.filter(name="Đoàn Khối cơ quan").update(name="Đoàn Khối các cơ quan tỉnh")
    Goods.objects.filter(code="rau").update(name="Rau các loại")
    hamlet = make_area(name="Tổ dân phố Mẫu 1", kind="to-dan-pho", code="23575", parent=commune())
    before = all_rows()
    call_command("load_reference", verbosity=0)
    assert all_rows() == before
    assert Area.objects.get(pk=hamlet.pk).path == f"{commune().path}{hamlet.pk}/"


def test_loading_again_brings_back_what_is_missing(django_assert_max_num_queries):
    Unit.objects.filter(name="Đoàn xã Al Bá").delete()
    Goods.objects.filter(code="hoa").delete()
    with django_assert_max_num_queries(40):
        call_command("load_reference", verbosity=0)
    assert Unit.objects.get(name="Đoàn xã Al Bá").path
    assert Goods.objects.filter(code="hoa").exists()


def test_whole_heir_must_be_the_default():
    passing = AreaSuccession.objects.filter(how="whole").first()
    with pytest.raises(IntegrityError, match="whole_is_default"), transaction.atomic():
        AreaSuccession.objects.filter(pk=passing.pk).update(is_default=False)


def test_only_one_heir_is_the_default():
    parts = AreaSuccession.objects.filter(how="part", is_default=False)
    with pytest.raises(IntegrityError, match="one_default"), transaction.atomic():
        parts.update(is_default=True)
