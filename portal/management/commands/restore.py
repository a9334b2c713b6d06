"""Brings a folder of `manage.py backup` into the empty database of DATABASE_URL; run as the owner."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import backups


class Command(BaseCommand):
    """Refuses what is cut off, changed, or would write over something; ends with what the keys open."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the folder that `backup` wrote")

    def handle(self, *args, folder, **options):
        try:
            manifest = backups.check(folder)
            keys = [
                f"{key} ({'here' if key in settings.FIELD_KEYS else 'MISSING'})" for key in manifest["keys"]
            ]
            self.stdout.write(
                f"Backup of {manifest['written_at']}, portal {manifest['portal']}. "
                f"Keys it needs in FIELD_KEYS: {', '.join(keys) or 'none'}."
            )
            opens = backups.restore(folder, self.stdout.write)
        except backups.BackupError as error:
            raise CommandError(error) from None
        self.stdout.write(f"{len(manifest['tables'])} tables are as they were, row by row.")
        if closed := [name for name, does_open in opens.items() if not does_open]:
            raise CommandError(
                "Everything is restored, but the keys of this environment do not fit: "
                f"{'; '.join(closed)}. Put the right FIELD_KEYS and BLIND_INDEX_KEY into the environment."
            )
        self.stdout.write("The keys of this environment open it. Run migrate if the portal is newer.")
