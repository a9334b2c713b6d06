"""Share cards: what a chat shows of a link to a site, a JPEG of 1200 × 630 for each published edition.

Made when an edition is published, so that no visitor waits for it; `make_missing` finds those that are not
there. Drawn by Pillow with our own font, which has the letters of Jrai and Bahnar.
"""

from io import BytesIO
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont, ImageOps

from heritage.models import Edition, PictureFile
from heritage.pictures import public_file
from heritage.words import words
from portal import printing

SIZE = WIDTH, HEIGHT = 1200, 630
MOST = 120 * 1024  # bytes: chats drop a preview that takes long
FONTS = Path(printing.__file__).parent / "fonts"
MARGIN, BAND = 64, 32
# Name in the largest size that fits into three lines; tagline in two.
NAME_SIZES, NAME_LINES = (92, 80, 68, 58, 50), 3
TAGLINE_SIZE, TAGLINE_LINES = 36, 2
HIGH = 1.22  # a line, in sizes of its font
BLACK, RED, YELLOW, WHITE, BLUE, BRONZE = "#161922", "#A3421F", "#F5B800", "#FFFFFF", "#8FC3F5", "#86611A"
NIGHT, PALE, RING = "#05203C", "#E9E6E0", "#093F78"


def share_card(edition: Edition) -> PictureFile:
    """The edition's card; made and remembered where it is not there yet."""
    if edition.share_card is None:
        made = _written(draw(edition.content))
        same = PictureFile.objects.filter(name=made.name, picture=None).first()
        if same is None:
            made.save()
        edition.share_card = same or made
        edition.save(update_fields=["share_card"])
    return edition.share_card


def make_missing() -> int:
    """Makes the cards that published editions lack. Gives their number."""
    lacking = Edition.objects.published().filter(share_card=None)
    return sum(bool(share_card(edition)) for edition in lacking)


def draw(content: dict) -> Image.Image:
    """The card of an edition's content (see `heritage.content`)."""
    said = words(content["language"])
    hero = next((picture for picture in content["pictures"] if picture["use"] == "hero"), None)
    lines = _lines(content)
    top = HEIGHT - BAND - 36 - sum(round(font.size * HIGH) for _, font, _ in lines)
    card = _background(hero, top)
    pen = ImageDraw.Draw(card)
    _gong(card, MARGIN + 28, MARGIN + 20)
    pen.text((MARGIN + 76, MARGIN + 20), said["room"], WHITE, _font(34, bold=True), anchor="lm")
    marks = [said["drawn"]] if hero and hero["is_drawn"] else []
    marks += ["MẪU"] if settings.DEMO else []
    if marks:
        _mark(card, " · ".join(marks))
    for text, font, color in lines:
        top += round(font.size * HIGH)
        pen.text((MARGIN, top - font.size * 0.3), text, color, font, anchor="ls")
    _band(card)
    return card


def _lines(content: dict) -> list[tuple[str, ImageFont.FreeTypeFont, str]]:
    """Rank, name and tagline, as they stand one above the other."""
    bold, small = _font(34, bold=True), _font(TAGLINE_SIZE)
    lines = [(content["rank"]["name"], bold, YELLOW)] if content["rank"] else []
    font, parts = _name(content["name"])
    lines += [(part, font, WHITE) for part in parts]
    return lines + [(part, small, PALE) for part in _wrapped(content["tagline"], small, TAGLINE_LINES)]


def _written(card: Image.Image) -> PictureFile:
    """As good as the budget of bytes allows."""
    for quality in range(84, 30, -6):
        file = public_file(card, "jpg", quality=quality, optimize=True, progressive=True)
        if file.size <= MOST:
            break
    return file


def _background(hero: dict | None, top: int) -> Image.Image:
    """The picture at the head of the page, darkened where letters stand, from row `top`; else the night."""
    picture = _hero(hero)
    if picture is None:
        card = Image.new("RGB", SIZE, NIGHT)
        _rings(card)
        return card
    card = ImageOps.fit(picture, SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.45))
    stops = [(0, 150), (110, 60), (max(140, top - 110), 60), (max(200, top), 180), (HEIGHT, 235)]
    shade = Image.new("L", (1, HEIGHT))
    for (above, dark), (below, darker) in pairwise(stops):  # row, how dark
        for row in range(above, below):
            shade.putpixel((0, row), dark + (darker - dark) * (row - above) // (below - above))
    card.paste(Image.new("RGB", SIZE, NIGHT), mask=shade.resize(SIZE))
    return card


def _hero(hero: dict | None) -> Image.Image | None:
    """The smallest file that is wide enough, else the widest."""
    files = sorted(hero["files"], key=lambda file: file["width"]) if hero else []
    if not files:
        return None
    wanted = next((file for file in files if file["width"] >= WIDTH), files[-1])
    content = PictureFile.objects.filter(name=wanted["name"]).values_list("content", flat=True).first()
    return content and Image.open(BytesIO(content)).convert("RGB")


def _name(name: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    for size in NAME_SIZES:
        font = _font(size, bold=True)
        lines = _wrapped(name, font, NAME_LINES + 1)
        if len(lines) <= (2 if size > NAME_SIZES[-2] else NAME_LINES):
            break
    return font, lines[:NAME_LINES]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, most: int) -> list[str]:
    """The text in lines as wide as the card; what does not fit into `most` lines ends in dots."""
    lines, room = [], WIDTH - 2 * MARGIN
    for word in (part for whole in text.split() for part in _parts(whole, font, room)):
        if lines and font.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        last = lines[most - 1]
        while font.getlength(f"{last} …") > room:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last.rstrip(' ,.;:')} …"]
    return lines


def _parts(word: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """The word, cut only where it is wider than the card."""
    parts = [""]
    for letter in word:
        if font.getlength(parts[-1] + letter) > room:
            parts.append("")
        parts[-1] += letter
    return parts


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"GiaLaiSans-{'Bold' if bold else 'Regular'}.ttf", size)


def _mark(card: Image.Image, text: str) -> None:
    """What a viewer must know, on a plate at the top right."""
    pen, font = ImageDraw.Draw(card), _font(26, bold=True)
    left = WIDTH - MARGIN - font.getlength(text) - 32
    pen.rounded_rectangle((left, MARGIN - 6, WIDTH - MARGIN, MARGIN + 46), 8, fill=YELLOW)
    pen.text((left + 16, MARGIN + 20), text, BLACK, font, anchor="lm")


def _gong(card: Image.Image, x: int, y: int) -> None:
    """The mark of the house, drawn four times as large so that its rings are smooth."""
    size = 56
    gong = Image.new("RGBA", (size * 4, size * 4))
    pen, unit = ImageDraw.Draw(gong), size * 4 / 48
    rings = [
        (23, BRONZE, None),
        (20.5, YELLOW, None),
        (15, None, BRONZE),
        (9.5, None, BRONZE),
        (5, BRONZE, None),
    ]
    for radius, fill, outline in rings:
        pen.circle((unit * 24, unit * 24), unit * radius, fill, outline, round(2 * unit))
    gong = gong.resize((size, size), Image.Resampling.LANCZOS)
    card.paste(gong, (x - size // 2, y - size // 2), gong)


def _rings(card: Image.Image) -> None:
    """Rings of a gong that sounds, where there is no picture."""
    pen = ImageDraw.Draw(card)
    for radius in range(60, 900, 70):
        pen.circle((WIDTH - 180, 200), radius, outline=RING, width=5)


def _band(card: Image.Image) -> None:
    """The woven band along the lower edge: `look/tho-cam.svg`, twice as large."""
    scale = 8  # drawn at four times the size
    tile = Image.new("RGB", (48 * scale, 16 * scale), BLACK)
    pen = ImageDraw.Draw(tile)

    def diamond(x: float, across: float, down: float, color: str, **line) -> None:
        points = [(x - across, 8), (x, 8 - down), (x + across, 8), (x, 8 + down)]
        points = [(a * scale, b * scale) for a, b in points]
        if line:
            pen.line([*points, points[0], points[1]], color, joint="curve", **line)
        else:
            pen.polygon(points, color)

    for top in (0, 14):
        pen.rectangle((0, top * scale, 48 * scale, (top + 2) * scale - 1), RED)
    for x in (12, 36):
        diamond(x, 8, 5, WHITE, width=round(1.5 * scale))
        diamond(x, 2.5, 2, YELLOW)
    for x in (0, 24, 48):
        diamond(x, 2, 3.5, BLUE)
    tile = tile.resize((96, BAND), Image.Resampling.LANCZOS)
    for left in range(0, WIDTH, 96):
        card.paste(tile, (left, HEIGHT - BAND))
