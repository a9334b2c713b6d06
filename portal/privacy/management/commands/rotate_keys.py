"""Seals every encrypted value with the newest key of FIELD_KEYS; may be stopped and started again."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from portal.privacy import rotation

NAMED = 50  # broken rows that are listed; the rest is counted


class Command(BaseCommand):
    """Prints progress; ends with an error where a value cannot be opened or a row stays locked."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only count the values of each key")
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows in one transaction")

    def handle(self, *args, **options):
        self._tell_counts()
        if options["dry_run"]:
            return
        broken = self._rotate(options["batch"])
        if broken:
            names = "\n".join(f"  {name}" for name in broken[:NAMED])
            more = f"\n  … and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
            raise CommandError(
                f"{len(broken)} values cannot be opened with the keys of FIELD_KEYS (table.column.row):\n"
                f"{names}{more}\nDo not retire a key before they can."
            )
        if left := rotation.stale_count():
            raise CommandError(f"{left} rows came under an old key meanwhile: restart the servers.")
        self.stdout.write(f"Every sealed value is under key {rotation.newest_key()}.")

    def _tell_counts(self) -> None:
        for column, counts in rotation.key_counts().items():
            told = ", ".join(f"{key}: {count:,}" for key, count in sorted(counts.items())) or "empty"
            self.stdout.write(f"{column}  {told}")

    def _rotate(self, batch: int) -> list[str]:
        """Runs through the steps; gives the values nobody can open, each once."""
        broken, moved, start, told = {}, 0, time.monotonic(), 0.0
        try:
            for step in rotation.rotate(batch=batch):
                broken |= dict.fromkeys(step.broken)
                moved += step.moved
                if time.monotonic() - told > 2:
                    told = time.monotonic()
                    self.stdout.write(f"{step.label}: {moved:,} rows, {told - start:.0f} s")
                    self.stdout.flush()
        except OperationalError as error:
            reason = type(error.__cause__).__name__
            raise CommandError(f"The database refused ({reason}); run again to go on.") from None
        except KeyboardInterrupt:
            raise CommandError(f"Stopped after {moved:,} rows; run again to go on.") from None
        self.stdout.write(f"{moved:,} rows in {time.monotonic() - start:.1f} s.")
        return list(broken)
