"""The camera's reader on the server's side: where WebAssembly runs, what is offered, what is taken."""

import re
import shutil

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from markets import vietqr
from portal import camera
from portal.camera import PROGRAM, READER
from tests.builders import BIDV, PIN, make_market, make_number, make_stall, make_tenancy, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trial_pages():
    """These are the portal's own pages, not the shell's trial ones."""


@pytest.fixture
def static_folder(settings, tmp_path):
    """The static files are looked for here; the reader is not among them, as where npm was missing."""
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    yield tmp_path
    finders.get_finder.cache_clear()


@pytest.fixture
def stall(client):
    """A stall with a vendor and no account; `client` is its volunteer, at work in the market."""
    market = make_market(name="Chợ Mẫu")
    user = make_user(role="volunteer", unit=market.place.unit, pin=PIN)
    client.force_login(user, backend="portal.accounts.backends.NameOrPhoneBackend")
    session = client.session
    session["place_id"] = market.place_id
    session.save()
    return make_tenancy(stall=make_stall(market=market, by=user)).stall


def policy(response) -> str:
    return re.search("script-src [^;]*", response["Content-Security-Policy"])[0]


def put_reader(folder):
    for name in (READER, PROGRAM):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def send(client, stall, payload):
    return client.post(reverse("account_read", args=[stall.pk]), {"payload": payload})


# --- the policy --------------------------------------------------------------------------------------------


def test_only_a_page_with_the_camera_may_run_wasm_and_nothing_else_of_its_policy_differs(client, stall):
    plain = client.get(reverse("stall_detail", args=[stall.pk]))
    account = client.get(reverse("stall_account", args=[stall.pk]))
    joining = client.get(reverse("shift_join"))
    assert policy(plain) == "script-src 'self'"
    for page in (account, joining):
        assert "<camera-reader" in page.content.decode()
        assert policy(page) == "script-src 'self' 'wasm-unsafe-eval'"
        assert (
            page["Content-Security-Policy"].replace(" 'wasm-unsafe-eval'", "")
            == plain["Content-Security-Policy"]
        )
    assert "camera=(self)" in account["Permissions-Policy"]


def test_a_page_sent_back_with_a_fault_still_has_its_camera(client, stall):
    for answer in (send(client, stall, "no code"), client.post(reverse("shift_join"), {"code": "?"})):
        assert answer.status_code == 422
        assert "<camera-reader" in answer.content.decode()
        assert "wasm-unsafe-eval" in policy(answer)


def test_the_pages_that_follow_lose_the_exception(client, stall):
    read = send(client, stall, vietqr.encode(bin=BIDV, account=make_number()))
    assert read.status_code == 200
    assert policy(read) == "script-src 'self'"


# --- what is offered ---------------------------------------------------------------------------------------


def test_without_the_fetched_reader_the_page_names_none_and_takes_pictures(client, stall, static_folder):
    page = client.get(reverse("stall_account", args=[stall.pk])).content.decode()
    assert "data-reader" not in page
    assert "data-program" not in page
    assert 'name="picture"' in page


def test_with_the_fetched_reader_the_page_names_our_own_copy(client, stall, static_folder):
    put_reader(static_folder)
    page = client.get(reverse("stall_account", args=[stall.pk])).content.decode()
    assert f'data-reader="/static/{READER}"' in page
    assert f'data-program="/static/{PROGRAM}"' in page


def test_a_reader_fetched_after_the_static_files_were_collected_breaks_no_page(settings, static_folder):
    put_reader(static_folder)
    (static_folder / "staticfiles.json").write_text('{"paths": {}, "version": "1.1", "hash": ""}')
    settings.STATIC_ROOT = static_folder
    manifest = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    assert "reader" not in camera.attributes()


def test_the_component_hides_itself_until_the_script_finds_a_camera_and_a_reader(client):
    page = client.get(reverse("shift_join")).content.decode()
    assert re.search("<camera-reader [^>]* hidden>", page)


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.django_db(transaction=True)
def test_where_nothing_reads_codes_a_browser_shows_only_the_ordinary_way(visit, static_folder):
    shutil.copytree(settings.BASE_DIR / "static/js", static_folder / "js")
    page = visit("/vao-ca/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("customElements.get('camera-reader') !== undefined")
    assert page.locator("camera-reader").is_hidden()
    assert page.get_by_label("Mã ca").is_visible()
    assert [said for said in page.complaints if "404" not in said] == []  # the styles are not copied


# --- what the camera's text may say ------------------------------------------------------------------------


def test_the_text_of_a_payment_code_is_taken_like_its_picture(client, stall):
    payload = vietqr.encode(bin=BIDV, account="MAU0000000000004729")
    page = send(client, stall, payload).content.decode()
    assert "4729" in page
    assert "MAU0000000000004729" not in page
    sealed = re.search('name="sealed" value="([^"]+)"', page)[1]
    before = re.search('name="before" value="([^"]*)"', page)
    answer = client.post(
        reverse("account_read", args=[stall.pk]),
        {"sealed": sealed, "holder": "SIU HMAU", "before": before[1] if before else ""},
    )
    assert answer.url == reverse("stall_card", args=[stall.pk])
    assert stall.tenancy.account.card_payload() == payload


@pytest.mark.parametrize(
    "text",
    [
        "https://thanhnien.example.vn/t/7F3KM2Q7",
        vietqr.encode(bin=BIDV, account="MAU0000000000004729")[:-1] + "0",
        vietqr.encode(bin=BIDV, account="MAU0000000000004729") + " ",
        vietqr.encode(bin=BIDV, account="MAU0000000000004729", amount=20_000),
        "0" * 100_000,
        "\x00",
    ],
    ids=["address", "crc", "space", "amount", "long", "nul"],
)
def test_what_is_no_whole_payment_code_is_refused_with_a_sentence(client, stall, text):
    answer = send(client, stall, text)
    assert answer.status_code == 422
    assert 'id="id_picture_error"' in answer.content.decode()
    assert stall.tenancy.account is None


def test_an_empty_text_asks_for_the_picture(client, stall):
    answer = send(client, stall, "")
    assert answer.status_code == 422
    assert "Chọn ảnh mã nhận tiền" in answer.content.decode()
