"""What a lost account or tablet may have seen or changed: for the notice within 72 hours (Decree 356/2025).

Records that were opened, values that were shown whole, what was recorded; by user, machine and time. Names
are masked: whoever tells the persons concerned opens their records, which is written down again.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.gates import lockable, only
from portal.accounts.models import User
from portal.codes.shortcodes import normalize
from portal.exports import Sheet, workbook
from portal.forms import Form, page
from portal.home import personal
from portal.phones import normalize_phone
from portal.privacy.models import Opening, ReadLog
from portal.privacy.personal import Watch
from portal.registers import XLSX

WATCHERS = ("province_staff", "auditor", "administrator")
PER_PAGE = 50
OPENED, SHOWN = "Mở hồ sơ", "Xem số đầy đủ"


class BreachForm(Form):
    """Which account or machine, and from when to when."""

    who = forms.CharField(
        label="Người", max_length=80, required=False, help_text="Tên, tên đăng nhập hoặc điện thoại."
    )
    user = forms.ModelChoiceField(User.objects.none(), required=False, widget=forms.HiddenInput)
    device = forms.CharField(
        label="Mã máy", max_length=12, required=False, help_text="6 ký tự ở chân trang, ghi trên vỏ máy."
    )
    first = forms.DateField(label="Từ ngày")
    last = forms.DateField(label="Đến hết ngày", initial=timezone.localdate)

    def __init__(self, *args, users, **kwargs):
        super().__init__(*args, **kwargs)
        self.users = users
        self.fields["user"].queryset = users
        self.candidates = []

    def clean_device(self):
        typed = self.cleaned_data["device"]
        if typed and (code := normalize(typed)) is None:
            raise ValidationError("Mã máy chưa đúng, xem lại từng ký tự.")
        return code if typed else ""

    def clean(self):
        data = super().clean()
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", "Ngày cuối không thể trước ngày đầu.")
        if data.get("who") and not data.get("user"):
            data["user"] = self._one(data["who"])
        if not (data.get("user") or data.get("device") or self.errors):
            self.add_error("who", "Ghi tên người, hoặc mã máy.")
        return data

    def _one(self, typed: str) -> User | None:
        """Who is meant; where several may be, they become `candidates` to pick from."""
        found = list(self.users.search(normalize_phone(typed) or typed)[:20])
        if len(found) == 1:
            return found[0]
        self.candidates = found
        words = "Có nhiều người như vậy, chọn đúng người." if found else "Không có ai như vậy."
        self.add_error("who", words)
        return None

    def watch(self) -> Watch:
        def midnight(day):
            return timezone.make_aware(datetime.combine(day, time.min))

        data = self.cleaned_data
        until = midnight(data["last"] + timedelta(days=1))
        return Watch(midnight(data["first"]), until, data.get("user"), data["device"])


@dataclass
class Touched:
    """One record, with what was done to it: {what: times}."""

    label: str
    key: str
    first_at: datetime
    last_at: datetime
    deeds: dict[str, int] = field(default_factory=dict)
    record: personal.Record | None = None

    @property
    def words(self) -> str:
        part = personal.BY_LABEL.get(self.label)
        return part.words if part else str(apps.get_model(self.label)._meta.verbose_name).capitalize()

    @property
    def done(self) -> str:
        return ", ".join(f"{what.lower()} ({times})" for what, times in self.deeds.items())


def touched(watch: Watch) -> list[Touched]:
    """Every record that was opened, shown whole or recorded, the latest first."""
    found: dict[tuple[str, str], Touched] = {}
    for what, label, key, at in _by_person(list(_deeds(watch))):
        one = found.setdefault((label, str(key)), Touched(label, str(key), at, at))
        one.first_at, one.last_at = min(one.first_at, at), max(one.last_at, at)
        one.deeds[what] = one.deeds.get(what, 0) + 1
    return sorted(found.values(), key=lambda one: one.last_at, reverse=True)


def _deeds(watch: Watch):
    """(what, model, key, when) of all that the logs and the apps know."""
    of_user = {"user": watch.user} if watch.user else {}
    opened = Opening.objects.filter(at__gte=watch.since, at__lt=watch.until, **of_user)
    opened = opened.filter(device=watch.device) if watch.device else opened
    yield from ((OPENED, *line) for line in opened.values_list("model", "row", "at"))
    shown = ReadLog.objects.filter(at__gte=watch.since, at__lt=watch.until, **of_user)
    if watch.device:  # to see a value whole is to open the record, in the same request
        requests = Opening.objects.filter(device=watch.device).exclude(request_id="")
        shown = shown.filter(request_id__in=requests.values("request_id"))
    yield from ((SHOWN, *line) for line in shown.values_list("model", "row", "at"))
    for part in personal.PARTS:
        for what, rows in part.made(watch) if part.made else []:
            yield from ((what, part.label, key, at) for key, at in rows)


def _by_person(deeds: list[tuple]) -> list[tuple]:
    """The same, with what was done to an account or a card told of whose it is."""
    owners = {}
    for part in personal.PARTS:
        for label, path in part.belongs.items():
            keys = {key for _what, one, key, _at in deeds if one == label}
            rows = apps.get_model(label).objects.filter(pk__in=keys).values_list("pk", path)
            owners |= {(label, str(key)): (part.label, str(owner)) for key, owner in rows}
    return [(what, *owners.get((label, str(key)), (label, str(key))), at) for what, label, key, at in deeds]


def summed(rows: list[Touched]) -> list[tuple[str, int]]:
    """(what was done, to how many records), the most first; and how many records there are of each kind."""
    counts: dict[str, int] = {}
    for row in rows:
        for what in row.deeds:
            counts[what] = counts.get(what, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])


@lockable
@never_cache
@only(*WATCHERS)
@require_http_methods(["GET", "HEAD", "POST"])
def breach(request):
    """Asks by POST, as a name or a machine stands in no address; `xlsx` in the form gives the file."""
    users = User.objects.visible_to(request.user)
    form = BreachForm(request.POST if request.method == "POST" else None, users=users)
    if not form.is_valid():
        return page(request, "home/breach.html", form=form)
    watch = form.watch()
    rows = touched(watch)
    if "xlsx" in request.POST:
        name = f"su-co-{timezone.localdate():%d-%m-%Y}.xlsx"
        file = workbook(_sheets(watch, rows, request.user))
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    shown = Paginator(rows, PER_PAGE).get_page(request.POST.get("page"))
    _name(shown.object_list, request.user)
    context = {"watch": watch, "page": shown, "sums": summed(rows), "is_done": True}
    return page(request, "home/breach.html", context, form=form)


def _name(rows: list[Touched], user) -> None:
    """Loads the records behind the keys, as far as there are any still."""
    found = personal.load([(row.label, row.key) for row in rows], user)
    by_key = {record.key: record for record in found}
    for row in rows:
        row.record = by_key.get(f"{row.label}:{row.key}")


def _sheets(watch: Watch, rows: list[Touched], user):
    about = [
        ["Người", str(watch.user or "")],
        ["Máy", watch.device],
        ["Từ", watch.since],
        ["Đến trước", watch.until],
        ["Số hồ sơ", len(rows)],
        *([what, count] for what, count in summed(rows)),
        ["Lập lúc", timezone.now()],
        ["Người lập", user.name],
    ]
    yield Sheet("Sự cố", ["Sự cố dữ liệu", ""], about)
    _name(rows, user)
    columns = ["Loại", "Ai (che bớt)", "Ở đâu", "Đã làm gì", "Lần đầu", "Lần cuối", "Khóa"]
    lines = (
        [
            row.words,
            row.record.who if row.record else "",
            row.record.where if row.record else "",
            row.done,
            row.first_at,
            row.last_at,
            row.key,
        ]
        for row in rows
    )
    yield Sheet("Hồ sơ", columns, lines)
