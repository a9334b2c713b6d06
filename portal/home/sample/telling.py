"""What happened at a market of the demo: stalls at every stage, visits, cards lost, changed, covered."""

import random
from datetime import date, timedelta
from itertools import count, cycle

from django.utils import timezone

from markets import banks, vietqr
from markets.models import CardCheck, FalseCardReport, FollowUp, Goods, Stage, Stall, StallCard, Tenancy
from portal.accounts.models import User
from portal.folding import fold_ascii
from portal.home.sample import names
from portal.home.sample.crew import guest
from portal.home.sample.stories import HOA_LU, Story, found, instant, open_shift
from portal.organization.models import Team
from portal.privacy.models import Consent, Notice, Refusal

UNFINISHED = [(Stage.TRIAL, 5), (Stage.TRIAL, 3), (Stage.POST, 4), (Stage.POST, 1), (Stage.PRINT, 2),
              (Stage.ACCOUNT, 1)]  # fmt: skip
SHOWN = ("B", "07")  # the stall that the mock-ups of the pages show: its card is printed, not yet posted
PERCENTS = [70, 60, 80, 70, 90, 50, 70, 80, 60, 70]  # of the customers pay by transfer: 70 on the whole
PROBLEMS = ["none", "none", "prefers_cash", "none", "no_network", "none", "none"]
STILL_OPEN = timedelta(days=4)  # a visit that fell due within these days was not made yet
REASON = StallCard.VoidReason


class Telling:
    """One market's story, day by day. What is chosen at random is the same each time."""

    def __init__(self, story: Story):
        self.story, self.market = story, found(story)
        self.random = random.Random(story.slug)
        self.names, self.turns = names.vendors(story.slug), count()
        self.percents, self.problems = cycle(PERCENTS), cycle(PROBLEMS)
        self.goods, self.today = Goods.objects.in_bulk(), timezone.localdate()
        team = Team.objects.select_related("leader").get(unit=self.market.place.unit)
        self.leader = team.leader
        self.members = cycle([row.user for row in team.memberships.select_related("user")])

    def tell(self) -> None:
        """From the first day until yesterday."""
        self.guests = cycle(self._launch())
        days = [(Stage.TAKING, day) for day in self._days()]
        days += [(stage, self.today - timedelta(days=ago)) for stage, ago in UNFINISHED]
        cards = [
            self.onboard(*stall, day, stage) for stall, (stage, day) in zip(self._stalls(), days, strict=True)
        ]
        if self.story.slug == HOA_LU:
            self._twists(cards)

    # --- the frame ---

    def _launch(self) -> list[User]:
        day, first = self.story.launched_on, User.objects.filter(is_guest=True).count()
        people = [guest(f"{family} Thị Thử", first + n) for n, family in enumerate(["Mai", "Kpuih", "Lý"])]
        open_shift(self.market, instant(day, 7), instant(day, 11), note="Ra quân", people=people)
        return people

    def _stalls(self) -> list[tuple[str, str, str]]:
        """(row, number, goods) in the order in which they were registered."""
        stalls = [
            (row, f"{number:02d}", goods)
            for row, (goods, last) in self.story.rows.items()
            for number in range(1, last + 1)
        ]
        self.random.shuffle(stalls)
        if self.story.slug == HOA_LU:
            at, post = stalls.index((*SHOWN, "rau")), len(stalls) - len(UNFINISHED) + 2
            stalls[at], stalls[post] = stalls[post], stalls[at]
        return stalls

    def _days(self) -> list[date]:
        """When stalls came to take transfers: on the first day, now and then, lately."""
        launch, recent = self.story.launched_on, self.story.recent
        total = sum(last for _, last in self.story.rows.values())
        between = total - self.story.at_launch - len(recent) - len(UNFINISHED)
        step = (self.today - timedelta(days=60) - launch) / (between + 1)
        return [
            *[launch] * self.story.at_launch,
            *[launch + step * n for n in range(1, between + 1)],
            *[self.today - timedelta(days=ago) for ago in recent],
        ]

    def _somebody(self, day: date) -> User:
        return next(self.guests if day == self.story.launched_on else self.members)

    # --- a stall, from the first hello ---

    def onboard(self, row: str, number: str, goods: str, day: date, stage: str) -> StallCard | None:
        """A stall that came as far as `stage` within its first day; its card where it has one."""
        by = self._somebody(day)
        stall = Stall.objects.open_new(
            market=self.market, row=row, number=number, goods=self.goods[goods], by=by, at=instant(day, 7, 30)
        )
        if stage == Stage.ACCOUNT:
            return None
        tenancy = self.settle(stall, day, by)
        self.give_account(tenancy, day, by)
        return None if stage == Stage.PRINT else self.hang(stall, tenancy, day, by, stage)

    def settle(self, stall: Stall, day: date, by: User) -> Tenancy:
        """A vendor says yes, and is named."""
        turn = next(self.turns)
        is_shown = (stall.row, stall.number) == SHOWN and self.story.slug == HOA_LU
        name = names.SHOWN if is_shown else next(self.names)
        may_call = turn % 3 > 0
        consent = Consent.objects.record(
            notice=Notice.objects.current("markets", on=day),
            purposes=["market_card", "market_contact"] if may_call else ["market_card"],
            how=Consent.How.SCREEN if turn % 6 else Consent.How.PAPER,
            paper_number="" if turn % 6 else f"MẪU-{turn:03d}",
            by=by,
            at=instant(day, 7, 40),
        )
        return Tenancy.objects.begin(
            stall=stall,
            name=name,
            phone=f"030{self.random.randrange(10**7):07d}" if may_call else "",
            sign=names.sign(name, stall.goods_id, 0 if is_shown else turn),
            consent=consent,
            by=by,
            at=instant(day, 7, 45),
        )

    def give_account(self, tenancy: Tenancy, day: date, by: User) -> None:
        """An account that no bank has; every eighth vendor brings a code of their own."""
        bin = self.random.choice([self.story.partner, self.story.partner, *banks.COMMON])
        number = f"MAU{self.random.randrange(10**16):016d}"
        own = vietqr.encode(bin=bin, account=number, purpose="MAU") if self.random.random() < 1 / 8 else None
        account = tenancy.replace_account(
            bin=bin,
            holder=fold_ascii(tenancy.vendor.name).upper(),
            number=None if own else number,
            payload=own,
            by=by,
            at=instant(day, 7, 50),
        )
        account.mark_confirmed(by=by, at=instant(day, 8))

    def hang(self, stall: Stall, tenancy: Tenancy, day: date, by: User, stage: str) -> StallCard:
        """The card is printed, posted, tried, as far as `stage`; visits follow."""
        card = StallCard.objects.make_for(stall, by=by, at=instant(day, 8))
        card.mark_printed(by=by, at=instant(day, 9))
        if stage != Stage.POST:
            card.mark_posted(by=by, at=instant(day, 9, 20))
        if stage == Stage.TAKING:
            card.mark_tried(by=by, at=instant(day, 9, 30))
            self._visit(tenancy)
        if stage == Stage.TRIAL and self.today - day > STILL_OPEN:
            FollowUp.objects.plan_retry(tenancy, on=self.today, problem=FollowUp.Problem.NO_NETWORK)
        return card

    def _visit(self, tenancy: Tenancy) -> None:
        for visit in tenancy.followups.filter(done_at=None, due_on__lt=self.today - STILL_OPEN):
            visit.mark_done(
                by=next(self.members),
                at=instant(visit.due_on, 8, 30),
                transfer_percent=next(self.percents),
                has_internet=self.random.random() < 0.8,
                problem=next(self.problems),
            )

    # --- what goes wrong, and what is done about it ---

    def _twists(self, cards: list[StallCard]) -> None:
        lost, changed, covered, sold, left, torn, doubted = cards[:7]
        day = self.story.launched_on + timedelta(days=200)
        lost.void(by=self.leader, reason=REASON.LOST, at=instant(day, 7))
        self._again(lost, day)
        self.give_account(changed.account.tenancy, day, self.leader)  # its card is void by this
        self._again(changed, day)
        self._covered(covered, day)
        self._leave(sold, day)
        tenancy = self.settle(sold.stall, day, self.leader)
        self.give_account(tenancy, day, self.leader)
        self.hang(sold.stall, tenancy, day, self.leader, Stage.TAKING)
        left.account.tenancy.vendor.consent.withdraw(by=self.leader, at=instant(day, 7))
        self._leave(left, day)
        left.stall.close(by=self.leader, on=day)
        yesterday = self.today - timedelta(days=1)
        torn.void(by=self.leader, reason=REASON.LOST, at=instant(yesterday, 8))
        self._report(doubted, yesterday, FalseCardReport.Kind.NAME)
        self._round(yesterday)
        for visits in range(4):
            Refusal.objects.create(
                notice=Notice.objects.current("markets"),
                place=self.market.place,
                at=instant(yesterday - timedelta(days=visits), 10),
                recorded_by=next(self.members),
            )

    def _round(self, day: date) -> None:
        """A checking round that came half through row D."""
        cards = StallCard.objects.in_market(self.market).in_row("D").in_state(StallCard.State.TRIED)
        for card in CardCheck.objects.cards_due(cards, instant(day, 8)).in_rounds()[:4]:
            own, by = [card.payload.open()], next(self.members)
            card.mark_checked(by=by, at=instant(day, 8), texts=own, way=CardCheck.Way.CAMERA)

    def _again(self, card: StallCard, day: date) -> None:
        self.hang(card.stall, card.stall.tenancy, day, self.leader, Stage.TAKING)

    def _leave(self, card: StallCard, day: date) -> None:
        card.void(by=self.leader, reason=REASON.LEFT, at=instant(day, 7))
        card.account.tenancy.end(by=self.leader, on=day)

    def _covered(self, card: StallCard, day: date) -> None:
        report = self._report(card, day, FalseCardReport.Kind.COVERED)
        card.void(by=self.leader, reason=REASON.FALSE, at=instant(day, 8))
        outcome = FalseCardReport.Outcome.FALSE_CARD
        report.mark_handled(by=self.leader, outcome=outcome, at=instant(day, 8))
        self._again(card, day)

    def _report(self, card: StallCard, day: date, kind: str) -> FalseCardReport:
        return FalseCardReport.objects.create(
            card=card, code=card.check_code_id, kind=kind, at=instant(day, 7)
        )
