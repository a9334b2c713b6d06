"""Writes the sizes of the drawings whose SVG has changed into the checkout; run it by hand, then commit."""

from django.core.management.base import BaseCommand

from heritage import drawings


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        for name in drawings.changed():
            weights = ", ".join(f"{size:,}" for size in drawings.make(name))
            self.stdout.write(f"{name}: {weights} bytes")
