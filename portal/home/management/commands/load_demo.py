"""Fills a demo with invented people and prints how to get in; safe to run at each start of the demo."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.home import sample
from portal.home.sample.crew import accounts_block
from portal.home.sample.sites import plaque_line


class Command(BaseCommand):
    """Refuses to run where DEMO is not set: known passwords and invented vendors belong nowhere else."""

    help = __doc__

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("This is no demo: DEMO is not set, and invented people do not belong here.")
        sample.load()
        self.stdout.write(f"{accounts_block()}\n{plaque_line()}")
