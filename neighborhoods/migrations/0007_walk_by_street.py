"""Houses are walked street by street: their keys are written anew."""

from django.db import migrations

from neighborhoods.models.groups import walking_key


def write_keys(apps, schema_editor):
    houses = apps.get_model("neighborhoods", "Household").objects
    changed = []
    for house in houses.iterator(chunk_size=1000):
        key = walking_key(house.house)
        if key != house.walk_key:
            house.walk_key = key
            changed.append(house)
    houses.bulk_update(changed, ["walk_key"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("neighborhoods", "0006_return_per_step")]
    operations = [migrations.RunPython(write_keys, migrations.RunPython.noop)]
