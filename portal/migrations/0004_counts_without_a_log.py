"""Tries are counted in an unlogged table: a count need not survive a crash, and a visitor need not wait for a disk."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_job_runs")]
    operations = [
        migrations.RunSQL("alter table portal_ratecount set unlogged", "alter table portal_ratecount set logged")
    ]
