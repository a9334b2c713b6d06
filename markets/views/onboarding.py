"""The second task of a stall: consent, vendor, account. Each screen saves; none carries a clear number on."""

import base64
import binascii
import uuid

from django.contrib import messages
from django.db import IntegrityError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from markets import banks, onboarding, vietqr
from markets.forms import ConsentForm, PictureForm, ReadAccountForm, TypedAccountForm, VendorForm
from markets.models import Overtaken, PaymentAccount, Tenancy
from markets.models.stalls import is_uuid
from markets.views.stalls import stall_of
from portal.accounts.gates import field_page
from portal.camera import camera_page
from portal.forms import page
from portal.printing.reading import PictureError, read_picture
from portal.privacy import crypto
from portal.privacy.masking import mask_number
from portal.privacy.models import Consent, Notice, Purpose, Refusal

OVERTAKEN = "Đồng đội vừa ghi phần này của sạp. Xem lại rồi làm tiếp."


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_consent(request, id):
    """The notice to read aloud, one box a purpose; kept at once, asked again only on `?lai`."""
    stall = stall_of(request, id)
    if stall.tenancy:
        return redirect("stall_account", stall.pk)
    if "lai" not in request.GET and onboarding.kept_consent(request.session, stall):
        return redirect("stall_vendor", stall.pk)
    notice = Notice.objects.current(onboarding.PROGRAMME)
    purposes = Purpose.objects.filter(programme=onboarding.PROGRAMME)
    form = ConsentForm(request.POST or None, purposes=purposes)
    if form.is_valid():
        consent = Consent.objects.record(notice=notice, by=request.user, **form.cleaned_data)
        onboarding.keep_consent(request.session, stall, consent)
        return redirect("stall_vendor", stall.pk)
    context = {"stall": stall, "notice": notice, "steps": onboarding.STEPS, "refusal": uuid.uuid4()}
    return page(request, "markets/stall_consent.html", context, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_refuse(request, id):
    """Somebody does not want to be recorded: counted without a name, and helped all the same.

    `id` in the form is made with the page, so that the form sent twice is one refusal.
    """
    stall = stall_of(request, id)
    if request.method != "POST":
        return render(request, "markets/stall_refused.html", {"stall": stall})
    key = request.POST.get("id", "")
    Refusal.objects.record(
        id=key if is_uuid(key) else None,
        notice=Notice.objects.current(onboarding.PROGRAMME),
        place=stall.market.place,
        by=request.user,
    )
    messages.success(request, "Đã cộng một lượt, không có tên. Sổ không có thông tin nào của chủ sạp.")
    return redirect("stall_refuse", stall.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_vendor(request, id):
    """Who holds the stall: named after the consent, corrected later. “Đã có chưa?” answers without a name."""
    stall = stall_of(request, id)
    consent = stall.tenancy.vendor.consent if stall.tenancy else None
    consent = consent or onboarding.kept_consent(request.session, stall)
    if consent is None:
        return redirect("stall_consent", stall.pk)
    if _was_overtaken(request, stall.tenancy):
        return redirect("stall_detail", stall.pk)
    form = _vendor_form(request, stall, consent)
    context = {"stall": stall, "steps": onboarding.STEPS, "asks_phone": "phone" in form.fields}
    if request.method == "POST" and "look" in request.POST:
        return _look(request, form, context)
    if form.is_valid():
        try:
            _save_vendor(request, stall, consent, form)
        except IntegrityError:  # a colleague wrote a vendor for this stall a moment ago
            messages.warning(request, OVERTAKEN)
            return redirect("stall_detail", stall.pk)
        return redirect("stall_account" if not stall.tenancy else "stall_detail", stall.pk)
    return page(request, "markets/stall_vendor.html", context, form=form)


def _was_overtaken(request, tenancy) -> bool:
    """Whether a colleague named a vendor since this form was opened: nothing is overwritten unseen."""
    now = str(tenancy.pk) if tenancy else ""
    is_late = request.method == "POST" and request.POST.get("before", "") != now
    if is_late:
        messages.warning(request, OVERTAKEN)
    return is_late


def _vendor_form(request, stall, consent) -> VendorForm:
    tenancy = stall.tenancy
    initial = {}
    if tenancy:
        initial = {"name": tenancy.vendor.name, "phone": tenancy.vendor.phone, "sign": tenancy.sign}
    asks_phone = onboarding.allows_contact(consent)
    words = {"asks_phone": asks_phone, "asker": request.user, "tenancy": tenancy, "initial": initial}
    return VendorForm(request.POST or None, **words)


def _look(request, form, context):
    """Whether the book has this person already: a yes or no, never whose row it is."""
    form.full_clean()
    found = {"looked": True, "answer": form.is_known, "is_too_often": form.has_error("phone", "often")}
    fresh = VendorForm(initial=request.POST.dict(), asks_phone=context["asks_phone"], asker=request.user)
    template = "markets/stall_vendor.html" + ("#known" if request.htmx else "")
    return render(request, template, {**context, "form": fresh, **found})


def _save_vendor(request, stall, consent, form) -> None:
    words = {"phone": "", **form.cleaned_data}
    words.pop("known")
    if stall.tenancy:
        stall.tenancy.correct(**words)
        messages.success(request, "Đã lưu tên chủ sạp.")
        return
    Tenancy.objects.begin(stall=stall, consent=consent, by=request.user, same_as=form.reused, **words)
    onboarding.forget_consent(request.session, stall)


# --- account -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_account(request, id):
    """Bank and number typed twice. The answer to the POST shows the number once, to be read back."""
    stall = stall_of(request, id)
    if not stall.tenancy:
        return redirect("stall_consent", stall.pk)
    form = TypedAccountForm(request.POST or None, tenancy=stall.tenancy)
    if form.is_valid():
        number = form.cleaned_data["number"]
        if not _save_account(request, stall, form, number=number, bin=form.cleaned_data["bin"]):
            return redirect("stall_detail", stall.pk)
        context = {"stall": stall, "echo": _grouped(number), "bank": banks.bank(form.cleaned_data["bin"])}
        context["holder"] = form.cleaned_data["holder"]
        return render(request, "markets/account_saved.html", context)
    return _account_page(request, stall, form, PictureForm())


@camera_page
def _account_page(request, stall, form, picture):
    context = {"stall": stall, "steps": onboarding.STEPS, "picture": picture}
    context["faulty"] = picture if picture.errors else form
    status = 422 if picture.errors else None
    return page(request, "markets/stall_account.html", context, form=form, status=status)


@require_POST
@field_page
def account_read(request, id):
    """The vendor's own code, as a picture or read by the camera: shown masked, sealed for the next step."""
    stall = stall_of(request, id)
    if not stall.tenancy:
        return redirect("stall_consent", stall.pk)
    if "sealed" in request.POST:
        return _account_from_code(request, stall)
    scanned = request.POST.get("payload", "")  # letter by letter: a field of the form would tidy it up
    picture = PictureForm(request.POST, request.FILES, is_scanned=bool(scanned))
    payload = _payload_in(picture, scanned) if picture.is_valid() else None
    if payload is None:
        return _account_page(request, stall, TypedAccountForm(tenancy=stall.tenancy), picture)
    sealed = base64.urlsafe_b64encode(crypto.seal(payload.encode(), _seal_place(request, stall))).decode()
    form = ReadAccountForm(tenancy=stall.tenancy, initial={"sealed": sealed})
    return _read_page(request, stall, form, payload)


def _payload_in(form: PictureForm, scanned: str) -> str | None:
    """The one VietQR that the camera read or that is in the picture, or None with the reason on the form."""
    try:
        texts = [scanned] if scanned else read_picture(form.cleaned_data["picture"].read())
        if not texts:
            raise PictureError("Chưa thấy mã QR nào trong ảnh. Chụp gần hơn, thẳng và đủ sáng, rồi chọn lại.")
        if len(texts) > 1:
            raise PictureError("Trong ảnh có nhiều mã QR. Chụp lại, chỉ để đúng mã nhận tiền của chủ sạp.")
        if vietqr.decode(texts[0]).amount:
            raise PictureError(
                "Mã này có sẵn số tiền, chỉ dùng được một lần. Xin chủ sạp mã không có số tiền."
            )
        return texts[0]
    except ValueError as error:  # PictureError and VietQRError, each a sentence
        form.add_error("picture", str(error))
        return None


def _account_from_code(request, stall):
    form = ReadAccountForm(request.POST, tenancy=stall.tenancy)
    try:
        sealed = base64.urlsafe_b64decode(request.POST["sealed"])
        payload = crypto.unseal(sealed, _seal_place(request, stall)).decode()
    except (crypto.SealBroken, binascii.Error, ValueError):
        messages.error(request, "Trang đã cũ. Chọn lại ảnh mã nhận tiền của chủ sạp.")
        return redirect("stall_account", stall.pk)
    code = vietqr.decode(payload)
    if form.is_valid():
        form.refuse_used(code.bin, code.account)
    if form.is_valid():
        is_plain = vietqr.encode(bin=code.bin, account=code.account) == payload
        what = {"number": code.account} if is_plain else {"payload": payload}
        saved = _save_account(request, stall, form, bin=code.bin, **what)
        return redirect("stall_card" if saved else "stall_detail", stall.pk)
    return _read_page(request, stall, form, payload)


def _read_page(request, stall, form, payload):
    code = vietqr.decode(payload)
    context = {"stall": stall, "steps": onboarding.STEPS, "bank": banks.bank(code.bin)}
    context["number"] = mask_number(code.account)
    return page(request, "markets/account_read.html", context, form=form)


def _save_account(request, stall, form, *, bin, **what) -> bool:
    """Whether it was saved; not where a colleague saved another account since this form was opened."""
    seen = PaymentAccount.objects.seen(request.POST.get("before", ""))
    try:
        stall.tenancy.replace_account(
            bin=bin, holder=form.cleaned_data["holder"], by=request.user, instead_of=seen, **what
        )
    except Overtaken:
        messages.warning(request, OVERTAKEN)
        return False
    return True


def _seal_place(request, stall) -> str:
    return f"markets.account_read.{stall.pk}.{request.user.pk}"


def _grouped(number: str) -> str:
    """`0912 3456 789`: four by four, as one reads aloud."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
