"""The read log may only grow: a trigger refuses update, delete and truncate, whoever asks."""

from django.db import migrations

FORWARD = """
create function privacy_readlog_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the read log may only grow: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger privacy_readlog_only_grows before update or delete on privacy_readlog
    for each row execute function privacy_readlog_refuse();
create trigger privacy_readlog_never_emptied before truncate on privacy_readlog
    for each statement execute function privacy_readlog_refuse();
"""
BACKWARD = """
drop trigger privacy_readlog_only_grows on privacy_readlog;
drop trigger privacy_readlog_never_emptied on privacy_readlog;
drop function privacy_readlog_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
