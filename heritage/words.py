"""The fixed words of a site's page, and dates, sizes, distances as each language writes them.

Content has more languages than the interface, and one plaque's page speaks whatever the phone asks for, so
these words do not come from gettext: `words(language)` gives them for any page. Jrai and Bahnar pages have
the Vietnamese ones (and mark them `lang="vi"`) until the communities give theirs.
"""

import re
from decimal import Decimal

LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "jra": "Jrai", "bdq": "Bahnar"}
# In the words of each language of the interface: Vietnamese, English.
NAMED = {
    "vi": ("tiếng Việt", "Vietnamese"),
    "en": ("tiếng Anh", "English"),
    "jra": ("tiếng Jrai", "Jrai"),
    "bdq": ("tiếng Bahnar", "Bahnar"),
}
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]  # fmt: skip
NOUNS = {  # Vietnamese, English one, English many
    "place": ("điểm", "place", "places"),
    "picture": ("ảnh", "picture", "pictures"),
    "site": ("di tích", "site", "sites"),
}
WORDS = {
    "skip": ("Đi tới nội dung chính", "Skip to main content"),
    "room": ("Di tích Gia Lai", "Gia Lai heritage"),
    "title_end": ("Di tích Gia Lai", "Gia Lai heritage"),
    "languages": ("Ngôn ngữ", "Language"),
    "on_page": ("Trên trang này", "On this page"),
    "demo": (
        "MẪU: bản trình diễn, người duyệt và biển trên trang này không có thật.",
        "SAMPLE: a demonstration; its reader and its plaques are invented.",
    ),
    "drawn": ("Hình minh họa", "Drawing"),
    "since": ("từ", "since"),
    "listen": ("Nghe kể", "Listen"),
    "walk": ("Đi một vòng", "Walk round"),
    "way": ("Đường đến", "Find it"),
    "way_small": ("bản đồ", "map"),
    "way_approximate": ("gần đúng", "approximate"),
    "respect": ("Ghé thăm cho phải phép.", "A good guest here."),
    "season": ("Theo mùa.", "Through the seasons."),
    "glance": ("Nhìn nhanh", "At a glance"),
    "rank": ("Xếp hạng", "Rank"),
    "kind": ("Loại hình", "Kind"),
    "decision": ("Quyết định", "Decision"),
    "period": ("Niên đại", "Period"),
    "address": ("Địa chỉ nay", "Address now"),
    "before": ("Trước 1-7-2025:", "Before 1 July 2025:"),
    "opening": ("Giờ mở cửa", "Opening"),
    "walk_round": ("Đi một vòng", "A walk round"),
    "places": ("Các điểm của di tích", "The places of the site"),
    "plan": ("Sơ đồ các điểm của di tích, chạm vào số để xem", "Plan of the places; tap a number"),
    "plan_drawn": (
        "Sơ đồ vẽ tay, không theo tỉ lệ. Chạm vào số để xem từng điểm.",
        "Drawn by hand, not to scale. Tap a number to see each place.",
    ),
    "plan_open": ("Mở ảnh sơ đồ", "Open the plan’s picture"),
    "then_and_now": ("Xưa và nay", "Then and now"),
    "then": ("Xưa", "Then"),
    "now": ("Nay", "Now"),
    "then_or_now": ("Chọn ảnh xưa hoặc nay", "Choose then or now"),
    "open_both": ("Chạm để mở hai ảnh", "Tap to open both pictures"),
    "years": ("Theo năm tháng", "Through the years"),
    "listen_to": ("Nghe kể chuyện", "Listen to the story"),
    "on_tap": ("Chỉ tải khi bạn bấm.", "Nothing is downloaded until you press play."),
    "transcript": ("Đọc lời kể", "Read the words"),
    "more": ("Xem thêm", "More"),
    "pictures": ("Ảnh", "Pictures"),
    "picture": ("Ảnh", "Picture"),
    "infographic": ("Đồ họa thông tin", "Infographic"),
    "as_text": ("Chữ trên đồ họa", "The infographic in words"),
    "sources": ("Nguồn tư liệu", "Sources"),
    "source": ("Nguồn", "Source"),
    "correct": ("Góp ý, sửa thông tin", "Suggest a correction"),
    "offline": ("Lưu để đọc khi mất mạng", "Save for offline"),
    "offline_failed": (
        "Chưa lưu được: mạng yếu, hoặc máy hết chỗ. Bấm lại khi mạng khá hơn.",
        "Not saved: the network is weak, or the phone is full. Try again when it is better.",
    ),
    "share": ("Ảnh để chia sẻ", "A card to share"),
    "map_app": ("Mở ứng dụng bản đồ", "Open your map app"),
    "osm": ("Xem trên OpenStreetMap", "See it on OpenStreetMap"),
    "point": ("Tọa độ", "Coordinates"),
    "point_middle": (
        "Chưa đo tọa độ tại chỗ: bản đồ chỉ điểm giữa của xã, phường, gần đúng.",
        "Not yet measured on site: the map shows the middle of the commune, an approximation.",
    ),
    "part_of": ("Thuộc", "Part of"),
    "parts": ("Gồm", "Its parts"),
    "next": ("Đi tiếp", "Where next"),
    "all_sites": ("Tất cả di tích", "All sites"),
    "home": ("Trang chính", "Home"),
    "code": ("Mã biển di tích này", "This plaque’s code"),
    "code_typed": ("Không quét được? Gõ mã tại", "Cannot scan? Type it at"),
    "written_by": ("Trang do Tỉnh Đoàn Gia Lai biên soạn", "Written by the Gia Lai Youth Union"),
    "approved_by": ("%(reader)s duyệt %(day)s", "approved by %(reader)s, %(day)s"),
    "not_in": (
        "Trang này chưa có %(language)s. Mời bạn đọc bản hiện có.",
        "This page is not in %(language)s yet. Here is the version we have.",
    ),
    "borrowed": (
        "Phần chưa có %(language)s được giữ bằng tiếng Việt.",
        "What is not yet in %(language)s is left in Vietnamese.",
    ),
    "legend": (
        "Vòng tròn lớn: nơi này. Chấm: di tích khác, chạm để mở. Vòng đứt: gần đúng.",
        "Large ring: this site. Dots: other sites, tap to open. Dashed: approximate.",
    ),
    "map_of": ("Bản đồ tỉnh Gia Lai với các di tích", "Map of Gia Lai province with its sites"),
}


def words(language: str) -> dict[str, str]:
    """All fixed words for a page in this language."""
    column = language == "en"
    return {key: both[column] for key, both in WORDS.items()}


def speaks(language: str) -> str:
    """The language of the fixed words on a page in this language."""
    return "en" if language == "en" else "vi"


def named(language: str, *, on: str) -> str:
    """A language's name inside a sentence of a page in `on`."""
    return NAMED[language][on == "en"]


def counted(number: int, noun: str, language: str) -> str:
    """ "5 điểm", "1 place", "5 places"."""
    vietnamese, one, many = NOUNS[noun]
    return f"{number} {(one if number == 1 else many) if language == 'en' else vietnamese}"


def decimal(number: float | Decimal | str, language: str) -> str:
    """A number with the language's decimal mark, without zeros at its end: 6,78 or 6.78."""
    text = str(number)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if language == "en" else text.replace(".", ",")


def day(text: str, language: str) -> str:
    """A date that may be a month or a year only: "1993-03-24" → 24-3-1993, 24 March 1993; "2009" → 2009."""
    parts = [int(part) for part in text.split("-")] if text else []
    if language == "en" and len(parts) > 1:
        parts[1] = MONTHS[parts[1] - 1]
    return (" " if language == "en" else "-").join(str(part) for part in reversed(parts))


def size(count: int, language: str) -> str:
    """Bytes as people read them: 740 KB, 1,2 MB."""
    if count >= 1_000_000:
        return f"{decimal(round(count / 1e6, 1), language)}\N{NO-BREAK SPACE}MB"
    return f"{max(1, round(count / 1000))}\N{NO-BREAK SPACE}KB"


def duration(seconds: int, language: str, *, is_short: bool = False) -> str:
    """3 phút 12 giây, 3 min 12 s; in short without the seconds where there are minutes."""
    minute, second = ("min", "s") if language == "en" else ("phút", "giây")
    if is_short and seconds >= 60:
        return f"{round(seconds / 60)}\N{NO-BREAK SPACE}{minute}"
    found = [f"{seconds // 60} {minute}"] if seconds >= 60 else []
    return " ".join(found + ([f"{seconds % 60} {second}"] if seconds % 60 or not found else []))


def distance(km: float, language: str) -> str:
    """2,4 km near by, whole kilometres from ten on."""
    return f"{decimal(round(km, 1) if km < 10 else round(km), language)} km"


def area_name(name: str, language: str) -> str:
    """A commune's name as the page's language writes it: Xã Chư A Thai → Chư A Thai commune."""
    if language != "en":
        return name
    for vietnamese, english in (("Xã ", "commune"), ("Phường ", "ward"), ("Đặc khu ", "special zone")):
        if name.startswith(vietnamese):
            return f"{name.removeprefix(vietnamese)} {english}"
    return name


def initial(text: str) -> str:
    """The text with its first letter large, the rest as written."""
    return re.sub(r"^\w", lambda letter: letter[0].upper(), text)
