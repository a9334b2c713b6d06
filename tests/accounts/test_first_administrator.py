"""An empty portal lets one person in, once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_printed_link_lets_the_first_administrator_set_a_password(client):
    said = StringIO()
    call_command("first_administrator", "Người Mẫu Đầu", stdout=said)
    path = said.getvalue().split("http://testserver")[1].strip()
    assert client.get(path).status_code == 200
    user = User.objects.get(username="nguoi-mau-dau")
    assert user.needs_second_factor
    assert user.is_staff


def test_there_is_only_one_first_administrator():
    call_command("first_administrator", "Người Mẫu Đầu", stdout=StringIO())
    with pytest.raises(CommandError, match="already"):
        call_command("first_administrator", "Người Mẫu Hai", stdout=StringIO())
