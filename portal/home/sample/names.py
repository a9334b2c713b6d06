"""Invented people: Kinh, Jrai and Bahnar ways of naming, with words in them that no person is called by."""

import random
from collections.abc import Iterator

KINH = ["Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Đặng", "Bùi", "Huỳnh", "Phan", "Đỗ", "Hồ", "Dương"]
KINH_GIVEN = ["Thị Mẫu", "Thị Thử", "Thị Ví Dụ", "Thị Minh Họa", "Văn Thí Điểm", "Văn Mẫu"]
JRAI = ["Siu", "Rơ Châm", "Ksor", "Kpă", "Rah Lan", "Nay", "Rơ Mah", "Puih"]
JRAI_GIVEN = ["H’Mẫu", "H’Thử", "H’Ví Dụ", "Thí Điểm"]
BAHNAR = ["Đinh", "Hmưnh", "Yă"]
BAHNAR_GIVEN = ["Thị Mẫu", "Minh Họa", "Thử"]
SIGNS = {
    "rau": ["Rau sạch", "Rau củ", "Rau rừng", "Măng, nấm"],
    "thit": ["Thịt heo", "Thịt bò", "Gà thả vườn"],
    "ca": ["Cá đồng", "Cá biển", "Hải sản"],
    "do-kho": ["Đồ khô", "Gia vị, mắm", "Bò một nắng"],
    "trai-cay": ["Trái cây"],
    "hang-an": ["Bún cá", "Phở khô"],
    "tap-hoa": ["Tạp hóa"],
}
SHOWN = "Siu H’Mẫu"  # the vendor of the mock-ups


def vendors(seed: str) -> Iterator[str]:
    """Names in an order that is the same for the same seed; none comes twice."""
    groups = [(KINH, KINH_GIVEN), (JRAI, JRAI_GIVEN), (BAHNAR, BAHNAR_GIVEN)]
    names = [f"{family} {given}" for families, given_names in groups for family in families
             for given in given_names]  # fmt: skip
    random.Random(seed).shuffle(names)
    return (name for name in names if name != SHOWN)


def sign(name: str, goods: str, turn: int) -> str:
    """What the card calls the stall: `Rau sạch chị H’Mẫu`."""
    words = SIGNS[goods]
    given = next(name[name.index(word) :] for word in _GIVEN if word in name)
    return f"{words[turn % len(words)]} {_address(name, turn)} {given}"


_GIVEN = ["H’Ví Dụ", "H’Mẫu", "H’Thử", "Thí Điểm", "Minh Họa", "Ví Dụ", "Thử", "Mẫu"]


def _address(name: str, turn: int) -> str:
    if "H’" in name:
        return ("chị", "amĭ")[turn % 2]  # amĭ: mother, in Jrai
    return ("chị", "cô", "bà")[turn % 3] if " Thị " in name else ("anh", "chú")[turn % 2]
