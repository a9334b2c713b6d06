"""Gives our drawings to sites of the reference data that have no picture yet; safe to run at each deploy."""

from django.core.management.base import BaseCommand

from heritage import drawings


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        count = drawings.load()
        if options["verbosity"] > 1:
            self.stdout.write(f"{count} sites got drawings.")
