"""What stalls sell: the list a volunteer picks from. Staff may add to it and rename."""

from markets.models import Goods

GOODS = {
    "rau": "Rau, củ",
    "thit": "Thịt",
    "ca": "Cá, hải sản",
    "do-kho": "Đồ khô, gia vị",
    "trai-cay": "Trái cây",
    "hang-an": "Hàng ăn, nước uống",
    "gao": "Gạo, đậu, bột",
    "ca-phe": "Cà phê, tiêu, nông sản",
    "tap-hoa": "Tạp hóa",
    "hoa": "Hoa, cây cảnh",
    "vai": "Vải, quần áo, thổ cẩm",
    "khac": "Hàng khác",
}


def load() -> None:
    """Adds what is not there yet."""
    rows = (
        Goods(code=code, name=name, sort=sort) for sort, (code, name) in enumerate(GOODS.items(), start=1)
    )
    Goods.objects.bulk_create(rows, ignore_conflicts=True)
