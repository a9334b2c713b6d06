"""What lies on the desks of chợ Hoa Lư in the demo: a volunteer's card, a list on its way in, a printed file,
a kept filter, and the strange code that yesterday's round found."""

from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image

from markets import imports, press, vietqr
from markets.models import CardCheck, Market, PrintJob, StallCard, StallImport
from portal.accounts.models import Badge, User
from portal.codes import qr
from portal.home.models import SavedFilter
from portal.home.sample.stories import AGRIBANK, HOA_LU, instant

STICKER = "MAU0000000000098812"  # the account that somebody pasted over a card
ROW = "C"  # where the round found it
# As a market board writes it: new stalls, one that is there, one twice, goods that nobody has a word for.
LIST = """Dãy,Số sạp,Mặt hàng
E,1,Thịt
E,2,Trái cây
E,3,Thịt heo
E,4,Thịt
E,4,Trái cây
B,7,Trái cây
"""


def lay() -> None:
    """Puts there what is missing; what is kept for a day only comes anew with the next day's load."""
    market = Market.objects.select_related("place").get(slug=HOA_LU)
    leader = User.objects.get(username="doitruong")
    Badge.objects.make_for(User.objects.get(username="tinhnguyen"), by=leader)
    SavedFilter.objects.get_or_create(
        user=User.objects.get(username="canbo"),
        register="markets.stall",
        name="Hoa Lư: còn chưa in thẻ",
        defaults={"query": f"cho={market.pk}&toi_dau=print"},
    )
    _find_sticker(market)
    if not StallImport.objects.unfinished(market).exists():
        sheet = imports.read_list(LIST.encode(), "danh-sach-mau.csv")
        StallImport.objects.start(market=market, data=sheet.dump(), by=leader)
    if not any(job.is_file_there for job in PrintJob.objects.of_market(market)):
        _print_row(market, leader)


def _find_sticker(market: Market) -> None:
    """Yesterday somebody's code was beside the true one at the first due card of the row."""
    if CardCheck.objects.in_market(market).filter(result=CardCheck.Result.OTHER).exists():
        return
    at = instant(timezone.localdate() - timedelta(days=1), 8, 20)
    cards = StallCard.objects.in_market(market).in_row(ROW).in_state(StallCard.State.TRIED)
    card = CardCheck.objects.cards_due(cards, at).in_rounds().first()
    seen = [card.payload.open(), vietqr.encode(bin=AGRIBANK, account=STICKER)]
    by = User.objects.get(username="tinhnguyen")
    card.mark_checked(by=by, at=at, texts=seen, way=CardCheck.Way.PHOTO, photo=_photo(seen))


def _photo(texts: list[str]) -> bytes:
    """A picture of codes beside each other on a table, as JPEG."""
    picture = Image.new("RGB", (480 * len(texts), 480), (150, 120, 90))
    for number, text in enumerate(texts):
        rows = qr.matrix(text)
        code = Image.new("L", (len(rows), len(rows)))
        code.putdata([0 if module == "1" else 255 for row in rows for module in row])
        paper = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
        paper.paste(code, (4, 4))
        paper = paper.resize((400, 400), Image.Resampling.NEAREST)
        picture.paste(paper.convert("RGB"), (480 * number + 40, 40))
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _print_row(market: Market, by: User) -> None:
    """All cards of a row where each was printed before: the file is new, nothing else changes."""
    rows = market.stalls.open().rows()
    for row in [row for row in rows if not press.stalls_for(market, row=row).exists()][:1]:
        wanted = {"row": row, "only_unprinted": False}
        total = press.stalls_for(market, **wanted).count()
        press.run(PrintJob.objects.create(market=market, made_by=by, total=total, **wanted))
