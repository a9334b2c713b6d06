"""Writes the database, the files and a manifest to a new folder, for `manage.py restore`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal import backups


class Command(BaseCommand):
    """Prints what was written, and which keys have to be kept elsewhere to read it again."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args, folder, **options):
        try:
            manifest = backups.write(folder, self.stdout.write)
        except backups.BackupError as error:
            raise CommandError(error) from None
        keys = ", ".join(manifest["keys"]) or "none yet"
        self.stdout.write(f"{folder} is written: {len(manifest['files'])} files.")
        self.stdout.write(
            f"Kept elsewhere, or no number can be read again: FIELD_KEYS {keys}; BLIND_INDEX_KEY."
        )
