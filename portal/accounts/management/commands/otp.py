"""Prints the code that a demo user's authenticator would show now. Only where DEMO is set."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_otp.oath import TOTP

from portal.accounts import second_factor
from portal.accounts.backends import find_user


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("user", help="user name or phone")

    def handle(self, *args, user, **options):
        if not settings.DEMO:
            raise CommandError("This is not a demo: codes come from the person's own authenticator.")
        found = find_user(user)
        if found is None:
            raise CommandError(f"There is no user {user}.")
        device = second_factor.authenticator(found) or second_factor.unconfirmed(found)
        totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
        totp.time = time.time()
        self.stdout.write(f"{totp.token():0{device.digits}d}")
