"""Login by user name or phone."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q, Value
from django.db.models.functions import Lower

from portal.phones import modern_phone, normalize_phone
from portal.text import clean_text


def find_user(typed: str):
    """The account behind a user name (letter case aside) or a phone in any spelling, or None."""
    users = get_user_model().objects.alias(lower=Lower("username"))
    named = Q(lower=Lower(Value(clean_text(typed))))
    if phone := normalize_phone(typed) or modern_phone(typed):
        named |= Q(phone=phone)
    return users.filter(named).first()


class NameOrPhoneBackend(BaseBackend):
    """Who comes in with a password. Rights are not its business: `User.has_perm` answers by role."""

    def authenticate(self, request, username=None, password=None):
        """The user, or None; an unknown name costs the time of a wrong password."""
        if username is None or password is None:
            return None
        user = find_user(username)
        if user is None:
            make_password(password)
            return None
        # A guest's password is unusable, which Django checks in the same time.
        is_right = user.check_password(password)
        return user if is_right and user.is_active and not user.is_guest else None

    def get_user(self, user_id):
        return get_user_model().objects.filter(pk=user_id, is_active=True).first()
