"""Subtrees by path: a moved node takes its subtree along, filters are one prefix of an index."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from portal.organization.models import Area, Place, Unit
from tests.builders import commune, make_area, make_place, make_unit, make_user, province_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    """A branch, in a branch, in a commune's unit."""
    unit = make_unit(name="Đoàn xã Mẫu")
    middle = make_unit(kind=Unit.Kind.BRANCH, parent=unit, name="Chi đoàn Mẫu")
    return make_unit(kind=Unit.Kind.BRANCH, parent=middle, name="Phân đoàn Mẫu")


def path_by_parents(unit) -> str:
    above = path_by_parents(Unit.objects.get(pk=unit.parent_id)) if unit.parent_id else "/"
    return f"{above}{unit.pk}/"


def test_new_node_has_its_path(branch):
    assert branch.path == Unit.objects.get(pk=branch.pk).path == path_by_parents(branch)


def test_moved_node_takes_its_subtree_along(branch):
    middle, other = branch.parent, make_unit()
    middle.parent = other
    middle.save()
    branch.refresh_from_db()
    assert branch.path == path_by_parents(branch) == f"{other.path}{middle.pk}/{branch.pk}/"
    assert branch in Unit.objects.below(other)


def test_stale_instance_does_not_bring_an_old_path_back(branch):
    stale = Unit.objects.select_related("parent").get(pk=branch.pk)
    middle = Unit.objects.get(pk=branch.parent_id)
    middle.parent = make_unit()
    middle.save()
    stale.name = "Phân đoàn Mẫu 2"
    stale.save()
    branch.refresh_from_db()
    assert branch.path == stale.path == path_by_parents(branch)


def test_node_cannot_stand_under_itself(branch):
    top = Unit.objects.get(pk=branch.parent.parent_id)
    for parent in (top, branch):
        top.parent = parent
        with pytest.raises(ValidationError, match="dưới chính nó"):
            top.full_clean()
        with pytest.raises(ValidationError, match="dưới chính nó"):
            top.save()
    assert Unit.objects.get(pk=top.pk).parent == province_unit()


def test_bulk_rows_get_their_paths_in_one_statement(django_assert_num_queries):
    hamlets = [Area(name=f"Làng Mẫu {n}", kind_id="lang", parent=commune()) for n in range(3)]
    Area.objects.bulk_create(hamlets)
    with django_assert_num_queries(1):
        Area.objects.write_paths()
    assert Area.objects.below(commune()).count() == 4


def test_subtree_of_unit_1_is_not_that_of_unit_10():
    areas = [make_area(name=f"Xã Mẫu {n}", kind="xa") for n in range(12)]
    assert all(Area.objects.below(area).count() == 1 for area in areas)


def test_subtree_filter_reads_the_index_of_paths():
    hamlets = (Area(name=f"Làng Mẫu {n}", kind_id="lang", parent=commune()) for n in range(5000))
    Area.objects.bulk_create(hamlets)
    Area.objects.write_paths()
    make_place(name="Nhà rông Mẫu")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE organization_area")
    plan = Area.objects.below(commune("Xã Al Bá")).explain()
    assert "organization_area_path" in plan


def test_reach_is_part_of_the_query_and_no_list_of_ids():
    user = make_user(role="unit_secretary")
    sql = str(Place.objects.visible_to(user).query)
    assert "LIKE" in sql
    assert " IN (" not in sql.partition("WHERE")[2].replace('"id" IN (NULL)', "")


def test_area_cannot_end_before_it_starts():
    with pytest.raises(IntegrityError, match="ends_after_start"):
        make_area(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 31))


def test_both_days_belong_to_the_period():
    area = make_area(starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [area in Area.objects.valid_on(day) for day in days] == [False, True, True, False]
    assert [area.is_valid_on(day) for day in days] == [False, True, True, False]
