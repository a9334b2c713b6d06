"""Who works here: found, invited, let in again, ended. People are searched by POST: no name in an address."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.accounts import invitations, rights
from portal.accounts.forms import InviteForm, ResetForm, RoleForm
from portal.accounts.gates import lockable, only
from portal.accounts.models import Role, User
from portal.codes.qr import svg
from portal.forms import page
from portal.phones import normalize_phone
from portal.text import clean_text

PER_PAGE = 20


@lockable
@only(*rights.INVITERS)
def people_list(request):
    """People in reach by name, with the roles they hold today; POST searches, also for the next pages."""
    text = clean_text(request.POST.get("q", ""))
    people = User.objects.visible_to(request.user).search(normalize_phone(text) or text)
    kind = request.POST.get("kind", "")
    if kind in Role.Kind:
        people = people.holding(kind)
    people = people.prefetch_related(Prefetch("roles", _roles_today(), to_attr="roles_today"))
    context = {
        "page": Paginator(people, PER_PAGE).get_page(request.POST.get("page")),
        "q": text,
        "kind": kind,
        "kinds": Role.Kind.choices,
    }
    return render(request, "accounts/people_list.html", context)


@lockable
@only(*rights.INVITERS)
def people_detail(request, id):
    """One person: roles from–to, and what may be done; POST gives a further role."""
    person = _person(request, id)
    may_manage = rights.may_manage(request.user, person)
    form = RoleForm(request.POST or None, giver=request.user)
    if person.is_active and not person.is_guest and form.is_valid():
        return _give_role(request, person, form.cleaned_data)
    roles = list(person.roles.select_related("unit").order_by("-starts_on", "-pk"))
    for role in roles:
        role.may_end = not role.is_over and rights.may_give(request.user, role.kind, role.unit)
    context = {"person": person, "roles": roles, "may_manage": may_manage}
    return page(request, "accounts/people_detail.html", context, form=form)


@lockable
@never_cache
@only(*rights.INVITERS)
def people_invite(request):
    """A new person; the one-time link is shown once, to be handed over."""
    form = InviteForm(request.POST or None, giver=request.user)
    if form.is_valid():
        person, address = invitations.invite(**form.cleaned_data, by=request.user)
        return _show_link(request, person, address)
    return page(request, "accounts/people_invite.html", form=form)


@lockable
@never_cache
@only(*rights.INVITERS)
def people_reset(request, id):
    """A new one-time link; the password and every session end at once."""
    person = _manageable(request, id)
    if person.is_guest or not person.is_active:
        raise PermissionDenied
    form = ResetForm(request.POST if request.method == "POST" else None)
    if not person.needs_second_factor:
        del form.fields["second_factor"]
    if form.is_valid():
        address = invitations.reset(person, by=request.user, **form.cleaned_data)
        return _show_link(request, person, address)
    return page(request, "accounts/people_reset.html", {"person": person}, form=form)


@lockable
@only(*rights.INVITERS)
def people_revoke(request, id):
    """Asks first; POST ends the account at once."""
    person = _manageable(request, id)
    if request.method != "POST":
        return render(request, "accounts/people_revoke.html", {"person": person})
    if person.is_active:
        person.revoke(by=request.user)
    messages.success(request, f"Đã thu hồi tài khoản của {person.name}. Máy nào đang mở cũng ra ngay.")
    return redirect("people_detail", id=person.pk)


@require_POST
@lockable
@only(*rights.INVITERS)
def role_end(request, id):
    """Ends one role of a visible person from now on."""
    role = get_object_or_404(
        Role.objects.filter(user__in=User.objects.visible_to(request.user)).select_related("unit", "user"),
        pk=id,
    )
    if not rights.may_give(request.user, role.kind, role.unit):
        raise PermissionDenied
    if not role.is_over:
        role.end()
    messages.success(request, f"{role.user.name} thôi vai trò {role.get_kind_display()} ở {role.unit}.")
    return redirect("people_detail", id=role.user_id)


def _person(request, id) -> User:
    return get_object_or_404(User.objects.visible_to(request.user), pk=id)


def _manageable(request, id) -> User:
    person = _person(request, id)
    if not rights.may_manage(request.user, person):
        raise PermissionDenied
    return person


def _roles_today():
    return Role.objects.today().select_related("unit")


def _give_role(request, person, wanted):
    role, is_new = Role.objects.get_or_create(
        user=person,
        kind=wanted["kind"],
        unit=wanted["unit"],
        ends_on=wanted["ends_on"],
        defaults={"starts_on": timezone.localdate(), "granted_by": request.user},
    )
    sentence = "Đã giao vai trò" if is_new else "Người này đang giữ vai trò"
    messages.success(request, f"{sentence} {role.get_kind_display()} ở {role.unit}.")
    return redirect("people_detail", id=person.pk)


def _show_link(request, person, address):
    """The link, this once: the page is not kept, and the database has only its hash."""
    context = {
        "person": person,
        "address": address,
        "qr": svg(address, "M", label="Mã QR của đường dẫn một lần"),
        "until": timezone.localtime() + invitations.LASTS,
    }
    return render(request, "accounts/people_link.html", context)
