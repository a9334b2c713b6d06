"""Relations go one way, as imports do: a string in a ForeignKey crosses a border that no linter sees."""

import pytest
from django.apps import apps
from django.conf import settings

PROGRAMMES = ["markets", "heritage", "neighborhoods", "members"]
# From the roof down; a model points to its own layer or a lower one, programmes never to each other.
LAYERS = [
    ["portal", "home"],
    PROGRAMMES,
    ["field"],
    ["accounts"],
    ["privacy"],
    ["organization"],
    ["codes", "printing"],
]
ALLOWED = {settings.AUTH_USER_MODEL}  # who did it: every room may point to the user
RANK = {label: rank for rank, labels in enumerate(LAYERS) for label in labels}
OURS = [
    model for model in apps.get_models(include_auto_created=True) if model.__module__.split(".")[0] in
    {"portal", *PROGRAMMES}
]  # fmt: skip


def points_to(model) -> set:
    """The models that a model's own columns and links name."""
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return {field.related_model for field in fields if field.is_relation and field.related_model}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_relations_point_to_the_same_or_a_lower_layer(model):
    own = model._meta.app_label
    for target in points_to(model) - {model}:
        other = target._meta.app_label
        if other == own or target._meta.label in ALLOWED or other not in RANK:  # such as pghistory's context
            continue
        assert RANK[other] > RANK[own], f"{model._meta.label} points up or sideways to {target._meta.label}"


def test_every_room_has_its_layer():
    assert {model._meta.app_label for model in OURS} <= set(RANK)
    assert len(OURS) > 30  # with the histories
