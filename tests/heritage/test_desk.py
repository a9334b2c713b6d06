"""The editorial desk: who may do what, nothing lost between two writers, nothing public without approval."""

import pytest
from django.urls import reverse

from heritage.content import collect
from heritage.desk import digest
from heritage.models import Correction, Edition, PassageText, SiteText
from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.commune_unit()


@pytest.fixture
def site(unit):
    site = builders.make_site(unit=unit, name="Đồi Mẫu")
    builders.make_site_text(site=site, language="vi", lead="Đồi có gió.")
    return site


@pytest.fixture
def writer(unit):
    return client_of(builders.make_user(role="unit_secretary", unit=unit, pin=builders.PIN))


@pytest.fixture
def reviewer():
    return client_of(builders.make_user(role="culture_reviewer", pin=builders.PIN))


@pytest.fixture
def publisher():
    return client_of(builders.make_user(role="province_staff", pin=builders.PIN))


def form_of(client, site, **changes) -> dict:
    """What the browser would send back from the editor, with some fields typed anew."""
    page = client.get(reverse("desk_edit", args=[site.pk]))
    form = page.context["form"]
    data = {name: "" if (value := form[name].value()) is None else value for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    data |= {f"was-{name}": digest(value) for name, value in form.now.items()}
    return data | changes


def lead_field(site, language="vi") -> str:
    return f"{site.passages.get(kind='lead').pk.hex}-{language}-text"


def test_a_text_goes_from_the_desk_through_the_culture_office_to_the_public(
    site, writer, reviewer, publisher
):
    writer.post(
        reverse("desk_edit", args=[site.pk]), form_of(writer, site, **{lead_field(site): "Đồi rất gió."})
    )
    assert "Đồi rất gió." in str(collect(site, "vi")["passages"])
    writer.post(reverse("desk_send", args=[site.pk, "vi"]))
    edition = site.editions.get()
    assert edition.state == Edition.State.SENT
    back = reviewer.post(reverse("edition_step", args=[edition.pk, "tra-lai"]), {"remarks": "Thiếu năm."})
    assert back.status_code == 302
    edition.refresh_from_db()
    assert (edition.state, edition.remarks) == (Edition.State.RETURNED, "Thiếu năm.")
    assert "Thiếu năm." in writer.get(reverse("desk_site", args=[site.pk])).text
    writer.post(
        reverse("desk_edit", args=[site.pk]), form_of(writer, site, **{lead_field(site): "Đồi gió năm 1990."})
    )
    writer.post(reverse("desk_send", args=[site.pk, "vi"]))
    second = site.editions.get(state=Edition.State.SENT)
    reviewer.post(reverse("edition_step", args=[second.pk, "duyet"]), {"reader": "Người Đọc Mẫu, Phòng Mẫu"})
    assert site.texts.get().state == SiteText.State.APPROVED
    assert publisher.post(reverse("edition_step", args=[second.pk, "dang"])).status_code == 302
    public = publisher.get(f"/di-tich/{site.slug}/")
    assert "Đồi gió năm 1990." in public.text


def test_nothing_published_changes_before_a_new_approval(site, writer, client):
    builders.make_edition(site=site, language="vi")
    writer.post(reverse("desk_edit", args=[site.pk]), form_of(writer, site, **{lead_field(site): "Đã đổi."}))
    assert site.texts.get().state == SiteText.State.DRAFT
    page = client.get(f"/di-tich/{site.slug}/").text
    assert "Đồi có gió." in page
    assert "Đã đổi." not in page


def test_two_writers_on_one_passage_lose_nothing(site, writer):
    data = form_of(writer, site, **{lead_field(site): "Lời của tôi."})
    text = PassageText.objects.get(passage__site=site, language="vi")
    text.write(title="", text="Lời của bạn.")
    answer = writer.post(reverse("desk_edit", args=[site.pk]), data)
    assert answer.status_code == 422
    assert "Lời của bạn." in answer.text
    assert "Lời của tôi." in answer.text
    text.refresh_from_db()
    assert text.text == "Lời của bạn."
    again = form_of(writer, site, **{lead_field(site): "Lời của tôi."})
    assert writer.post(reverse("desk_edit", args=[site.pk]), again).status_code == 302
    text.refresh_from_db()
    assert text.text == "Lời của tôi."


def test_writing_in_a_language_asks_for_the_name_in_it(site, writer):
    data = form_of(writer, site, **{lead_field(site, "en"): "A windy hill."})
    answer = writer.post(reverse("desk_edit", args=[site.pk]), data)
    assert answer.status_code == 422
    assert "A windy hill." in answer.text
    assert "Nhập tên di tích bằng English" in answer.text
    writer.post(reverse("desk_edit", args=[site.pk]), data | {"head-en-name": "Sample Hill"})
    assert collect(site, "en")["name"] == "Sample Hill"


def test_a_new_passage_saves_what_was_being_written(site, writer):
    data = form_of(writer, site, add="timeline", **{lead_field(site): "Chưa mất."})
    answer = writer.post(reverse("desk_edit", args=[site.pk]), data)
    assert answer.status_code == 302
    assert "#p-" in answer.url
    assert site.passages.filter(kind="timeline").count() == 1
    assert PassageText.objects.get(passage__site=site, passage__kind="lead").text == "Chưa mất."


def test_a_passage_left_out_makes_every_language_a_draft(site, writer):
    passage = builders.make_passage(site=site, vi="Đoạn thừa.")
    builders.make_edition(site=site, language="vi")
    SiteText.objects.filter(site=site).update(
        state="approved", reader="Người Mẫu", approved_at="2026-01-01T00:00Z"
    )
    writer.post(
        reverse("desk_edit", args=[site.pk]), form_of(writer, site, **{f"{passage.pk.hex}-gone": "on"})
    )
    assert not site.passages.filter(pk=passage.pk).exists()
    assert site.texts.get().state == SiteText.State.DRAFT


def test_without_an_opening_paragraph_nothing_is_sent(unit, writer):
    bare = builders.make_site(unit=unit)
    SiteText.objects.create(site=bare, language="vi", name="Trống")
    answer = writer.post(reverse("desk_send", args=[bare.pk, "vi"]), follow=True)
    assert "Chưa có đoạn mở đầu" in answer.text
    assert not bare.editions.exists()


@pytest.mark.parametrize(
    ("step", "role"),
    [
        ("duyet", "province_staff"),
        ("duyet", "unit_secretary"),
        ("tra-lai", "administrator"),
        ("dang", "culture_reviewer"),
        ("dang", "unit_secretary"),
    ],
)
def test_each_step_is_a_right_of_its_own(site, unit, step, role):
    edition = builders.make_edition(site=site, state="sent" if step != "dang" else "approved")
    user = builders.make_user(role=role, unit=unit if role == "unit_secretary" else None, pin=builders.PIN)
    data = {"reader": "Người Mẫu", "remarks": "Ý kiến."}
    answer = client_of(user).post(reverse("edition_step", args=[edition.pk, step]), data)
    assert answer.status_code == 403
    edition.refresh_from_db()
    assert edition.published_at is None


def test_two_reviewers_at_once_the_second_is_told(site, reviewer):
    edition = builders.make_edition(site=site, state="sent")
    for _ in range(2):
        answer = reviewer.post(
            reverse("edition_step", args=[edition.pk, "duyet"]), {"reader": "Người Mẫu"}, follow=True
        )
    assert "vừa có người xử lý" in answer.text


def test_the_differences_show_what_went_and_came(site, reviewer):
    builders.make_edition(site=site, language="vi")
    PassageText.objects.get(passage__site=site).write(title="", text="Đồi có nắng.")
    edition = builders.make_edition(site=site, language="vi", state="sent")
    page = reviewer.get(reverse("edition_detail", args=[edition.pk])).text
    assert "<del>gió.</del>" in page
    assert "<ins>nắng.</ins>" in page


def test_the_preview_shows_the_draft_to_the_desk_only(site, writer, client):
    address = reverse("desk_preview_page", args=[site.pk, "vi"])
    page = writer.get(address)
    assert "Đồi có gió." in page.text
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert "sha256-" in page["Content-Security-Policy"]
    assert client.get(address).status_code == 302
    assert client.get(f"/di-tich/{site.slug}/").status_code == 404


def test_a_site_out_of_reach_is_not_found(site):
    stranger = builders.make_user(
        role="unit_secretary", unit=builders.commune_unit("Phường Quy Nhơn"), pin=builders.PIN
    )
    for name in ("desk_site", "desk_edit"):
        assert client_of(stranger).get(reverse(name, args=[site.pk])).status_code == 404


def test_the_list_costs_the_same_for_one_site_and_many(unit, writer, django_assert_max_num_queries):
    for _ in range(8):
        builders.make_edition(site=builders.make_site(unit=unit))
    with django_assert_max_num_queries(14):
        writer.get(reverse("desk_list"))


def test_who_did_not_touch_a_field_keeps_what_a_colleague_wrote_there(site, writer):
    data = form_of(writer, site, **{lead_field(site): "Lời của tôi."})
    SiteText.objects.filter(site=site).update(tagline="Dòng của bạn")
    assert writer.post(reverse("desk_edit", args=[site.pk]), data).status_code == 302
    assert site.texts.get().tagline == "Dòng của bạn"
    assert PassageText.objects.get(passage__site=site).text == "Lời của tôi."


def test_a_passage_added_meanwhile_keeps_its_words(site, writer):
    data = form_of(writer, site, **{lead_field(site): "Lời của tôi."})
    component = builders.make_passage(
        site=site, kind="component", vi="Của bạn.", x=10, y=20, surface_ha="6.78", titles={"vi": "Bến"}
    )
    assert writer.post(reverse("desk_edit", args=[site.pk]), data).status_code == 302
    component.refresh_from_db()
    assert (component.x, component.y, str(component.surface_ha)) == (10, 20, "6.78")
    assert component.texts.get().text == "Của bạn."


def test_words_for_a_passage_that_is_gone_are_shown_once_more(site, writer):
    story = builders.make_passage(site=site, vi="Cũ.")
    data = form_of(writer, site, **{f"{story.pk.hex}-vi-text": "Ba giờ viết đoạn này."})
    story.delete()
    answer = writer.post(reverse("desk_edit", args=[site.pk]), data)
    assert answer.status_code == 422
    assert "Ba giờ viết đoạn này." in answer.text


def test_a_place_off_the_plan_is_a_sentence_and_no_error(site, writer):
    part = builders.make_passage(site=site, kind="component", vi="Bến.", x=1, y=1, titles={"vi": "Bến"})
    for name, value in (("x", "5000"), ("surface_ha", "-5")):
        data = form_of(writer, site, **{f"{part.pk.hex}-{name}": value})
        assert writer.post(reverse("desk_edit", args=[site.pk]), data).status_code == 422


def test_other_languages_are_opened_after_what_was_written_is_saved(site, writer):
    data = form_of(writer, site, switch="1", trai="vi", phai="jra", **{lead_field(site): "Đã viết."})
    answer = writer.post(reverse("desk_edit", args=[site.pk]), data)
    assert answer.url.endswith("?trai=vi&phai=jra")
    assert PassageText.objects.get(passage__site=site).text == "Đã viết."


def test_a_change_that_is_taken_back_is_no_draft_any_more(site, writer):
    builders.make_edition(site=site, language="vi")
    for words in ("Khác.", "Đồi có gió."):
        writer.post(reverse("desk_edit", args=[site.pk]), form_of(writer, site, **{lead_field(site): words}))
    assert site.texts.get().state == SiteText.State.APPROVED


def test_a_language_without_an_opening_of_its_own_is_not_sent(site, writer):
    SiteText.objects.create(site=site, language="en", name="Sample Hill")
    writer.post(reverse("desk_send", args=[site.pk, "en"]))
    assert not site.editions.exists()


# --- corrections -------------------------------------------------------------------------------------------


def test_a_visitor_tells_and_reads_the_answer(site, client, writer):
    builders.make_edition(site=site, language="vi")
    form = client.get(reverse("heritage_correct", args=[site.slug]))
    data = {"id": form.context["id"], "about": "text", "text": "Năm đúng là 1991."}
    sent = client.post(reverse("heritage_correct", args=[site.slug]), data)
    again = client.post(reverse("heritage_correct", args=[site.slug]), data)
    assert sent.url == again.url, "sent twice, told once"
    correction = Correction.objects.get()
    writer.post(
        reverse("correction_answer", args=[correction.pk]), {"state": "adopted", "answer": "Cảm ơn, sẽ sửa."}
    )
    assert "Cảm ơn, sẽ sửa." in client.get(sent.url).text
    assert "Năm đúng là 1991." not in client.get(f"/di-tich/{site.slug}/").text


def test_the_trap_says_what_it_is_and_loses_nothing(site, client):
    builders.make_edition(site=site, language="vi")
    data = {"about": "text", "text": "Lời dài của tôi.", "more": "https://ban-hang.example"}
    answer = client.post(reverse("heritage_correct", args=[site.slug]), data)
    assert answer.status_code == 422
    assert "ô phải để trống" in answer.text
    assert "Lời dài của tôi." in answer.text
    assert not Correction.objects.exists()


def test_corrections_are_limited_and_no_address_is_kept(site, client):
    builders.make_edition(site=site, language="vi")
    data = {"about": "text", "text": "Lại tôi."}
    codes = [client.post(reverse("heritage_correct", args=[site.slug]), data).status_code for _ in range(11)]
    assert codes == [302] * 10 + [429]


def test_two_answers_the_first_stays(site, writer, publisher):
    correction = Correction.objects.create(site=site, language="vi", about="text", text="Sai năm.")
    address = reverse("correction_answer", args=[correction.pk])
    writer.post(address, {"state": "declined", "answer": "Nguồn ghi 1993."})
    late = publisher.post(address, {"state": "adopted", "answer": "Sửa."})
    correction.refresh_from_db()
    assert (correction.state, correction.answer) == ("declined", "Nguồn ghi 1993.")
    assert "vừa trả lời" in late.text
