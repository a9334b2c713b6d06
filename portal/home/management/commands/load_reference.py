"""Loads what every installation has: areas, units, purposes, notices, goods, sites; safe at each deploy."""

from django.core.management.base import BaseCommand
from django.db import connection, transaction

import heritage.reference
import markets.reference
import neighborhoods.reference
import portal.organization.reference
import portal.privacy.reference
from portal.organization.models import Area, Unit

ALONE = 20250701  # key of the lock: two deploys at once load one after the other


class Command(BaseCommand):
    """Adds what is missing, in one transaction; what staff entered or changed stays."""

    help = __doc__

    def handle(self, *args, **options):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s)", [ALONE])
            for room in (portal.organization, portal.privacy, markets, heritage, neighborhoods):
                room.reference.load()
        if options["verbosity"] > 1:
            self.stdout.write(f"{Area.objects.count()} areas, {Unit.objects.count()} units.")
