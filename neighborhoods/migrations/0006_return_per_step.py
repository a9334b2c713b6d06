"""Each unfinished step of a person has an appointment of its own; a resident who died is said to have passed."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

LEAVING = [
    ("moved", "Chuyển đi nơi khác"),
    ("died", "Đã qua đời"),
    ("mistake", "Ghi nhầm, ghi trùng"),
    ("withdrew", "Rút lại sự đồng ý"),
]


def keep_one_a_person(apps, schema_editor):
    """Back where a person had one open appointment: the first of them stays."""
    rows = apps.get_model("neighborhoods", "FollowUp").objects.filter(done_at=None, kind="return")
    before = rows.filter(resident=OuterRef("resident")).filter(
        Q(due_on__lt=OuterRef("due_on")) | Q(due_on=OuterRef("due_on"), pk__lt=OuterRef("pk"))
    )
    rows.filter(Exists(before)).delete()


def once(fields, condition, name, words):
    constraint = models.UniqueConstraint(
        fields=fields, condition=condition, name=name, violation_error_message=words
    )
    return migrations.AddConstraint(model_name="followup", constraint=constraint)


class Migration(migrations.Migration):
    dependencies = [("neighborhoods", "0005_followup_done")]
    operations = [
        migrations.RemoveConstraint(model_name="followup", name="neighborhoods_followup_open_once"),
        migrations.RunPython(migrations.RunPython.noop, keep_one_a_person),
        once(
            ["resident", "kind"],
            Q(done_at=None) & ~Q(kind="return"),
            "neighborhoods_followup_open_once",
            "Người này đã có hẹn đó.",
        ),
        once(
            ["resident", "step"],
            Q(done_at=None, kind="return"),
            "neighborhoods_followup_return_once",
            "Người này đã có hẹn làm tiếp việc đó.",
        ),
        *(
            migrations.AlterField(
                model_name=model,
                name="left_why",
                field=models.CharField(blank=True, choices=LEAVING, max_length=8, verbose_name="vì sao"),
            )
            for model in ("resident", "residentevent")
        ),
    ]
