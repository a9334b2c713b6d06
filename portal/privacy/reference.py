"""What people are asked, word by word: the purposes to tick and the notice that is read aloud before.

The law (91/2025/QH15, Decree 356/2025) wants people told which data, what for, who and which rights, and each
purpose asked by itself. A notice is never changed: other words are a new version, added here.
"""

from datetime import date

from portal.privacy.models import Notice, Purpose

MARKETS, BADGES, NEIGHBORHOODS = "markets", "badges", "neighborhoods"
PURPOSES = [
    Purpose(
        code="market_card",
        programme=MARKETS,
        words="Ghi họ tên, ngân hàng và số tài khoản để in thẻ nhận tiền cho sạp",
        is_needed=True,
        sort=1,
    ),
    Purpose(
        code="market_contact",
        programme=MARKETS,
        words="Ghi số điện thoại để gọi hỏi thăm khi thẻ có trục trặc",
        sort=2,
    ),
    Purpose(
        code="group_record",
        programme=NEIGHBORHOODS,
        words="Ghi họ tên, ngày sinh, giới tính, số nhà và việc đã giúp, để lần sau khỏi hỏi lại từ đầu",
        is_needed=True,
        sort=1,
    ),
    Purpose(
        code="group_number",
        programme=NEIGHBORHOODS,
        words="Ghi số căn cước, niêm kín, để không ghi trùng người",
        sort=2,
    ),
    Purpose(
        code="group_contact",
        programme=NEIGHBORHOODS,
        words="Ghi số điện thoại để hẹn và gọi hỏi lại",
        sort=3,
    ),
    Purpose(
        code="badge_photo",
        programme=BADGES,
        words="Chụp một ảnh chân dung, in trên thẻ và hiện ở trang soi thẻ trong lúc làm việc",
        is_needed=True,
        sort=1,
    ),
]
# Read aloud in 40 seconds: a calm reader says about 200 syllables a minute, so 133; a test allows 130.
NOTICES = [
    Notice(
        programme=MARKETS,
        version=1,
        starts_on=date(2023, 12, 1),
        text=(
            "Dạ, chúng em là tình nguyện viên của Tỉnh Đoàn Gia Lai. "
            "Để in thẻ nhận tiền, chúng em xin ghi họ tên, ngân hàng và số tài khoản; "
            "số điện thoại thì tùy mình, để gọi hỏi thăm. "
            "Tên và bốn số cuối in trên thẻ; còn lại chỉ người được giao mới xem, không đưa cho ai khác. "
            "Chương trình xong, sau mười hai tháng là xóa. "
            "Lúc nào mình cũng có quyền xem, sửa, rút lại, xin xóa, hay khiếu nại, "
            "cứ nói với Đoàn xã, phường. "
            "Không đồng ý, chúng em vẫn giúp. "
            "Và xin nhớ: không ai được hỏi mình mã OTP, mật khẩu hay mã PIN."
        ),
    ),
    Notice(
        programme=NEIGHBORHOODS,
        version=1,
        starts_on=date(2023, 7, 1),
        text=(
            "Dạ, chúng con là tình nguyện viên của Tỉnh Đoàn Gia Lai, đi giúp bà con dùng VNeID. "
            "Để lần sau khỏi hỏi lại, chúng con xin ghi họ tên, ngày sinh, giới tính, số nhà "
            "và việc đã giúp; số căn cước và số điện thoại thì tùy mình. "
            "Chỉ người được giao ở tổ mới xem, không đưa cho ai khác. "
            "Chương trình xong, sau mười hai tháng là xóa. "
            "Lúc nào mình cũng có quyền xem, sửa, rút lại, xin xóa, hay khiếu nại, "
            "cứ nói với Đoàn xã, phường. "
            "Không đồng ý, chúng con vẫn giúp. "
            "Và xin nhớ: không ai được hỏi mình mã OTP, mật khẩu hay mã PIN."
        ),
    ),
    Notice(
        programme=BADGES,
        version=1,
        starts_on=date(2023, 12, 1),
        text=(
            "Để bà con biết bạn là tình nguyện viên thật, Tỉnh Đoàn Gia Lai xin một ảnh chân dung của bạn. "
            "Ảnh in trên thẻ, và hiện ở trang soi thẻ cho ai quét mã, chỉ trong lúc bạn đang làm việc. "
            "Thôi làm ba mươi ngày là ảnh bị xóa. "
            "Lúc nào bạn cũng có quyền xem, sửa, rút lại, xin xóa, hay khiếu nại, "
            "cứ nói với đội trưởng hoặc Đoàn xã, phường. "
            "Không đồng ý thì thẻ không có ảnh, bạn vẫn làm việc như thường."
        ),
    ),
]


def load() -> None:
    """Adds what is not there yet."""
    Purpose.objects.bulk_create(PURPOSES, ignore_conflicts=True)
    Notice.objects.bulk_create(NOTICES, ignore_conflicts=True)
