"""Model fields for what must not stand in clear in the database.

`SealedTextField` gives a `Sealed`, which prints masked; only `.open()` gives the clear text. The row's key
must exist before the value is set (UUID keys do), as the seal is bound to it.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from portal.privacy import crypto
from portal.privacy.masking import last_four, mask_number


@dataclass(frozen=True)
class Sealed:
    """A sealed value and the place it is bound to. `str()` and `repr()` never show it whole."""

    token: bytes
    place: str

    def open(self) -> str:
        """The clear text. Whoever shows it to a person writes it to the read log first (`privacy.reveal`)."""
        return self.open_bytes().decode()

    def open_bytes(self) -> bytes:
        """The clear bytes, for what is no text."""
        return crypto.unseal(self.token, self.place)

    @property
    def last_four(self) -> str:
        return last_four(self.open())

    def __str__(self) -> str:
        return mask_number(self.open())

    def __repr__(self) -> str:
        return f"<Sealed {self.place}>"


@dataclass(frozen=True, repr=False)
class Clear:
    """Bytes to be sealed, told apart from a token that comes from the database."""

    data: bytes


class _SealedAttribute:
    """Gives and takes the field's value: text that is set stays in memory until the row is saved."""

    def __init__(self, field):
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:  # a deferred field
            instance.refresh_from_db(fields=[self.field.attname])
        return instance.__dict__[self.field.attname]

    def __set__(self, instance, value):
        if isinstance(value, Sealed) and value.place != self.field.place(instance):
            value = Clear(value.open_bytes())  # a copied value would never open here with its old seal
        if isinstance(value, str) and value:
            value = Clear(value.encode())
        if isinstance(value, Clear):
            place = self.field.place(instance)
            value = Sealed(crypto.seal(value.data, place), place)
        elif isinstance(value, (bytes, memoryview)):
            value = Sealed(bytes(value), self.field.place(instance))
        instance.__dict__[self.field.attname] = value or None


class SealedTextField(models.BinaryField):
    """Text encrypted at rest. Set it after the primary key (model constructors do: fields come in order)."""

    description = "Text, encrypted with AES-256-GCM"
    is_sealed = True

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.attname, _SealedAttribute(self))

    def place(self, instance) -> str:
        if instance.pk is None:
            raise ValueError(
                f"{self.model.__name__}.{self.name} is sealed to its row: give the row a key first"
            )
        return f"{self.model._meta.db_table}.{self.column}.{instance.pk}"

    def pre_save(self, instance, add):
        setattr(instance, self.attname, getattr(instance, self.attname))  # the key may have changed since
        return getattr(instance, self.attname)

    def get_prep_value(self, value):
        if isinstance(value, str):
            raise TypeError("a sealed field is set on an instance, never by update() or in a filter")
        return value.token if isinstance(value, Sealed) else value

    def get_db_prep_value(self, value, connection, prepared=False):
        return super().get_db_prep_value(self.get_prep_value(value), connection, prepared)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj) or "")

    def validate(self, value, model_instance):
        if value is None and not self.null:
            raise ValidationError("Ô này không được bỏ trống.", code="null")


class BlindIndexField(models.BinaryField):
    """A keyed hash of a sealed text: equal texts are found without opening any."""

    description = "HMAC-SHA256 of a sealed value"
    is_sealed = True

    def __init__(self, *args, source: str = "", **kwargs):
        self.source = source
        kwargs.setdefault("editable", False)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "db_index": self.db_index}

    def pre_save(self, instance, add):
        sealed = getattr(instance, self.source)
        value = self.digest(sealed.open()) if sealed else None
        setattr(instance, self.attname, value)
        return value

    def digest(self, clear: str) -> bytes:
        """The index of `clear`, letter case aside."""
        return crypto.blind_index(clear.upper(), f"{self.model._meta.db_table}.{self.source}")
