"""Help events and tallies may only grow: a trigger refuses update, delete and truncate, whoever asks."""

from django.db import migrations

TABLES = ["neighborhoods_helpevent", "neighborhoods_tally"]
FUNCTION = """
create function neighborhoods_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% may only grow: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$
"""
GROWS = """
create trigger {table}_only_grows before update or delete on {table}
    for each row execute function neighborhoods_refuse();
create trigger {table}_never_emptied before truncate on {table}
    for each statement execute function neighborhoods_refuse();
"""
SHRINKS = "drop trigger {table}_only_grows on {table}; drop trigger {table}_never_emptied on {table};"


class Migration(migrations.Migration):
    dependencies = [("neighborhoods", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "drop function neighborhoods_refuse()"),
        *(migrations.RunSQL(GROWS.format(table=t), SHRINKS.format(table=t)) for t in TABLES),
    ]
