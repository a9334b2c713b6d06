"""History of records by triggers (django-pghistory): it sees bulk updates and raw SQL too."""

import pghistory


def tracked(*left_out: str):
    """Class decorator: keeps every version of a row, with the acting user.

    Left out, beside what is named: columns the database derives, tree paths, and sealed values, so that no number
    outlives its row (an account is never overwritten: a changed one is a new row).
    """

    def decorate(model):
        derived = [
            field.name
            for field in model._meta.local_fields
            if field.generated or field.name == "path" or getattr(field, "is_sealed", False)
        ]
        return pghistory.track(exclude=[*derived, *left_out])(model)

    return decorate
