"""Room for rounds: where a look was, whether the strange code is gone, and cards found by what they say."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.privacy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("markets", "0004_print_jobs"),
        ("privacy", "0003_sealedfile"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="cardcheck",
            name="market",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="card_checks",
                to="markets.market",
                verbose_name="chợ",
            ),
        ),
        migrations.AddField(
            model_name="cardcheck",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="gỡ mã lạ lúc"),
        ),
        migrations.AddField(
            model_name="cardcheck",
            name="removed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="người gỡ",
            ),
        ),
        migrations.AddField(
            model_name="stallcard",
            name="payload_index",
            field=portal.privacy.fields.BlindIndexField(
                db_index=False, null=True, source="payload", verbose_name="dấu nội dung mã"
            ),
        ),
        migrations.AlterField(
            model_name="cardcheck",
            name="card",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="markets.stallcard",
                verbose_name="thẻ",
            ),
        ),
        migrations.AlterField(
            model_name="cardcheck",
            name="photo",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="privacy.sealedfile",
                verbose_name="ảnh làm chứng",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("result", "other"), ("card__isnull", False), _connector="OR"),
                name="markets_cardcheck_names_card",
                violation_error_message="Chỉ mã lạ mới không thuộc thẻ nào.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("removed_at", None), ("removed_by", None)),
                    models.Q(
                        ("removed_at__isnull", False), ("removed_by__isnull", False), ("result", "other")
                    ),
                    _connector="OR",
                ),
                name="markets_cardcheck_removed_who_and_when",
                violation_error_message="Gỡ mã lạ thì ghi cả người và thời điểm.",
            ),
        ),
    ]
