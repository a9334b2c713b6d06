"""What every installation has: the words of the law for kinds and ranks, and the first sites as drafts.

The words are those of the Law on Cultural Heritage 45/2024/QH15, article 21; staff may change them.
"""

from heritage.models import Kind, Rank

KINDS = {
    "historical": ("Di tích lịch sử", "Historical relic"),
    "artistic": ("Di tích kiến trúc nghệ thuật", "Architectural and artistic relic"),
    "archaeological": ("Di tích khảo cổ", "Archaeological relic"),
    "scenic": ("Danh lam thắng cảnh", "Scenic spot"),
    "mixed": ("Di tích hỗn hợp", "Mixed relic"),
    "intangible": ("Di sản văn hóa phi vật thể", "Intangible cultural heritage"),
}
RANKS = {
    "unesco": ("Danh sách đại diện của nhân loại (UNESCO)", "UNESCO Representative List"),
    "special_national": ("Di tích quốc gia đặc biệt", "Special national relic"),
    "national": ("Di tích quốc gia", "National relic"),
    "provincial": ("Di tích cấp tỉnh", "Provincial relic"),
    "listed": ("Di tích kiểm kê", "Inventoried relic"),
}


def load() -> None:
    """Adds what is not there yet; what staff changed stays."""
    for model, words in ((Kind, KINDS), (Rank, RANKS)):
        rows = (
            model(code=code, name=name, name_en=name_en, sort=sort)
            for sort, (code, (name, name_en)) in enumerate(words.items(), start=1)
        )
        model.objects.bulk_create(rows, ignore_conflicts=True)
