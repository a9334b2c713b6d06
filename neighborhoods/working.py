"""What somebody works with here and now: the groups of the place, their people, their visits.

Field views take their rows from here and nowhere else, so that place and reach are heeded everywhere.
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


def _keys(request):
    return groups(request).select_related(None).order_by().values("pk")
