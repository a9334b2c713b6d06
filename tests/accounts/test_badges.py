"""Volunteers' cards: what is printed, what anybody sees behind the code, and when that ends."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal.accounts import badges, nightly
from portal.accounts.models import Badge, Role, ShiftEntry, User
from portal.codes.models import ShortCode
from portal.codes.shortcodes import make_code
from portal.printing import reading
from portal.printing.portraits import portrait_jpeg
from portal.privacy.models import Consent, ReadLog, SealedFile
from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db
VALID, DEAD = "Hôm nay còn hiệu lực", "hôm nay không làm việc cho Tỉnh Đoàn"


def picture(kind="JPEG", size=(900, 1600), colour="#3366aa", **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def photo_form(data: bytes | None = None, **words) -> dict:
    file = SimpleUploadedFile("toi.jpg", picture() if data is None else data, "image/jpeg")
    return {"photo": file, "is_agreed": "on", "how": "screen", **words}


def make_badge(user, *, with_photo=False) -> Badge:
    lead = builders.make_user()
    badge = Badge.objects.make_for(user, by=lead)
    if with_photo:
        consent = builders.make_consent(purposes=["badge_photo"], by=lead)
        badge.give_photo(portrait_jpeg(picture()), consent=consent, by=lead)
    return badge


def check(client, badge_or_code, name="badge_check"):
    code = getattr(badge_or_code, "code_id", badge_or_code)
    return client.get(reverse(name, args=[code]))


def texts(pdf: bytes) -> list[str]:
    return [reading.text_in_boxes(pdf, [(0, 0, 210, 297)])[0][0]]


@pytest.fixture
def volunteer():
    return builders.make_user(role="volunteer", name="Rơ Châm Thử")


@pytest.fixture
def lead(volunteer):
    return client_of(builders.make_user(role="team_lead", pin=builders.PIN, name="Ksor Đội Trưởng"))


# --- the public page ----------------------------------------------------------------------------------------


def test_anybody_sees_name_unit_and_that_the_card_is_good_today(client, volunteer):
    answer = check(client, make_badge(volunteer))
    assert answer.status_code == 200
    for words in ("Rơ Châm Thử", "Đoàn phường Pleiku", VALID, "Không bao giờ hỏi OTP hay mật khẩu"):
        assert words in answer.text
    assert DEAD not in answer.text
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/b/{}", "/B/{}", "/b/{}/", "/B/{}/"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_the_address_is_answered_in_either_case_without_a_redirect(client, volunteer, path, case):
    code = case(make_badge(volunteer).code_id)
    answer = client.get(path.format(code))
    assert answer.status_code == 200
    assert VALID in answer.text


def test_the_page_stands_in_english_too(client, volunteer):
    answer = client.get(f"/en/b/{make_badge(volunteer).code_id}")
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert "Valid today" in answer.text
    assert "Never asks for a one-time code or password" in answer.text
    assert "Rơ Châm Thử" in answer.text


def dies(client, badge) -> None:
    """The card of who works no more names and shows nobody."""
    badge.user = User.objects.get(pk=badge.user_id)
    answer = check(client, badge)
    assert answer.status_code == 200
    assert DEAD in answer.text
    assert VALID not in answer.text
    assert badge.user.name not in answer.text
    assert check(client, badge, "badge_photo").status_code == 404


def test_a_card_dies_with_the_role(client, volunteer):
    badge = make_badge(volunteer, with_photo=True)
    assert check(client, badge, "badge_photo").status_code == 200
    volunteer.roles.get().end()
    dies(client, badge)


def test_a_card_dies_with_the_account(client, volunteer):
    badge = make_badge(volunteer, with_photo=True)
    volunteer.revoke(by=builders.make_user())
    dies(client, badge)


def test_a_role_that_begins_tomorrow_is_none_today(client):
    user = builders.make_user()
    builders.make_role(user=user, kind="volunteer", starts_on=timezone.localdate() + timedelta(days=1))
    dies(client, make_badge(user))


@pytest.mark.parametrize("how", ["closed", "over", "not begun", "sent away"])
def test_a_guests_card_lives_and_dies_with_the_shift(client, how):
    shift = builders.make_shift()
    guest = builders.make_shift_guest(shift=shift, name="Siu Khách Thử")
    badge = make_badge(guest, with_photo=True)
    answer = check(client, badge)
    assert VALID in answer.text
    assert shift.place.name in answer.text
    assert shift.place.unit.name in answer.text
    now = timezone.now()
    if how == "closed":
        shift.close(by=builders.make_user())
    elif how == "sent away":
        ShiftEntry.objects.get(user=guest).revoke(by=builders.make_user())
    else:
        hours = (-2, -1) if how == "over" else (1, 2)
        shift.starts_at, shift.ends_at = (now + timedelta(hours=hour) for hour in hours)
        shift.save()
    dies(client, badge)


def test_a_lost_card_is_replaced_and_the_old_code_says_so(client, lead, volunteer):
    badge = make_badge(volunteer)
    old = badge.code_id
    assert lead.post(reverse("badge_replace", args=[volunteer.pk])).status_code == 302
    badge.refresh_from_db()
    assert badge.code_id != old
    assert VALID in check(client, badge).text
    answer = check(client, old)
    assert answer.status_code == 200
    assert "Thẻ này đã được thay" in answer.text
    assert volunteer.name not in answer.text


@pytest.mark.parametrize(
    ("code", "words"),
    [(make_code(), "Không có thẻ nào"), ("ABC", "Mã này không đúng")],
    ids=["nobody's", "wrong"],  # xdist wants the same names in each worker
)
def test_a_code_that_nobody_has_is_not_found_and_says_so(client, code, words):
    answer = check(client, code)
    assert answer.status_code == 404
    assert words in answer.text


def test_a_stall_cards_code_is_no_badge(client):
    assert check(client, ShortCode.objects.draw(ShortCode.Purpose.STALL_CARD)).status_code == 404


@pytest.mark.parametrize("name", ["badge_check", "badge_photo"])
def test_guessing_codes_is_stopped(client, volunteer, name):
    badge = make_badge(volunteer, with_photo=True)
    answers = [check(client, badge, name).status_code for _ in range(61)]
    assert set(answers[:60]) == {200}
    assert answers[60] == 429


# --- the photo ----------------------------------------------------------------------------------------------


def test_a_photo_is_cut_written_anew_and_kept_sealed_with_the_persons_yes(client, lead, volunteer):
    exif = Image.Exif()
    exif[0x010F] = "Máy của tôi"
    answer = lead.post(reverse("badge_detail", args=[volunteer.pk]), photo_form(picture(exif=exif)))
    assert answer.status_code == 302
    badge = Badge.objects.get(user=volunteer)
    assert badge.consent.purposes.get().pk == "badge_photo"
    assert badge.consent.notice.programme == "badges"
    stored = bytes(SealedFile.objects.values_list("content", flat=True).get())
    assert b"JFIF" not in stored
    shown = check(client, badge, "badge_photo")
    assert shown["Content-Type"] == "image/jpeg"
    assert "no-store" in shown["Cache-Control"]
    found = Image.open(BytesIO(shown.content))
    assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (300, 400), {})
    assert reverse("badge_photo", args=[badge.code_id]) in check(client, badge).text


@pytest.mark.parametrize(
    ("size", "expected"), [((900, 1600), (300, 400)), ((4000, 1000), (300, 400)), ((180, 300), (180, 240))]
)
def test_a_portrait_is_three_to_four_and_never_blown_up(size, expected):
    assert Image.open(BytesIO(portrait_jpeg(picture(size=size)))).size == expected


def test_a_telephones_turned_portrait_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (800, 600), "white")
    lying.paste("#cc0000", (0, 0, 400, 600))  # the left half, on top once it is turned
    out = BytesIO()
    lying.save(out, "JPEG", exif=exif)
    top = Image.open(BytesIO(portrait_jpeg(out.getvalue()))).getpixel((150, 20))
    assert top[0] > 150 > top[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7", "không dùng được"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "không dùng được"),
        (picture("PNG", (100, 300)), "nhỏ quá"),
        (picture("PNG", (20000, 20000)), "không dùng được"),
        (b"\xff\xd8" + bytes(12 * 1024 * 1024), "nhẹ hơn 12 MB"),
    ],
    ids=["pdf", "svg", "tiny", "bomb", "heavy"],
)
def test_what_is_no_fit_picture_is_sent_back_with_a_sentence(lead, volunteer, data, words):
    answer = lead.post(reverse("badge_detail", args=[volunteer.pk]), photo_form(data))
    assert answer.status_code == 422
    assert words in answer.text
    assert not SealedFile.objects.exists()


def test_without_a_yes_there_is_no_photo(lead, volunteer):
    form = photo_form()
    del form["is_agreed"]
    assert lead.post(reverse("badge_detail", args=[volunteer.pk]), form).status_code == 422
    assert lead.post(reverse("badge_detail", args=[volunteer.pk]), photo_form(how="paper")).status_code == 422
    assert not Consent.objects.exists()
    assert not SealedFile.objects.exists()


def test_another_photo_leaves_nothing_of_the_first(lead, volunteer):
    for _ in range(2):
        lead.post(reverse("badge_detail", args=[volunteer.pk]), photo_form())
    assert SealedFile.objects.count() == 1
    first, second = Consent.objects.order_by("given_at")
    assert first.withdrawn_at
    assert second.withdrawn_at is None


def test_two_who_give_a_photo_at_once_leave_one_photo_and_one_yes(volunteer):
    make_badge(volunteer)
    lead = builders.make_user()
    pages = [Badge.objects.get(user=volunteer) for _ in range(2)]  # both opened before either was sent
    for badge in pages:
        consent = builders.make_consent(purposes=["badge_photo"], by=lead)
        badge.give_photo(portrait_jpeg(picture()), consent=consent, by=lead)
    assert SealedFile.objects.count() == 1
    assert Consent.objects.filter(withdrawn_at=None).get() == consent
    pages[0].take_photo_back(by=lead)
    assert not SealedFile.objects.exists()
    assert not Consent.objects.filter(withdrawn_at=None).exists()


def test_a_yes_taken_back_deletes_the_photo_at_once(client, lead, volunteer):
    badge = make_badge(volunteer, with_photo=True)
    assert lead.post(reverse("badge_photo_remove", args=[volunteer.pk])).status_code == 302
    badge.refresh_from_db()
    assert badge.consent.withdrawn_at
    assert not SealedFile.objects.exists()
    assert check(client, badge, "badge_photo").status_code == 404
    assert VALID in check(client, badge).text


def test_photos_of_who_has_not_worked_for_a_month_are_deleted_at_night():
    now, day = timezone.now(), timezone.localdate()
    works, left, just_left, guest, long_gone = (builders.make_user(name=f"Người {n}") for n in range(5))
    builders.make_role(user=works, kind="volunteer")
    builders.make_role(user=left, kind="volunteer", ends_on=day - timedelta(days=31))
    builders.make_role(user=just_left, kind="volunteer", ends_on=day - timedelta(days=29))
    shift = builders.make_shift(starts_at=now - timedelta(days=40), ends_at=now - timedelta(days=39))
    ShiftEntry.objects.create(shift=shift, user=guest)
    builders.make_role(user=long_gone, kind="volunteer")
    long_gone.revoke(by=works)
    User.objects.filter(pk=long_gone.pk).update(revoked_at=now - timedelta(days=31))
    made = [make_badge(user, with_photo=True) for user in (works, left, just_left, guest, long_gone)]
    assert nightly.forget_photos() == 3
    kept = Badge.objects.filter(photo__isnull=False).values_list("user", flat=True)
    assert set(kept) == {works.pk, just_left.pk}
    assert Badge.objects.count() == len(made)


# --- printing -----------------------------------------------------------------------------------------------


def test_the_printed_card_says_who_and_its_code_leads_to_the_page(client, lead, volunteer):
    answer = lead.post(reverse("badge_pdf", args=[volunteer.pk]))
    assert answer["Content-Type"] == "application/pdf"
    (page,) = reading.codes_on_pages(answer.content, scale=3)
    address = page[0].content.decode()
    badge = Badge.objects.get(user=volunteer)
    assert address == f"{settings.PUBLIC_URL}/b/{badge.code_id}".upper()
    assert VALID in client.get(address.removeprefix(settings.PUBLIC_URL.upper())).text
    words = texts(answer.content)[0]
    for said in (
        "Rơ Châm Thử",
        "Đoàn phường Pleiku",
        "Không bao giờ hỏi mã OTP hay mật khẩu",
        badge.code_id[:4],
    ):
        assert said in words


def test_a_demo_card_says_so(volunteer):
    badge = make_badge(volunteer, with_photo=True)
    assert "MẪU" in texts(badges.sheet([badge], demo=True))[0]
    assert "MẪU" not in texts(badges.sheet([badge], demo=False))[0]


def test_a_shifts_guests_are_printed_on_one_sheet_with_the_hour_at_which_it_ends():
    shift = builders.make_shift()
    guests = [builders.make_shift_guest(shift=shift) for _ in range(11)]
    lead = client_of(shift.made_by)
    page = lead.get(reverse("shift_badges", args=[shift.pk]))
    assert all(guest.name in page.text for guest in guests)
    chosen = [guest.pk for guest in guests]
    answer = lead.post(reverse("shift_badges", args=[shift.pk]), {"person": chosen})
    pages = reading.codes_on_pages(answer.content, scale=3)
    assert [len(codes) for codes in pages] == [10, 1]
    assert f"{timezone.localtime(shift.ends_at):%H:%M %d-%m-%Y}" in texts(answer.content)[0]
    again = lead.post(reverse("shift_badges", args=[shift.pk]), {"person": chosen[:1]})
    assert (
        reading.codes_on_pages(again.content, scale=3)[0][0].content
        == sorted(pages[0], key=_place)[0].content
    )


def _place(code):
    return round(code.y / 54), code.x


def test_nothing_is_printed_for_nobody_or_after_the_shift():
    shift = builders.make_shift()
    guest, lead = builders.make_shift_guest(shift=shift), client_of(shift.made_by)
    address = reverse("shift_badges", args=[shift.pk])
    assert lead.post(address).status_code == 422
    assert lead.post(address, {"person": builders.make_user().pk}).status_code == 422
    shift.close(by=shift.made_by)
    assert lead.post(address, {"person": guest.pk}).status_code == 422
    assert not Badge.objects.exists()


def test_a_card_for_who_does_not_work_is_refused(lead, volunteer):
    Role.objects.filter(user=volunteer).update(ends_on=timezone.localdate() - timedelta(days=1))
    answer = lead.post(reverse("badge_pdf", args=[volunteer.pk]), follow=True)
    assert "hôm nay không có vai trò hay ca nào" in answer.text
    with pytest.raises(ValueError, match="không có vai trò"):
        badges.sheet([make_badge(User.objects.get(pk=volunteer.pk))], demo=False)


# --- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["volunteer", "auditor"])
def test_who_opens_no_shifts_makes_no_cards(volunteer, role):
    client = client_of(builders.make_user(role=role, pin=builders.PIN))
    for name in ("badge_detail", "badge_portrait"):
        assert client.get(reverse(name, args=[volunteer.pk])).status_code == 403
    for name in ("badge_pdf", "badge_replace", "badge_photo_remove"):
        assert client.post(reverse(name, args=[volunteer.pk])).status_code == 403


def test_people_out_of_reach_are_not_there(volunteer):
    far = builders.commune_unit("Phường Quy Nhơn")
    client = client_of(builders.make_user(role="team_lead", unit=far, pin=builders.PIN))
    badge = make_badge(volunteer, with_photo=True)
    code = badge.code_id
    for name in ("badge_detail", "badge_portrait"):
        assert client.get(reverse(name, args=[volunteer.pk])).status_code == 404
    for name in ("badge_pdf", "badge_replace", "badge_photo_remove"):
        assert client.post(reverse(name, args=[volunteer.pk])).status_code == 404
    shift = builders.make_shift()
    assert client.get(reverse("shift_badges", args=[shift.pk])).status_code == 404
    badge.refresh_from_db()
    assert (badge.code_id, badge.photo is None) == (code, False)


def test_a_public_look_at_a_badge_is_no_read_of_a_sealed_number(client, volunteer):
    check(client, make_badge(volunteer, with_photo=True), "badge_photo")
    assert not ReadLog.objects.exists()


def test_every_change_of_a_badge_has_its_version(lead, volunteer):
    badge = make_badge(volunteer)
    lead.post(reverse("badge_replace", args=[volunteer.pk]))
    codes = list(badge.events.order_by("pgh_id").values_list("code", flat=True))
    badge.refresh_from_db()
    assert len(codes) == 2
    assert codes[1] == badge.code_id
