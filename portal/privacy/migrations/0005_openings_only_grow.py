"""The log of openings may only grow: a trigger refuses update, delete and truncate, whoever asks."""

from django.db import migrations

FORWARD = """
create function privacy_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% may only grow: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger privacy_opening_only_grows before update or delete on privacy_opening
    for each row execute function privacy_refuse();
create trigger privacy_opening_never_emptied before truncate on privacy_opening
    for each statement execute function privacy_refuse();
"""
BACKWARD = """
drop trigger privacy_opening_only_grows on privacy_opening;
drop trigger privacy_opening_never_emptied on privacy_opening;
drop function privacy_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_opening")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
