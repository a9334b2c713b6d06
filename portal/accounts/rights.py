"""Which role may do what, in the admin and on field pages. What one sees is `reach`."""

from django.utils import timezone

ADMINISTRATION = {"province_staff", "auditor", "administrator"}
SECOND_FACTOR = {*ADMINISTRATION, "culture_reviewer"}
STAFF = {"unit_secretary", *ADMINISTRATION}
FIELD = {
    "volunteer",
    "team_lead",
    "unit_secretary",
    "province_staff",
    "administrator",
}  # may record field work
SHIFT_MAKERS = {"team_lead", "unit_secretary", "province_staff", "administrator"}
REVEALERS = {"unit_secretary", "province_staff", "auditor", "administrator"}
INVITERS = {"unit_secretary", "province_staff", "administrator"}
CALLERS = {"unit_secretary", "province_staff", "administrator"}  # ask whether help was real
# The heritage desk: who writes, who stands behind the words, who puts them before the public.
CONTRIBUTORS = {"team_lead", "unit_secretary", "province_staff", "administrator"}
REVIEWERS = {"culture_reviewer"}
PUBLISHERS = {"province_staff", "administrator"}
# Who may give which role, within the units under the one where the giver's own role is held.
GIVES = {
    "unit_secretary": {"volunteer", "team_lead", "unit_secretary"},
    "province_staff": {"volunteer", "team_lead", "unit_secretary", "province_staff"},
    "administrator": {*FIELD, "auditor", "culture_reviewer"},
}

OURS = {"organization", "accounts", "privacy", "codes", "markets", "heritage", "neighborhoods"}
# What nobody changes by hand in the admin: logs, codes, and what only verbs on the field pages write.
READ_ONLY = {
    "privacy.readlog",
    "privacy.consent",
    "privacy.consentpurpose",
    "privacy.refusal",
    "privacy.opening",
    "privacy.personrequest",
    "codes.shortcode",
    "accounts.onetimelink",
    "accounts.shiftentry",
    "neighborhoods.helpevent",
    "neighborhoods.callback",
}
REFERENCE = {
    "organization.area",
    "organization.areakind",
    "organization.areasuccession",
    "organization.unit",
    "organization.unitsuccession",
    "privacy.purpose",
    "privacy.notice",
    "markets.goods",
    "heritage.kind",
    "heritage.rank",
    "neighborhoods.step",
}
SECRETARY_CHANGES = {
    "organization.team",
    "organization.teammember",
    "organization.place",
    "markets.market",
    "markets.stall",
    "markets.followup",
    "markets.falsecardreport",
    "heritage.site",
    "heritage.source",
    "heritage.rankdecision",
    "heritage.correction",
    "neighborhoods.group",
    "neighborhoods.denominator",
    "neighborhoods.target",
}


def allows(user, permission: str) -> bool:
    """Whether one of the user's roles allows `app.verb_model`; volunteers and guests do not use the admin."""
    app, _, name = permission.partition(".")
    verb, _, model = name.partition("_")
    if app not in OURS:
        return False
    label = f"{app}.{model}"
    return any(_role_allows(role.kind, verb, label) for role in user.reach.roles)


def _role_allows(kind: str, verb: str, label: str) -> bool:
    if verb == "view":
        return kind in STAFF
    if verb == "reveal":
        return kind in REVEALERS
    if label in READ_ONLY:
        return False
    if kind == "administrator":
        return True
    if kind == "province_staff":
        return verb != "delete" and label not in {"accounts.role"}
    if kind == "unit_secretary":
        return verb in {"add", "change"} and label in SECRETARY_CHANGES
    return False


def opens(user, app_label: str) -> bool:
    """Whether the admin shows the app at all."""
    return app_label in OURS and any(role.kind in STAFF for role in user.reach.roles)


def may_give(user, kind: str, unit) -> bool:
    """Whether the user may give, or end, a role of this kind on this unit."""
    return any(
        kind in GIVES.get(role.kind, ()) and unit.path.startswith(role.unit.path) for role in user.reach.roles
    )


def may_manage(user, other) -> bool:
    """Whether the user may reset or end the account: every role not yet over must be theirs to give."""
    roles = other.roles.exclude(ends_on__lt=timezone.localdate()).select_related("unit")
    return user.pk != other.pk and all(may_give(user, role.kind, role.unit) for role in roles)


def may_record(user) -> bool:
    """Field work: a role that records, or a shift that is running. An auditor changes nothing."""
    return user.is_active and (user.reach.entry is not None or user.reach.holds(*FIELD))
