"""Lets the first administrator in: makes the user and prints the one-time link to set a password with."""

from django.core.management.base import BaseCommand, CommandError

from portal.accounts import invitations
from portal.accounts.models import Role
from portal.organization.models import Unit


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("name", help="the person's full name")

    def handle(self, *args, name, **options):
        if Role.objects.today().filter(kind=Role.Kind.ADMINISTRATOR).exists():
            raise CommandError("There is an administrator already, who can invite others on the page Người.")
        unit = Unit.objects.today().filter(kind=Unit.Kind.PROVINCE).first()
        if unit is None:
            raise CommandError("There is no province unit yet: run load_reference first.")
        user, address = invitations.invite(
            name=name, phone=None, kind=Role.Kind.ADMINISTRATOR, unit=unit, by=None
        )
        self.stdout.write(f"User name: {user.username}\nWithin 72 hours, once: {address}")
