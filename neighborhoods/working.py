"""What somebody works with here and now: the groups of the place, their people, their visits.

Field views and slips take their rows from here and nowhere else, so that place and reach are heeded
everywhere.
"""

from django.shortcuts import get_object_or_404

from neighborhoods.models import FollowUp, Group, Resident
from portal.accounts.sessions import is_practising
from portal.organization.models import Team


def groups(request):
    """The groups that are worked on from `request.place` and are in reach, in their order.

    Who practises has the one that is nowhere.
    """
    if is_practising(request):
        return Group.objects.filter(is_practice=True).with_place()
    return Group.objects.at(request.place).visible_to(request.user).working().with_place()


def group_of(request, id=None) -> Group | None:
    """The group with a key; 404 where it is not one of these. Without a key the only one here.

    None where there is none, and where there are several, as at a desk: then somebody has to say which.
    """
    if id:
        return get_object_or_404(groups(request), pk=id)
    here = list(groups(request)[:2])
    return here[0] if len(here) == 1 else None


def people(request):
    """Everybody of these groups who is named, also who left; in practice those whom the user made up."""
    if is_practising(request):
        return Resident.objects.practised_by(request.user)
    return Resident.objects.named().filter(group__in=_keys(request), is_practice=False)


def residents(request):
    """Those of these people who have not left."""
    return people(request).present()


def resident_of(request, id) -> Resident:
    """One of these people, with group and house; 404 where it is not one of them."""
    rows = residents(request).select_related("household", "group__place__area__kind", "group__team")
    return get_object_or_404(rows, pk=id)


def followups(request):
    """The visits to these people, those that were done too; `.open()` are the others."""
    if is_practising(request):
        return FollowUp.objects.filter(resident__in=residents(request))
    # By the keys of the groups: from a subquery PostgreSQL begins with all that is due in the province.
    keys = [row["pk"] for row in _keys(request)]
    here = {"resident__anonymised_at": None, "resident__left_on": None, "resident__is_practice": False}
    return FollowUp.objects.filter(resident__group__in=keys, **here)


def team_of(request, group: Group) -> Team | None:
    """Whose work it is: the team of the shift that runs here, else the group's own."""
    entry = request.user.reach.entry
    at_work = entry.shift.team if entry and entry.shift.place_id == request.place.pk else None
    return at_work or group.team


# --- the same for a slip, which may have been filled in days ago by somebody whose shift is over -----------


def groups_for(work):
    """The groups that are worked on from the place of a slip (`portal.field.captures.Work`).

    Who filled it in was let in there then; what is in reach today does not matter.
    """
    if work.is_practice:
        return Group.objects.filter(is_practice=True).with_place()
    return Group.objects.at(work.place).working().with_place()


def residents_for(work):
    """Everybody of these groups who is named and has not left; in practice whom the author made up."""
    if work.is_practice:
        return Resident.objects.practised_by(work.by).present()
    keys = groups_for(work).select_related(None).order_by().values("pk")
    return Resident.objects.named().present().filter(group__in=keys, is_practice=False)


def resident_for(work, key) -> Resident | None:
    """One of these people, or somebody whom the author sees today; None without a key too."""
    if key is None:
        return None
    here, seen = residents_for(work), Resident.objects.visible_to(work.by).present()
    for people in [here] if work.is_practice else [here, seen]:
        if resident := people.filter(pk=key).select_related("group__place", "group__team").first():
            return resident
    return None


def followup_for(work, key) -> FollowUp | None:
    """The visit to one of these people, done or not."""
    visit = FollowUp.objects.filter(pk=key).select_related("step", "done_by").first() if key else None
    return visit if visit and resident_for(work, visit.resident_id) else None


def team_for(work) -> Team | None:
    """The team of the shift in which a slip was filled in; None where it was in none, or one without."""
    entries = work.by.shift_entries.filter(shift__place=work.place, joined_at__lte=work.at)
    entry = entries.filter(shift__ends_at__gt=work.at).select_related("shift__team").last()
    return entry and entry.shift.team


def _keys(request):
    return groups(request).select_related(None).order_by().values("pk")
