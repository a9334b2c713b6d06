"""The outbox: what this tablet holds (its script says), what the server has, files of other tablets."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import rights
from portal.accounts.gates import field_page
from portal.field.forms import RescueForm
from portal.field.models import Envelope
from portal.field.rescue import NotARescueFile, receive_file
from portal.field.views.slips import kept_words
from portal.forms import page

PER_PAGE = 25


@require_safe
@field_page
def outbox(request):
    """What, when, state: of the tablet and, below, of what came from one's own hands today and before."""
    return _page(request, RescueForm())


@require_http_methods(["POST"])
@field_page
def outbox_upload(request):
    """A file that another outbox saved; also without script."""
    form = RescueForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            counts = receive_file(form.cleaned_data["file"].read(), by=request.user, device=request.device)
        except NotARescueFile as error:
            form.add_error("file", str(error))
        else:
            _tell(request, counts)
            return redirect("outbox")
    return _page(request, form)


def _tell(request, counts) -> None:
    if counts[200]:
        messages.success(request, f"Hệ thống đã nhận {counts[200]} phiếu trong tệp. Xem tình trạng ở dưới.")
    if counts[409]:
        messages.warning(request, f"{counts[409]} phiếu trùng mã với phiếu khác, đã giữ để đối chiếu.")
    broken = counts[400] + counts[413]
    if broken:
        messages.error(request, f"{broken} phiếu trong tệp hỏng, không mở được. Giữ tệp lại, báo Tỉnh Đoàn.")
    if counts[429]:
        messages.warning(
            request,
            f"{counts[429]} phiếu trong tệp chưa nhận, vì một giờ qua bạn gửi nhiều quá. Giữ tệp lại, một giờ"
            " nữa gửi lại chính tệp này: phiếu đã nhận không bị ghi trùng.",
        )
    if not counts:
        messages.info(request, "Tệp này không có phiếu nào.")


def _page(request, form):
    kept = kept_words(request)
    rows = Envelope.objects.own(request.user).with_people()
    leads = request.user.reach.holds(*rights.SHIFT_MAKERS)
    context = {"place": request.place, "leads": leads, **kept}
    if not kept:
        context["sent"] = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "field/outbox.html", context, form=form)
