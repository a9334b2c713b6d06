"""Pictures: what is sent is checked before it is decoded; what comes out is pixels alone, small, upright."""

import re
import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageCms
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from heritage import pictures, tasks
from heritage.content import collect
from heritage.models import Edition, Picture, PictureFile, SiteText
from tests import builders
from tests.heritage import bad_uploads

SENTENCE = re.compile(r"^(Ảnh|Tệp|Chưa) .+\.$")  # to a person, in words
FACTS = {"credit": "Nguyễn Thị Mẫu", "licence": "CC BY 4.0"}
ID = uuid.UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")


def sent(data: bytes, *, site=None, use="gallery", **fields) -> Picture:
    """A picture as the desk takes it in, without its sizes."""
    by = fields.pop("by", None) or builders.make_user()
    return pictures.add(site or builders.make_site(), data, use=use, by=by, **{**FACTS, **fields})


def made(data: bytes, **fields) -> Picture:
    """A picture with its sizes."""
    picture = sent(data, **fields)
    pictures.make_sizes(picture)
    picture.refresh_from_db()
    return picture


def opened(file: PictureFile) -> Image.Image:
    return Image.open(BytesIO(bytes(file.content)))


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bad_uploads.REFUSED)
def test_bad_uploads_are_refused_before_they_are_decoded(name):
    with pytest.raises(pictures.PictureError, match=SENTENCE):
        pictures.check(bad_uploads.REFUSED[name]())


@pytest.mark.parametrize("name", bad_uploads.BROKEN)
def test_broken_pictures_end_as_failed_with_a_sentence(db, name):
    picture = sent(bad_uploads.BROKEN[name]())
    tasks.make_picture_sizes(picture_id=str(picture.pk))
    picture.refresh_from_db()
    assert picture.state == "failed"
    assert SENTENCE.match(picture.problem)
    assert not picture.files.exists()


@pytest.mark.parametrize("name", [*bad_uploads.DISARMED, *bad_uploads.MODES])
def test_of_every_picture_only_the_pixels_come_out(db, name):
    data = (bad_uploads.DISARMED | bad_uploads.MODES)[name]()
    for file in made(data).files.all():
        content, image = bytes(file.content), opened(file)
        for secret in (b"script", b"SECRETCAMERA", b"PK\x03\x04", b"Exif", b"GPS", b"ICC_PROFILE"):
            assert secret not in content
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
        assert (image.format, image.mode) == (file.get_format_display().upper(), "RGB")
        assert (
            pictures._kind(content) == image.format if file.format != "avif" else content[4:12] == b"ftypavif"
        )


def test_the_corpus_is_large_enough():
    assert len(bad_uploads.REFUSED) + len(bad_uploads.BROKEN) + len(bad_uploads.DISARMED) >= 40


def test_a_picture_of_64_megapixels_is_taken_by_its_head():
    assert pictures.check(bad_uploads.png(8000, 8000, pixels=bytes(100))) == (8000, 8000)
    assert pictures.check(bad_uploads.jpeg_of_size(9000, 7000)) == (9000, 7000)


# --- what comes out ----------------------------------------------------------------------------------------


def test_a_picture_gets_all_its_sizes_under_the_hash_of_their_bytes(db):
    picture = made(bad_uploads.picture((1640, 1230)))
    assert (picture.state, picture.done, picture.width, picture.height) == ("ready", 7, 1640, 1230)
    sizes = {(file.format, file.width, file.height) for file in picture.files.all()}
    wanted = {(kind, w, w * 3 // 4) for kind in ("avif", "webp") for w in (480, 960, 1600)}
    assert sizes == wanted | {("jpg", 480, 360)}
    for file in picture.files.all():
        assert opened(file).size == (file.width, file.height)
        assert re.fullmatch(rf"[0-9a-f]{{32}}\.{file.format}", file.name)
        assert file.size == len(bytes(file.content))


@pytest.mark.parametrize(("width", "widths"), [(300, [300]), (480, [480]), (959, [480]), (1000, [480, 960])])
def test_no_picture_is_made_larger_than_it_was(width, widths):
    assert pictures.widths(width, width) == widths


def test_a_long_drawing_has_no_size_that_takes_too_much():
    assert pictures.widths(2000, 8000) == [480, 960]
    assert pictures.count(2000, 8000) == 5


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(turn):
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 20))  # top left
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera did, undone by its note
    lying = upright.transpose(Image.Transpose(turns[turn])) if turn > 1 else upright
    data = bad_uploads.saved(lying, "PNG", exif=bad_uploads.exif(turn=turn))
    image = pictures.upright(data)
    assert pictures.check(data) == image.size == (60, 40)
    assert image.getpixel((5, 5)) == (255, 0, 0)
    assert image.getpixel((55, 35)) == (255, 255, 255)


def test_what_one_sees_through_is_white():
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert pictures.upright(bad_uploads.saved(clear, "PNG")).getpixel((9, 9)) == (255, 255, 255)


def test_sixteen_bits_of_grey_become_eight():
    data = bad_uploads.MODES["grey png of 16 bits"]()
    eight = pictures.upright(bad_uploads.MODES["grey png"]())
    assert abs(pictures.upright(data).getpixel((30, 20))[0] - eight.getpixel((30, 20))[0]) <= 1


def test_colours_of_another_profile_become_those_of_the_web():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    data = bad_uploads.saved(Image.new("RGB", (40, 40), "red"), "PNG", icc_profile=swapped)
    red, green, _blue = pictures.upright(data).getpixel((9, 9))
    assert green > 240 > 10 > red


def test_a_large_picture_is_reduced_by_strips_without_seams():
    slope = Image.linear_gradient("L").resize((3300, 3300))
    image = pictures.upright(bad_uploads.saved(slope, "PNG"))
    column = [image.getpixel((800, y))[0] for y in range(image.height)]
    assert image.size == (1650, 1650)
    assert column == sorted(column)


def test_the_first_view_keeps_its_budget(db):
    noise = Image.merge("RGB", [Image.effect_noise((320, 240), 60) for _ in range(3)])
    data = bad_uploads.saved(noise, "JPEG", quality=95)
    graphic, pair = made(data, use="infographic", language="vi"), made(data, use="then")
    assert graphic.files.get(format="avif").size > pictures.PAIR  # letters stay readable at any weight
    assert pair.files.get(format="avif").size <= pictures.PAIR


def test_the_same_bytes_are_one_picture_in_one_place_only(db):
    site, data = builders.make_site(), bad_uploads.picture()
    made(data, site=site)
    with pytest.raises(pictures.PictureError, match="đã có"):
        sent(data, site=site)
    others = [made(data, site=site, use="hero"), made(data)]
    names = [{file.name for file in picture.files.all()} for picture in others]
    assert names[0] == names[1]


def test_the_same_sending_twice_is_one_picture(db):
    site = builders.make_site()
    first = sent(bad_uploads.picture(), site=site, id=ID)
    assert sent(bad_uploads.picture(), site=site, id=ID) == first


# --- the job -----------------------------------------------------------------------------------------------


def test_a_job_that_was_cut_off_begins_again(db):
    picture = sent(bad_uploads.picture())
    picture.mark_started()
    cut_off = pictures.public_file(Image.new("RGB", (9, 9)), "webp")
    cut_off.picture = picture
    cut_off.save()
    picture.tell(done=1)
    tasks.make_picture_sizes(picture_id=str(picture.pk))
    picture.refresh_from_db()
    assert (picture.state, picture.done, picture.files.count()) == ("ready", 3, 3)
    assert not picture.files.filter(name=cut_off.name).exists()


def test_a_picture_that_is_ready_is_never_made_anew(db):
    picture = made(bad_uploads.picture())
    before = set(picture.files.values_list("pk", flat=True))
    pictures.make_sizes(picture)
    tasks.make_picture_sizes(picture_id=str(picture.pk))
    assert set(picture.files.values_list("pk", flat=True)) == before


def test_a_picture_that_no_worker_knows_is_told_as_failed_and_can_be_begun_anew(db):
    site, user = builders.make_site(), builders.make_user()
    known = pictures.order(site, bad_uploads.picture(), use="hero", by=user, **FACTS)
    lost = sent(bad_uploads.picture())
    tasks.give_up_lost_pictures(timestamp=0)
    lost.refresh_from_db()
    known.refresh_from_db()
    assert (lost.state, known.state) == ("failed", "waiting")
    assert "Làm lại" in lost.problem
    pictures.send_again(lost)
    assert ProcrastinateJob.objects.filter(task_name=Picture.TASK, args__picture_id=str(lost.pk)).count() == 1
    assert not Picture.objects.lost().exists()


def test_the_worker_knows_the_job():
    app.perform_import_paths()
    assert Picture.TASK in app.tasks


# --- removing and replacing --------------------------------------------------------------------------------


@pytest.fixture
def site(db):
    return builders.make_site_text().site


def test_a_removed_picture_that_no_edition_shows_is_gone_with_its_bytes(site):
    made(bad_uploads.picture(), site=site).remove()
    assert not Picture.objects.exists()
    assert not PictureFile.objects.exists()


def test_a_removed_picture_stays_while_an_edition_shows_it(site):
    picture = made(bad_uploads.picture(), site=site)
    picture.describe("vi", alt="Nhà rông")
    edition = Edition.objects.send(site, "vi", by=builders.make_user(), content=collect(site, "vi"))
    picture.remove()
    assert not collect(site, "vi")["pictures"]
    assert Picture.objects.delete_removed() == 0
    assert picture.files.exists()
    edition.withdraw(by=builders.make_user())
    assert Picture.objects.delete_removed() == 1
    assert not PictureFile.objects.exists()


def test_another_file_takes_the_place_and_the_words(site):
    old = made(bad_uploads.picture(), site=site, use="hero", taken="1998")
    old.describe("vi", alt="Nhà rông", caption="Làng Mẫu")
    new = pictures.replace(old, bad_uploads.picture((80, 60)), by=builders.make_user())
    assert (new.use, new.credit, new.taken, new.state) == ("hero", old.credit, "1998", "waiting")
    assert list(new.texts.values_list("language", "alt", "caption")) == [("vi", "Nhà rông", "Làng Mẫu")]
    assert list(site.pictures.all()) == [new]


def test_a_replacement_that_is_the_same_file_changes_nothing(site):
    old = made(bad_uploads.picture(), site=site)
    with pytest.raises(pictures.PictureError, match="đã có"):
        pictures.replace(old, bad_uploads.picture(), by=builders.make_user())
    assert list(site.pictures.present()) == [old]


def test_new_words_make_the_language_a_draft_again(site):
    text = site.texts.get()
    text.state, text.reader, text.approved_at = SiteText.State.APPROVED, "Mai Thị Ví Dụ", text.changed_at
    text.save()
    picture = sent(bad_uploads.picture(), site=site)
    assert not picture.describe("vi", alt="")
    assert site.texts.get().state == "approved"
    assert picture.describe("vi", alt="Nhà rông")
    assert site.texts.get().state == "draft"


# --- the pages ---------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, site):
    """A client of somebody who writes on the site's desk."""
    user = builders.make_user(role="unit_secretary", unit=site.unit)
    client.force_login(user, backend="portal.accounts.backends.NameOrPhoneBackend")
    return client


def upload(data: bytes, name="anh.jpg", kind="image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def add(desk, site, data: bytes, name="anh.jpg", kind="image/jpeg", **fields):
    """The form as a browser sends it."""
    form = {"id": ID, "file": upload(data, name, kind), "use": "hero", **FACTS, **fields}
    return desk.post(reverse("picture_add", args=[site.pk]), form)


def test_from_the_form_to_the_page(desk, site):
    answer = add(
        desk, site, bad_uploads.picture((500, 400)), name="../../../etc/passwd.php", kind="text/html"
    )
    picture = Picture.objects.get()
    assert answer["Location"] == reverse("picture_detail", args=[picture.pk])
    waiting = desk.get(answer["Location"]).content.decode()
    assert "Đang chờ tới lượt" in waiting
    assert "Chương trình nền của máy chủ không chạy" in waiting
    tasks.make_picture_sizes(picture_id=str(picture.pk))
    progress = desk.get(reverse("picture_progress", args=[picture.pk]), headers={"HX-Request": "true"})
    assert picture.files.get(format="jpg").name in progress.content.decode()
    assert "data-hx-get" not in progress.content.decode()
    words = {"alt_vi": "Nhà rông", "caption_vi": "Làng Mẫu", "alt_en": "A communal house"}
    desk.post(answer["Location"], {"use": "hero", "sort": 3, **FACTS, **words})
    shown = collect(site, "vi")["pictures"][0]
    assert (shown["alt"], shown["caption"], len(shown["files"])) == ("Nhà rông", "Làng Mẫu", 3)
    assert "passwd" not in desk.get(reverse("picture_list", args=[site.pk])).content.decode()


@pytest.mark.parametrize(
    "name", ["svg with script", "144 megapixels in 17 KB", "moving webp", "html", "too heavy"]
)
def test_a_refusal_stands_on_the_form(desk, site, name):
    answer = add(desk, site, bad_uploads.REFUSED[name](), name="a.jpg")
    assert answer.status_code == 422
    assert re.search(r"(không phải ảnh|lớn quá|động|nặng quá)", answer.content.decode())
    assert not Picture.objects.exists()


def test_a_body_over_the_portals_limit_is_told_too(desk, site):
    answer = add(desk, site, bytes(17 * 1024 * 1024))
    assert answer.status_code == 422
    assert "nhẹ hơn 15 MB" in answer.content.decode()


def test_a_graphic_needs_its_language_and_a_component_its_name(desk, site):
    for use, words in (("infographic", "Chọn ngôn ngữ"), ("component", "Chọn hạng mục")):
        answer = add(desk, site, bad_uploads.picture(), use=use)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert add(desk, site, bad_uploads.picture(), use="infographic", language="en").status_code == 302
    assert Picture.objects.get().language == "en"


def test_a_caption_without_words_for_the_blind_is_sent_back(desk, site):
    picture = made(bad_uploads.picture(), site=site)
    address = reverse("picture_detail", args=[picture.pk])
    answer = desk.post(address, {"use": "gallery", "sort": 0, **FACTS, "caption_vi": "Làng Mẫu"})
    assert answer.status_code == 422
    assert "Viết lời tả ảnh bằng Tiếng Việt" in answer.content.decode()


def test_the_original_is_a_download_for_who_writes_and_for_nobody_else(desk, site, client):
    picture = sent(bad_uploads.picture(exif=bad_uploads.exif()), site=site)
    address = reverse("picture_original", args=[picture.pk])
    answer = desk.get(address)
    assert answer.content == bytes(picture.original)
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store, private")
    other = builders.make_user(role="unit_secretary", unit=builders.make_unit())
    client.force_login(other, backend="portal.accounts.backends.NameOrPhoneBackend")
    assert client.get(address).status_code == 404


def test_replacing_by_the_form_shows_the_new_picture(desk, site):
    picture = made(bad_uploads.picture(), site=site)
    address = reverse("picture_replace", args=[picture.pk])
    assert desk.post(address, {"file": upload(bad_uploads.SCRIPT)}).status_code == 422
    answer = desk.post(address, {"file": upload(bad_uploads.picture((90, 70)))})
    assert answer["Location"] == reverse("picture_detail", args=[Picture.objects.get().pk])


def test_the_list_asks_a_fixed_number_of_times(desk, site, django_assert_max_num_queries):
    for number in range(6):
        builders.make_picture(site=site, use="gallery", sort=number)
    with django_assert_max_num_queries(16):
        desk.get(reverse("picture_list", args=[site.pk]))
