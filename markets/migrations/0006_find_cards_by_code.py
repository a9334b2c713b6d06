"""Fills what the last migration made room for, while people go on working.

Not in one transaction: rows are written in short batches, and the index is built without locking the table.
Stopped anywhere, it is begun again and goes on with what is left. A payload that does not open is left out;
`manage.py rotate_keys` names such rows.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

BATCH = 500


def fill_payload_indexes(apps, schema_editor):
    """By primary key, so that no batch reads again what an earlier one has passed."""
    cards, last = apps.get_model("markets", "StallCard")._base_manager, None
    while True:
        rows = cards.filter(payload_index=None).order_by("pk").only("pk", "payload")
        batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
        if not batch:
            return
        cards.bulk_update([row for row in batch if _indexed(row)], ["payload_index"])
        last = batch[-1].pk


def _indexed(row) -> bool:
    try:
        row.payload_index = row._meta.get_field("payload_index").digest(row.payload.open())
    except ValueError:  # sealed with a key that is gone
        return False
    return True


def fill_markets(apps, schema_editor):
    """Of the looks there were before: each was at a card."""
    cards = apps.get_model("markets", "StallCard")._base_manager.filter(pk=OuterRef("card"))
    checks = apps.get_model("markets", "CardCheck")._base_manager.filter(market=None)
    checks.update(market=Subquery(cards.values("stall__market")))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("markets", "0005_card_checks")]

    operations = [
        migrations.RunPython(fill_payload_indexes, migrations.RunPython.noop),
        # What a build that was cut off leaves behind is no index.
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS markets_stallcard_payload", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="stallcard",
            index=models.Index(fields=["payload_index"], name="markets_stallcard_payload"),
        ),
        migrations.RunPython(fill_markets, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="cardcheck",
            name="market",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="card_checks",
                to="markets.market",
                verbose_name="chợ",
            ),
        ),
    ]
