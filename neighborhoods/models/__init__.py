"""Electronic residential groups: where they are, who lives there, who was helped with what, who waits."""

from neighborhoods.models.desks import DeskSession, Tally
from neighborhoods.models.groups import Denominator, Group, Household, Target
from neighborhoods.models.helps import CallBack, FollowUp, HelpEvent, Step
from neighborhoods.models.residents import Resident

__all__ = [
    "CallBack",
    "Denominator",
    "DeskSession",
    "FollowUp",
    "Group",
    "HelpEvent",
    "Household",
    "Resident",
    "Step",
    "Tally",
    "Target",
]
