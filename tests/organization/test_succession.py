"""Where an area of one day lies on another, and who carries on a unit; each answer is one query."""

from datetime import date

import pytest

from portal.organization.models import Area, AreaSuccession, Unit, UnitSuccession
from tests.builders import commune, former_commune, make_area, make_unit

pytestmark = pytest.mark.django_db
IN_2023 = date(2023, 12, 3)
LATER = date(2026, 11, 22)


def names(areas) -> list[str]:
    return [area.name for area in areas]


def test_phuong_hoa_lu_lies_in_phuong_pleiku_today(django_assert_num_queries):
    hoa_lu = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    with django_assert_num_queries(1):
        assert names(Area.objects.following(hoa_lu, on=LATER)) == ["Phường Pleiku"]


def test_phuong_pleiku_consisted_of_five_communes_in_2023(django_assert_num_queries):
    pleiku = commune("Phường Pleiku")
    with django_assert_num_queries(1):
        found = names(Area.objects.preceding(pleiku, on=IN_2023))
    assert found == ["Phường Hoa Lư", "Phường Hội Thương", "Phường Phù Đổng", "Phường Tây Sơn", "Xã Trà Đa"]


def test_area_is_its_own_heir_while_it_stands():
    hoa_lu = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    assert names(Area.objects.following(hoa_lu, on=IN_2023)) == ["Phường Hoa Lư"]
    assert names(Area.objects.preceding(commune(), on=LATER)) == ["Phường Pleiku"]


@pytest.mark.parametrize(
    ("name", "district", "heirs", "default"),
    [
        ("Xã An Nghĩa", "Huyện An Lão", ["Xã An Hòa", "Xã An Toàn"], "Xã An Hòa"),
        ("Xã Canh Liên", "Huyện Vân Canh", ["Xã Canh Liên", "Xã Canh Vinh"], "Xã Canh Liên"),
        ("Xã Canh Hiệp", "Huyện Vân Canh", ["Xã Canh Vinh", "Xã Vân Canh"], "Xã Canh Vinh"),
    ],
)
def test_divided_commune_has_two_heirs_and_one_default(name, district, heirs, default):
    divided = former_commune(name, district)
    assert names(Area.objects.following(divided, on=LATER)) == heirs
    assert names(Area.objects.default_following(divided, on=LATER)) == [default]


def test_district_is_followed_into_communes():
    dak_po = Area.objects.search("huyện Đăk Pơ").get()
    found = Area.objects.following(dak_po, on=LATER)
    assert names(found) == ["Phường An Bình", "Xã Đak Pơ", "Xã Ya Hội"]


def test_province_of_today_consisted_of_all_373_communes():
    province = Area.objects.today().get(kind="tinh")
    assert Area.objects.preceding(province, on=IN_2023).count() == 373


def test_names_are_found_without_accents_and_by_old_names():
    assert names(Area.objects.search("dak po")) == [
        "Huyện Đăk Pơ",
        "Thị trấn Đak Pơ",
        "Xã Đak Pơ",
        "Xã Đăk Pơ Pho",
    ]
    assert names(Area.objects.search("HUYEN DAK PO")) == ["Huyện Đăk Pơ"]


@pytest.mark.parametrize(
    ("typed", "lies"),
    [
        ("hoa lu", ["Phường Pleiku"]),
        ("huyện Đăk Pơ", ["Phường An Bình", "Xã Đak Pơ", "Xã Ya Hội"]),
        ("phuong tra ba", ["Phường Hội Phú"]),
        ("không có nơi này", []),
        ("100%", []),
    ],
)
def test_old_name_leads_to_the_communes_of_today(typed, lies, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert names(Area.objects.known_as(typed, on=LATER)) == lies


def test_successions_are_followed_through_two_redrawings():
    pleiku, after = commune(), make_area(name="Phường Mẫu Tương Lai", starts_on=date(2031, 1, 1))
    Area.objects.filter(pk=pleiku.pk).update(ends_on=date(2030, 12, 31))
    AreaSuccession.objects.create(
        predecessor=pleiku, successor=after, on=date(2031, 1, 1), how="whole", is_default=True
    )
    hoa_lu = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    assert names(Area.objects.following(hoa_lu, on=LATER)) == ["Phường Pleiku"]
    assert names(Area.objects.following(hoa_lu, on=date(2031, 1, 1))) == ["Phường Mẫu Tương Lai"]
    assert "Phường Hoa Lư" in names(Area.objects.preceding(after, on=IN_2023))
    assert names(Area.objects.preceding(after, on=LATER)) == ["Phường Pleiku"]


def test_closed_unit_is_carried_on_by_its_successor(django_assert_num_queries):
    closed = make_unit(name="Đoàn xã Mẫu Cũ", ends_on=date(2025, 6, 30))
    make_unit(name="Chi đoàn Mẫu", kind=Unit.Kind.BRANCH, parent=closed)
    heir = make_unit(name="Đoàn phường Mẫu Mới", starts_on=date(2025, 7, 1))
    UnitSuccession.objects.create(predecessor=closed, successor=heir, on=date(2025, 7, 1))
    with django_assert_num_queries(2):
        assert names(Unit.objects.following(closed, on=LATER)) == ["Đoàn phường Mẫu Mới"]
        assert names(Unit.objects.preceding(heir, on=IN_2023)) == ["Đoàn xã Mẫu Cũ"]
    assert names(Unit.objects.following(heir, on=LATER)) == ["Đoàn phường Mẫu Mới"]
