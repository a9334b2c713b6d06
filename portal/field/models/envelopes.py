"""Envelopes as they came in, and what else came under the UUID of one."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from portal.codes.shortcodes import ALPHABET
from portal.field import sealing
from portal.field.ages import age_tag
from portal.field.captures import all_captures
from portal.field.models.keys import SealingKey
from portal.organization.models import Place
from portal.text import clean_text, matches

KEPT = timedelta(days=7)  # the content of what was applied, in case somebody asks what was sent
HELD = timedelta(days=90)  # for a person to look at; then it is dropped
MOST_CLASHES = 5  # of one envelope: a proof, not a store
CLASH_KEPT = timedelta(days=90)  # its content; that it came, from whom, and its hash stay


class EnvelopeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of places in reach; one's own wherever they are."""
        return self.filter(Q(author=user) | Q(place__in=Place.objects.filter(user.reach.places())))

    def led_by(self, user):
        """Of places in reach, for who puts right what others sent."""
        return self.filter(place__in=Place.objects.filter(user.reach.places()))

    def own(self, user):
        """What somebody filled in, or sent for somebody else."""
        return self.filter(Q(author=user) | Q(sent_by=user))

    def of_today(self):
        return self.filter(received_at__date=timezone.localdate())

    def waiting(self):
        """Received, and not yet tried."""
        return self.filter(state=Envelope.State.RECEIVED)

    def stuck(self):
        """What waits for a person."""
        return self.filter(state__in=Envelope.STUCK)

    def finished(self):
        return self.filter(state__in=Envelope.FINISHED)

    def unfinished(self):
        return self.exclude(state__in=Envelope.FINISHED)

    def flagged(self):
        """What was written down, with something about it that somebody should see; no practice."""
        rows = self.filter(state=Envelope.State.APPLIED, flag_seen_at=None, is_practice=False)
        return rows.exclude(flag="")

    def given_up(self, at=None):
        """What has waited for a person so long that nobody will come."""
        return self.stuck().filter(received_at__lt=(at or timezone.now()) - HELD)

    def search(self, text: str):
        """By the name of who filled it in or sent it, its receipt or a tablet; all for an empty text."""
        if not (code := clean_text(text).upper()):
            return self
        people = matches("author__name_folded", text) | matches("sent_by__name_folded", text)
        receipt = Q(code__in=(code, code.removeprefix("GL").lstrip("- ")))
        return self.filter(people | receipt | Q(device=code) | Q(sent_from=code))

    def photos_of(self, envelope):
        return self.filter(of=envelope.pk)

    def done_with(self, at=None):
        """Whose content nobody needs any more; with a remark that nobody has seen somebody still may."""
        now = at or timezone.now()
        rows = self.finished().filter(closed_at__lt=now - KEPT, sealed__isnull=False)
        return rows.exclude(~Q(flag=""), of=None, flag_seen_at=None, closed_at__gte=now - HELD)

    def with_content(self):
        """Of which something can be opened still, what came under its UUID counted in."""
        clashes = Clash.objects.with_content().filter(envelope=OuterRef("pk"))
        return self.filter(Q(sealed__isnull=False) | Exists(clashes))

    def with_people(self):
        return self.select_related("author", "sent_by", "place", "closed_by")


class Envelope(models.Model):
    """A slip as it came from a tablet: kept sealed, answered, and only then applied.

    Its key is the UUID that the tablet made; sent twice it is one row. What is written down of it has keys
    that follow from this one (`captures.Work.key`), so that it cannot be written down twice either.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Đang ghi vào sổ"
        APPLIED = "applied", "Đã ghi vào sổ"
        REVIEW = "review", "Cần xem"
        QUARANTINE = "quarantine", "Tạm giữ"
        DROPPED = "dropped", "Đã bỏ"

    STUCK = (State.REVIEW, State.QUARANTINE)
    FINISHED = (State.APPLIED, State.DROPPED)

    id = models.UUIDField(primary_key=True, editable=False)
    code = models.CharField("mã nhận", max_length=4, db_index=True)
    kind = models.CharField("phiếu", max_length=24)
    version = models.PositiveSmallIntegerField("bản của phiếu")
    sealed = models.BinaryField("nội dung niêm kín", null=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    key = models.ForeignKey(SealingKey, models.PROTECT, verbose_name="khóa", related_name="+")
    of = models.UUIDField("ảnh của phiếu", null=True, blank=True, db_index=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    place = models.ForeignKey(Place, models.PROTECT, verbose_name="nơi", related_name="+")
    device = models.CharField("máy ghi", max_length=12, blank=True)
    at = models.DateTimeField("ghi lúc")
    is_clock_odd = models.BooleanField("giờ máy lệch", default=False)
    is_practice = models.BooleanField("tập làm", default=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+"
    )
    sent_from = models.CharField("máy gửi", max_length=12, blank=True)
    received_at = models.DateTimeField("nhận lúc", default=timezone.now)
    state = models.CharField("tình trạng", max_length=10, choices=State, default=State.RECEIVED)
    problem = models.CharField("vì sao", max_length=400, blank=True)
    flag = models.CharField("lưu ý", max_length=400, blank=True)
    flag_seen_at = models.DateTimeField("đã xem lưu ý lúc", null=True, blank=True)
    words = models.CharField("kết quả", max_length=200, blank=True)
    rows = models.JSONField("dòng đã ghi", default=list)
    href = models.CharField("trang", max_length=120, blank=True)
    tries = models.PositiveSmallIntegerField("số lần thử", default=0)
    closed_at = models.DateTimeField("xong lúc", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người xử lý", related_name="+",
        null=True, blank=True,
    )  # fmt: skip

    objects = EnvelopeQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu từ máy"
        verbose_name_plural = "phiếu từ máy"
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["author", "-received_at"], name="field_envelope_author"),
            models.Index(
                fields=["state", "received_at"], name="field_envelope_open",
                condition=~Q(state__in=("applied", "dropped")),
            ),
            models.Index(
                fields=["received_at"], name="field_envelope_flagged",
                condition=~Q(flag="") & Q(flag_seen_at=None),
            ),
            models.Index(
                fields=["closed_at"], name="field_envelope_kept", condition=Q(sealed__isnull=False)
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("applied", "dropped"), closed_at__isnull=False)
                | ~Q(state__in=("applied", "dropped")) & Q(closed_at=None),
                name="field_envelope_closed_when_finished",
                violation_error_message="Phiếu xong thì có thời điểm xong.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("applied", "dropped")) | Q(sealed__isnull=False),
                name="field_envelope_open_has_content",
                violation_error_message="Phiếu chưa xong thì còn nguyên nội dung.",
            ),
        ]

    def __str__(self):
        return f"{self.receipt}, {timezone.localtime(self.received_at):%H:%M %d-%m-%Y}"

    @property
    def receipt(self) -> str:
        """`GL-7F3K`, to be read aloud."""
        return f"GL-{self.code}"

    @property
    def title(self) -> str:
        """What kind of slip it is, in words."""
        capture = all_captures().get(self.kind)
        return capture.title if capture else "Phiếu loại khác"

    @property
    def tag(self) -> tuple[str, str]:
        """Kind and words for the tag of the house."""
        kinds = {"received": "info", "applied": "ok", "review": "warn", "quarantine": "err", "dropped": ""}
        return kinds[self.state], self.get_state_display()

    @property
    def age_tag(self) -> tuple[str, str]:
        """How long ago it was filled in."""
        return age_tag(self.at)

    @property
    def is_flagged(self) -> bool:
        """Whether it was written down with a remark that nobody has seen."""
        is_said = self.state == self.State.APPLIED and bool(self.flag) and not self.is_practice
        return is_said and self.flag_seen_at is None

    @property
    def is_relayed(self) -> bool:
        """Whether a colleague sent it."""
        return self.author_id != self.sent_by_id

    def open(self) -> sealing.Content:
        """What it holds. Whoever shows it to a person leaves a trace first (`portal.privacy.openings`)."""
        return sealing.open_envelope(bytes(self.sealed), id=self.id, private=self.key.private.open_bytes())

    # --- verbs; each on a row that is locked

    def close(self, state: str, *, by=None, done=None, problem: str = "") -> None:
        """Applied with what came of it, or dropped with the reason; save is included."""
        self.state, self.closed_at, self.closed_by, self.problem = state, timezone.now(), by, problem[:400]
        if done is not None:
            self.rows = [[row._meta.label_lower, str(row.pk)] for row in done.rows]
            self.href, self.words, self.flag = done.href, done.words[:200], done.flag[:400]
        self.save()

    def hold(self, state: str, problem: str) -> None:
        """For a person to look at, with the sentence that says why; what is set aside stays so."""
        is_aside = self.state == self.State.QUARANTINE
        self.state, self.problem = self.state if is_aside else state, problem[:400]
        self.save()


def make_receipt(id: uuid.UUID) -> str:
    """Four characters for an envelope: the same each time, to find it by and read it aloud, no proof of
    anything.
    """
    number, letters = id.int, ""
    for _ in range(4):
        number, at = divmod(number, len(ALPHABET))
        letters += ALPHABET[at]
    return letters


class ClashQuerySet(models.QuerySet):
    def with_content(self):
        return self.exclude(sealed=b"")

    def forget(self) -> int:
        """Drops the content, which may be about somebody; the hash goes on saying which it was."""
        return self.with_content().update(sealed=b"")


class Clash(models.Model):
    """The same UUID came with another content: refused, and kept as evidence."""

    id = models.BigAutoField(primary_key=True)
    envelope = models.ForeignKey(Envelope, models.PROTECT, verbose_name="phiếu", related_name="clashes")
    sealed = models.BinaryField("nội dung niêm kín")
    sha256 = models.CharField("SHA-256", max_length=64)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+"
    )
    sent_from = models.CharField("máy gửi", max_length=12, blank=True)
    at = models.DateTimeField("lúc", default=timezone.now)

    objects = ClashQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu trùng mã"
        verbose_name_plural = "phiếu trùng mã"
        constraints = [models.UniqueConstraint(fields=["envelope", "sha256"], name="field_clash_once")]

    def __str__(self):
        return f"{self.envelope}, {self.sha256[:8]}"

    def open(self) -> sealing.Content | None:
        """What it holds; None for what nobody can open: it was kept as it came."""
        raw = bytes(self.sealed)
        key = SealingKey.objects.filter(id=sealing.key_id(raw)).first()
        try:
            return key and sealing.open_envelope(raw, id=self.envelope_id, private=key.private.open_bytes())
        except sealing.NotAnEnvelope:
            return None
