"""How a number or name looks to somebody who may not, or need not, see it whole."""


def last_four(value: str) -> str:
    """The last four characters, or fewer where half of the value would show."""
    return value[-min(4, len(value) // 2) :] if len(value) > 1 else ""


def mask_number(value: str) -> str:
    """`•••• 4729`: lists, screens and exports show no more of an account, identity or phone number."""
    return f"•••• {last_four(value)}" if value else ""


def mask_name(name: str) -> str:
    """`Nguyễn T•• M••`: the family name whole, of the others the first letter.

    Overlay fraud at Vietnamese markets used the same given name and another family name
    (domain/vietqr.md), so the family name is what a buyer must be able to compare.
    """
    family, *others = name.split() or [""]
    if not others:
        return f"{family[:1]}••" if family else ""
    return " ".join([family, *(f"{word[0]}••" for word in others)])
