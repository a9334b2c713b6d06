"""Brings every sealed value under the newest key, so that an old key can be retired.

    for step in rotation.rotate(): ...          # Step(label, moved, broken)
    rotation.key_counts()                       # {"markets_stallcard.payload": {"k2": 40, "k1": 2}}

A value begins with the id of its key, so the rows that still wait say so themselves: no bookkeeping, and a
run that was killed is simply started again. Each batch is a transaction of its own that locks its rows, reads
back what it wrote and compares. The values are the same as before, so blind indexes stay and, since the
history leaves sealed columns out, its triggers write nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from operator import add

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Count, F, Func, Q, Value
from django.db.models.functions import Coalesce

from portal.privacy.fields import BlindIndexField, Clear, SealedTextField

BATCH, BATCH_BYTES = 500, 8 * 2**20  # rows, and bytes of sealed values: a kept file is one value
LONGEST_WAIT = "30s"  # for a row that somebody else holds, once all free rows are done


class NotTheSame(RuntimeError):
    """A value read back after writing is not the value before; its batch was rolled back."""


@dataclass(frozen=True)
class Step:
    """What one batch did: rows moved, and the values nobody can open, as `table.column.key` of the row."""

    label: str
    moved: int
    broken: list[str] = field(default_factory=list)


def newest_key() -> str:
    """The id of the key that encrypts."""
    return next(iter(settings.FIELD_KEYS))


def sealed_models() -> Iterator[tuple[type[models.Model], list[SealedTextField]]]:
    """Every table with sealed columns, from the registry of apps: a new one is found by itself."""
    for model in apps.get_models(include_auto_created=True):
        fields = [f for f in model._meta.local_fields if isinstance(f, SealedTextField)]
        if fields and model._meta.managed and not model._meta.proxy:
            yield model, fields


def key_counts() -> dict[str, dict[str, int]]:
    """How many values each key holds, by `table.column`; `?` where no key id can be read."""
    found = {}
    for model, fields in sealed_models():
        for column in fields:
            rows = model._base_manager.filter(**{f"{column.name}__isnull": False})
            counts = rows.annotate(sealed_key=_KeyId(column.name)).order_by().values_list("sealed_key")
            by_key: dict[str, int] = {}
            for key, count in counts.annotate(count=Count("pk")):
                key = key if key.isalnum() else "?"
                by_key[key] = by_key.get(key, 0) + count
            found[f"{model._meta.db_table}.{column.column}"] = by_key
    return found


def stale_count() -> int:
    """How many rows hold a value under an older key."""
    return sum(_stale(model, fields).count() for model, fields in sealed_models())


def rotate(*, batch: int = BATCH) -> Iterator[Step]:
    """Seals the rows anew, batch after batch; stopping between two steps, or in one, loses nothing.

    Rows that somebody holds are passed by at first and waited for at the end. Raises NotTheSame, and
    OperationalError where a row stays locked for longer than LONGEST_WAIT. Broken values are told in each
    sweep that meets them.
    """
    for model, fields in sealed_models():
        patient = False
        while True:
            moved = 0
            for step in _sweep(model, fields, batch, patient):
                moved += step.moved
                yield step
            if patient and not moved:  # new rows may come from a server that still has the old first key
                break
            patient = True


def opens() -> dict[str, bool]:
    """For each column and key, as `table.column, key k1`: whether one of its values opens with our keys.

    And for each blind index, as `table.column, blind index`: whether ours gives the same.
    """
    found = {}
    for model, fields in sealed_models():
        for column in fields:
            rows = model._base_manager.filter(**{f"{column.name}__isnull": False})
            rows = rows.annotate(sealed_key=_KeyId(column.name)).order_by()
            for key in rows.values_list("sealed_key", flat=True).distinct():
                row = rows.filter(sealed_key=key).only(column.name).first()
                found[f"{model._meta.db_table}.{column.column}, key {key}"] = _clear(row, column) is not None
        for index in (f for f in model._meta.local_fields if isinstance(f, BlindIndexField)):
            row = model._base_manager.filter(**{f"{index.name}__isnull": False}).first()
            clear = row and _clear(row, model._meta.get_field(index.source))
            if clear:
                same = index.digest(clear.decode()) == bytes(getattr(row, index.attname))
                found[f"{model._meta.db_table}.{index.column}, blind index"] = same
    return found


class _KeyId(Func):
    """The key id before the first full stop; ids have at most 8 characters."""

    template = "split_part(encode(substr(%(expressions)s, 1, 9), 'escape'), '.', 1)"
    output_field = models.TextField()


def _stale(model, fields):
    """Rows with a value that does not begin with the newest key's id."""
    head = f"{newest_key()}.".encode()
    waiting = Q(pk__in=[])
    rows = model._base_manager.all()
    for column in fields:
        begins = Func(F(column.name), 1, len(head), function="substr", output_field=models.BinaryField())
        rows = rows.alias(**{f"head_of_{column.name}": begins})
        old = ~Q(**{f"head_of_{column.name}": Value(head, models.BinaryField())})
        waiting |= Q(**{f"{column.name}__isnull": False}) & old
    return rows.filter(waiting).order_by("pk")


def _sweep(model, fields, batch: int, patient: bool) -> Iterator[Step]:
    """Once through the rows that wait, by primary key."""
    last = None
    while True:
        with transaction.atomic():
            if patient:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
            stale = _stale(model, fields)
            keys = _next_keys(stale if last is None else stale.filter(pk__gt=last), fields, batch)
            if not keys:
                return
            rows = stale.filter(pk__in=keys).only("pk", *(column.name for column in fields))
            step = _move(model, fields, list(rows.select_for_update(skip_locked=not patient)))
        last = keys[-1]
        yield step


def _next_keys(rows, fields, batch: int) -> list:
    """The primary keys of the next batch: at most so many rows, and so many bytes as fit in memory easily."""
    number = models.IntegerField()
    sizes = (Coalesce(Func(F(f.name), function="octet_length", output_field=number), 0) for f in fields)
    size = reduce(add, sizes, Value(0, number))
    found = list(rows.annotate(sealed_bytes=size).values_list("pk", "sealed_bytes")[:batch])
    totals = accumulate(size for _key, size in found)
    fitting = sum(total <= BATCH_BYTES for total in totals)
    return [key for key, _size in found[: max(fitting, 1)]]


def _move(model, fields, rows) -> Step:
    """Seals locked rows anew and reads them back; a row with a broken value stays as it is."""
    names, clear, broken = [column.name for column in fields], {}, []
    for row in rows:
        clear[row.pk] = _clear_values(row, fields)
        closed = [column.column for column in fields if clear[row.pk].get(column.name, "") is None]
        broken += [f"{model._meta.db_table}.{name}.{row.pk}" for name in closed]
        if closed:
            del clear[row.pk]
        for name, value in clear.get(row.pk, {}).items():
            setattr(row, name, Clear(value))
    model._base_manager.bulk_update([row for row in rows if row.pk in clear], names)
    for row in model._base_manager.only("pk", *names).filter(pk__in=clear):
        if _clear_values(row, fields) != clear[row.pk]:
            raise NotTheSame(f"{model._meta.db_table}.{row.pk}")
    return Step(model._meta.db_table, len(clear), broken)


def _clear_values(row, fields) -> dict[str, bytes | None]:
    """The clear values of a row's values, by field; None where one does not open."""
    return {column.name: _clear(row, column) for column in fields if getattr(row, column.name)}


def _clear(row, column) -> bytes | None:
    """A value in clear, or None where it does not open."""
    try:
        return getattr(row, column.name).open_bytes()
    except ValueError:  # SealBroken, or not even the shape of a sealed value
        return None
