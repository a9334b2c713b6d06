import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("heritage", "0002_edition_history")]

    operations = [
        migrations.AlterField(
            model_name="scan",
            name="plaque",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="heritage.plaque",
                verbose_name="biển",
            ),
        ),
    ]
