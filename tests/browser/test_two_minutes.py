"""From “Đăng ký sạp mới” to the print in two minutes: taps and characters are counted, seconds estimated.

The seconds of a practised hand are those of the keystroke-level model for touch screens: 1.3 s for a tap with
the look before it, 0.4 s for a typed character; the notice is read aloud at 200 syllables a minute, the check
of name and last four digits takes 10 s. The figures stand in docs/benchmarks.md.
"""

from tests.browser.conftest import follow, submit
from tests.browser.test_journey import join_shift

TAP, KEY, CHECK, SYLLABLES_A_SECOND = 1.3, 0.4, 10, 200 / 60


class Hand:
    """Does what a volunteer's hand does, and counts."""

    def __init__(self, page):
        self.page, self.taps, self.keys = page, 0, 0

    def tap(self, selector: str) -> None:
        self.taps += 1
        self.page.locator(selector).first.click()

    def follow(self, link: str) -> None:
        self.taps += 1
        follow(self.page, link)

    def press(self) -> None:
        """The strong button of the screen."""
        self.taps += 1
        submit(self.page)

    def choose(self, selector: str, index: int) -> None:
        """Opens the list and takes a line."""
        self.taps += 2
        self.page.select_option(selector, index=index)

    def type(self, selector: str, text: str) -> None:
        self.taps += 1
        self.keys += len(text)
        self.page.fill(selector, text)


def register(hand: Hand, number: str) -> int:
    """The whole way, the account typed twice; returns the syllables of the notice that is read aloud."""
    hand.follow("a:has-text('Đăng ký sạp mới')")
    hand.type("[name=number]", number)
    if not hand.page.input_value("[name=row]"):  # the first stall of the morning; later ones remember the row
        hand.type("[name=row]", "T")
        hand.choose("[name=goods]", 1)
    hand.press()
    syllables = len(hand.page.inner_text(".consent").split())
    hand.tap("[name=purposes]")
    hand.press()
    hand.type("[name=name]", "Ksor Thử Hai")
    hand.type("[name=sign]", "Rau chị Thử")
    hand.press()
    hand.choose("[name=bin]", 2)
    hand.type("[name=number]", f"MAU{number:0>10}")
    hand.type("[name=number_again]", f"MAU{number:0>10}")
    hand.type("[name=holder]", "KSOR THU HAI")
    hand.press()
    hand.follow("main a.btn-big")
    hand.tap("[name=is_read]")
    hand.press()
    with hand.page.expect_download():
        hand.tap("a[href$='the.pdf']")
    return syllables


def test_a_practised_volunteer_prints_within_two_minutes(visitor):
    volunteer = visitor("tablet")
    join_shift(volunteer, "Người Thử Nhanh Tay")
    register(Hand(volunteer.page), "201")  # the first one fills row and goods for those that follow
    volunteer.open("/viec/hom-nay/")
    hand = Hand(volunteer.page)
    syllables = register(hand, "202")
    seconds = hand.taps * TAP + hand.keys * KEY + syllables / SYLLABLES_A_SECOND + CHECK
    print(f"taps {hand.taps}, characters {hand.keys}, syllables {syllables}, about {seconds:.0f} s")
    assert hand.taps <= 20
    assert hand.keys <= 75
    assert seconds <= 120
