"""Who works here: users, their roles, the links that let them in, shifts with their codes."""

import uuid
from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from portal.accounts import rights
from portal.accounts.offline_pin import offline_check
from portal.accounts.reach import Reach
from portal.codes.models import ShortCode
from portal.history import tracked
from portal.organization.models import Place, Team, Unit
from portal.organization.trees import Dated, DatedQuerySet, ends_after_start
from portal.privacy.masking import mask_number
from portal.privacy.models import Consent, SealedFile
from portal.text import Folded, PersonKey, matches, trigram_index


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Users who hold, or held, a role on a unit in reach, and the guests of its places' shifts."""
        if user.reach.is_everywhere:
            return self.all()
        return self.filter(
            Q(pk=user.pk)
            | Q(pk__in=Role.objects.filter(user.reach.units("unit__")).values("user"))
            | Q(pk__in=ShiftEntry.objects.filter(user.reach.places("shift__place__")).values("user"))
        )

    def holding(self, kind: str):
        """Users who hold a role of this kind today."""
        return self.filter(pk__in=Role.objects.today().filter(kind=kind).values("user"))

    def left_outside(self):
        """People who hold a role today and have neither a password nor a link that is still good."""
        waiting = OneTimeLink.objects.good().filter(user=OuterRef("pk"))
        holders = self.filter(is_active=True, pk__in=Role.objects.today().values("user"))
        return holders.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(Exists(waiting))

    def search(self, text: str):
        return self.filter(
            matches("name_folded", text) | Q(username__icontains=text) | Q(phone__endswith=text)
        )


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """A saved user; without a password it can only come in by a link or a shift code."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str):
        return self.get(username__iexact=username)


@tracked("password", "pin", "pin_check", "last_login")
class User(AbstractBaseUser):
    """A person who works with the portal. A guest came in by a shift code and has a PIN, no password."""

    username = models.CharField("tên đăng nhập", max_length=60)
    phone = models.CharField("điện thoại", max_length=15, null=True, blank=True, unique=True)
    name = models.CharField("họ và tên", max_length=80)
    pin = models.CharField("PIN", max_length=128, blank=True, editable=False)
    pin_check = models.CharField("dấu PIN", max_length=40, blank=True, editable=False)
    is_guest = models.BooleanField("vào bằng mã ca", default=False)
    is_active = models.BooleanField("được vào", default=True)
    joined_at = models.DateTimeField("tạo lúc", default=timezone.now)
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)
    revoked_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name="người thu hồi", related_name="+", null=True, blank=True
    )
    name_folded = Folded("name")
    name_key = PersonKey("name")

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "người dùng"
        verbose_name_plural = "người dùng"
        ordering = ["name_key"]
        indexes = [trigram_index("name_folded", name="accounts_user_name")]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_once",
                violation_error_message="Tên đăng nhập này đã có người dùng.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, is_active=False),
                name="accounts_user_revoked_who_and_when",
                violation_error_message="Thu hồi cần người, thời điểm, và tài khoản thôi được vào.",
            ),
        ]

    def __str__(self):
        return self.name

    @cached_property
    def reach(self) -> Reach:
        """What the user may see: computed once a request."""
        return Reach(self)

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens."""
        return self.is_active and any(role.kind in rights.STAFF for role in self.reach.roles)

    @property
    def needs_second_factor(self) -> bool:
        return any(role.kind in rights.SECOND_FACTOR for role in self.reach.roles)

    @property
    def masked_phone(self) -> str:
        return mask_number(self.phone or "")

    def has_perm(self, permission: str, obj=None) -> bool:
        return self.is_active and rights.allows(self, permission)

    def has_perms(self, permissions, obj=None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and rights.opens(self, app_label)

    def set_pin(self, pin: str) -> None:
        """Keeps a hash, and the short check for a tablet without network; save both afterwards."""
        self.pin, self.pin_check = make_password(pin), offline_check(pin)

    def check_pin(self, pin: str) -> bool:
        return bool(self.pin) and check_password(pin, self.pin)

    def revoke(self, *, by: "User") -> None:
        """Ends the account at once: sessions stop at their next request."""
        self.is_active, self.revoked_at, self.revoked_by = False, timezone.now(), by
        self.save(update_fields=["is_active", "revoked_at", "revoked_by"])


@tracked()
class Role(Dated):
    """A right held on a unit, and so on its subtree and area, from–to."""

    class Kind(models.TextChoices):
        VOLUNTEER = "volunteer", "Tình nguyện viên"
        TEAM_LEAD = "team_lead", "Đội trưởng"
        UNIT_SECRETARY = "unit_secretary", "Bí thư đơn vị"
        PROVINCE_STAFF = "province_staff", "Cán bộ Tỉnh Đoàn"
        CULTURE_REVIEWER = "culture_reviewer", "Người duyệt của ngành văn hóa"
        AUDITOR = "auditor", "Kiểm tra, giám sát"
        ADMINISTRATOR = "administrator", "Quản trị"

    user = models.ForeignKey(User, models.CASCADE, verbose_name="người", related_name="roles")
    kind = models.CharField("vai trò", max_length=16, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="đơn vị", related_name="roles")
    granted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="người giao", related_name="+", null=True, blank=True
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "vai trò"
        verbose_name_plural = "vai trò"
        constraints = [
            ends_after_start("accounts_role_ends_after_start"),
            models.UniqueConstraint(
                fields=["user", "kind", "unit"],
                condition=Q(ends_on=None),
                name="accounts_role_open_once",
                violation_error_message="Người này đang giữ vai trò này ở đơn vị này.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.unit}"

    @property
    def is_over(self) -> bool:
        return self.ends_on is not None and self.ends_on < timezone.localdate()

    def end(self) -> None:
        """From this moment on; a role that began today, or has not begun, is gone (its history stays)."""
        today = timezone.localdate()
        if self.starts_on and self.starts_on >= today:
            self.delete()
            return
        self.ends_on = today - timedelta(days=1)
        self.save(update_fields=["ends_on"])


class OneTimeLinkQuerySet(models.QuerySet):
    def good(self):
        """Links that still let somebody in."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def long_over(self):
        """Links that ended a month ago: used, replaced or let lapse."""
        return self.filter(expires_at__lt=timezone.now() - timedelta(days=30))


class OneTimeLink(models.Model):
    """An invitation or a reset that is handed over on paper or screen; the database keeps only its hash."""

    class Purpose(models.TextChoices):
        INVITE = "invite", "Lời mời"
        RESET = "reset", "Đặt lại mật khẩu"

    user = models.ForeignKey(User, models.CASCADE, verbose_name="cho", related_name="links")
    purpose = models.CharField("để", max_length=8, choices=Purpose)
    token_hash = models.BinaryField("dấu vân tay", max_length=32, unique=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="người tạo", related_name="+")
    made_at = models.DateTimeField("tạo lúc", default=timezone.now)
    expires_at = models.DateTimeField("hết hạn lúc")
    used_at = models.DateTimeField("dùng lúc", null=True, blank=True)

    objects = OneTimeLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "đường dẫn một lần"
        verbose_name_plural = "đường dẫn một lần"

    def __str__(self):
        return f"{self.get_purpose_display()}: {self.user}"


class ShiftQuerySet(models.QuerySet):
    def running(self, at=None):
        """Shifts open at an instant (now by default)."""
        now = at or timezone.now()
        return self.filter(starts_at__lte=now, ends_at__gt=now, closed_at=None)

    def visible_to(self, user):
        return self.filter(user.reach.places("place__"))


@tracked()
class Shift(models.Model):
    """Work at one place for some hours, with the code that lets volunteers in without an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, verbose_name="nơi", related_name="shifts")
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="đội", related_name="shifts", null=True, blank=True
    )
    code = models.OneToOneField(ShortCode, models.PROTECT, verbose_name="mã ca", editable=False)
    starts_at = models.DateTimeField("từ lúc")
    ends_at = models.DateTimeField("đến lúc")
    note = models.CharField("phân công", max_length=120, blank=True, help_text="Ví dụ: dãy B và C.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người mở ca", related_name="+"
    )
    closed_at = models.DateTimeField("đóng lúc", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người đóng ca",
        related_name="+",
        null=True,
        blank=True,
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = "ca trực"
        verbose_name_plural = "ca trực"
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="accounts_shift_ends_after_start",
                violation_error_message="Giờ kết thúc phải sau giờ bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="accounts_shift_closed_who_and_when",
                violation_error_message="Đóng ca cần cả người và thời điểm.",
            ),
        ]

    def __str__(self):
        return f"{self.place}, {timezone.localtime(self.starts_at):%H:%M %d-%m-%Y}"

    def close(self, *, by: User) -> None:
        """Ends the shift before its time; its guests are out at their next request."""
        self.closed_at, self.closed_by = timezone.now(), by
        self.save(update_fields=["closed_at", "closed_by"])

    def is_running(self, at=None) -> bool:
        now = at or timezone.now()
        return self.starts_at <= now < self.ends_at and self.closed_at is None


class ShiftEntryQuerySet(models.QuerySet):
    def working(self, at=None):
        """Entries whose shift is running and whose person was not sent away."""
        now = at or timezone.now()
        return self.filter(
            revoked_at=None, shift__closed_at=None, shift__starts_at__lte=now, shift__ends_at__gt=now
        )


@tracked()
class ShiftEntry(models.Model):
    """Somebody joined a shift."""

    shift = models.ForeignKey(Shift, models.CASCADE, verbose_name="ca", related_name="entries")
    user = models.ForeignKey(User, models.PROTECT, verbose_name="người", related_name="shift_entries")
    joined_at = models.DateTimeField("vào lúc", default=timezone.now)
    revoked_at = models.DateTimeField("cho thôi lúc", null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="người cho thôi", related_name="+", null=True, blank=True
    )

    objects = ShiftEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "người trong ca"
        verbose_name_plural = "người trong ca"
        constraints = [
            models.UniqueConstraint(fields=["shift", "user"], name="accounts_shiftentry_once"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="accounts_shiftentry_revoked_who_and_when",
            ),
        ]

    def __str__(self):
        return f"{self.user}, {self.shift}"

    def revoke(self, *, by: User) -> None:
        """Sends the person away from the shift; a guest has no account beside it."""
        with transaction.atomic():
            self.revoked_at, self.revoked_by = timezone.now(), by
            self.save(update_fields=["revoked_at", "revoked_by"])
            if self.user.is_guest:
                self.user.revoke(by=by)


class BadgeQuerySet(models.QuerySet):
    def behind(self, code: str) -> "Badge | None":
        """The badge that has this code now, with its person."""
        return self.filter(code=code).select_related("user").first()

    def make_for(self, user, *, by) -> "Badge":
        """The user's badge: the one there is, or a new one. Two at once get the same."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            badge = self.filter(user=user).first()
            return badge or self.create(
                user=user, code=ShortCode.objects.draw(ShortCode.Purpose.BADGE), made_by=by
            )

    def long_idle(self, days: int = 30):
        """Badges with a photo whose person holds no role and was in no shift for some days."""
        day, moment = timezone.localdate() - timedelta(days=days), timezone.now() - timedelta(days=days)
        roles = Role.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), user=OuterRef("user"))
        entries = ShiftEntry.objects.filter(user=OuterRef("user"), shift__ends_at__gte=moment)
        works = Q(user__is_active=True) & (Q(Exists(roles)) | Q(Exists(entries)))
        return self.filter(photo__isnull=False).exclude(works | Q(user__revoked_at__gte=moment))

    def drop_photos(self) -> int:
        """Deletes the photos of these badges for good; how many."""
        files = SealedFile.objects.filter(pk__in=list(self.values_list("photo", flat=True)))
        return files.only("pk").delete()[1].get(SealedFile._meta.label, 0)


@tracked()
class Badge(models.Model):
    """A volunteer's card: its code leads to a public page that says whether the person works today.

    A lost card is replaced by another code; the old one stays given out, and leads to "replaced".
    """

    user = models.OneToOneField(User, models.CASCADE, verbose_name="của", related_name="badge")
    code = models.OneToOneField(ShortCode, models.PROTECT, verbose_name="mã", editable=False)
    photo = models.OneToOneField(
        SealedFile, models.SET_NULL, verbose_name="ảnh", related_name="+", null=True, blank=True
    )
    consent = models.OneToOneField(
        Consent, models.PROTECT, verbose_name="sự đồng ý", related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField("làm lúc", default=timezone.now)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="người làm", related_name="+")

    objects = BadgeQuerySet.as_manager()

    class Meta:
        verbose_name = "thẻ tình nguyện viên"
        verbose_name_plural = "thẻ tình nguyện viên"
        constraints = [
            models.CheckConstraint(
                condition=Q(photo=None) | Q(consent__isnull=False),
                name="accounts_badge_photo_with_consent",
                violation_error_message="Có ảnh thì phải có lời đồng ý của người trong ảnh.",
            )
        ]

    def __str__(self):
        return str(self.user)

    def replace(self, *, by: User) -> None:
        """Another code; whoever finds or copied the old card shows one that was replaced."""
        self.code = ShortCode.objects.draw(ShortCode.Purpose.BADGE)
        self.made_at, self.made_by = timezone.now(), by
        self.save(update_fields=["code", "made_at", "made_by"])

    def lock(self) -> None:
        """The row as it is now, until the end of the transaction: two may give or take the photo at once."""
        self.refresh_from_db(from_queryset=Badge.objects.select_for_update())

    def give_photo(self, jpeg: bytes, *, consent: Consent, by: User) -> None:
        """The photo, sealed, with the yes of who is on it; the one before is deleted."""
        with transaction.atomic():
            self.lock()
            self.take_photo_back(by=by)
            self.photo = SealedFile.objects.keep(
                jpeg, name=f"anh-the-{self.user_id}.jpg", content_type="image/jpeg", by=by
            )
            self.consent = consent
            self.save(update_fields=["photo", "consent"])

    def take_photo_back(self, *, by: User) -> None:
        """The person no longer wants the photo: it is deleted, and the yes withdrawn."""
        with transaction.atomic():
            self.lock()
            if self.consent and self.consent.withdrawn_at is None:
                self.consent.withdraw(by=by)
            Badge.objects.filter(pk=self.pk).drop_photos()
            self.photo = None
