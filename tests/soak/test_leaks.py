"""A thousand pairs of a user and a resident, drawn by lot: who is out of reach is found nowhere."""

import random

import pypdfium2
import pytest
from django.urls import reverse

from neighborhoods.views import visits
from portal.accounts.models import Role
from portal.organization.models import Place
from tests import builders
from tests.people import client_of

pytestmark = [pytest.mark.soak, pytest.mark.django_db]

COMMUNES = ["Phường Pleiku", "Phường Diên Hồng", "Phường An Phú", "Phường Quy Nhơn", "Xã Chư Sê", "Xã Gào"]
PAIRS = 1_000
ROLES = [Role.Kind.VOLUNTEER, Role.Kind.TEAM_LEAD, Role.Kind.UNIT_SECRETARY]
EVERYWHERE = [Role.Kind.PROVINCE_STAFF, Role.Kind.AUDITOR]


class World:
    """Groups with residents whose every word is unlike any other's, and people who work there."""

    def __init__(self):
        self.people, self.residents = [], []
        for number, commune in enumerate(COMMUNES):
            unit = builders.commune_unit(commune)
            for turn in range(2):
                place = builders.make_place(
                    unit=unit, kind=Place.Kind.MEETING_HOUSE, name=f"Nhà {number} {turn}"
                )
                group = builders.make_group(place=place, adults=100)
                self.residents += [self._resident(group, number, turn, at) for at in range(6)]
                shift = builders.make_shift(place=place)
                self.people.append((builders.make_shift_guest(shift=shift), {place.pk}, place))
            here = {
                resident.group.place_id for resident in self.residents if resident.group.place.unit == unit
            }
            for role in ROLES:
                user = builders.make_user(role=role, unit=unit, pin=builders.PIN)
                self.people.append((user, here, place))
        every = {resident.group.place_id for resident in self.residents}
        for role in EVERYWHERE:
            self.people.append((builders.make_user(role=role, pin=builders.PIN), every, place))
        reviewer = builders.make_user(role=Role.Kind.CULTURE_REVIEWER, pin=builders.PIN)
        self.people.append(
            (reviewer, set(), place)
        )  # works for the province, and has no business with residents
        self.clients = {user.pk: client_of(user, place=place) for user, _, place in self.people}

    def _resident(self, group, number, turn, at):
        word = f"{chr(65 + number)}{chr(97 + turn)}{chr(97 + at)}khongtrung"
        resident = builders.make_resident(
            group=group,
            name=f"Nguyễn Mẫu {word}",
            number=f"000158{number}{turn}{at}{number}{at}{turn}",
            phone=f"0300{number}{turn}{at}0{at}{turn}",
            phone_kind="own",
            birth_year=1958,
        )
        builders.make_help(resident=resident)
        return resident


def lists(client) -> dict[str, str]:
    """What a user is shown of everybody: whoever may be in it is asked of its text."""
    found = {
        "visits": client.get(reverse("visit_followup_list") + "?hen=tat-ca"),
        "file": client.get(reverse("admin:neighborhoods_resident_export", args=["csv"])),
        "call-backs": client.get(reverse("callback_list")),
    }
    return {way: text_of(answer) for way, answer in found.items()}


def papers(client, group) -> dict[str, tuple[int, str]]:
    """The page and the poster of a group: status and text."""
    found = {way: client.get(reverse(way, args=[group.pk])) for way in ("group_detail", "group_poster")}
    return {way: (answer.status_code, text_of(answer)) for way, answer in found.items()}


def ways(client, resident) -> dict[str, object]:
    """Every answer about one resident: pages, history, papers, searches."""
    key, group = resident.pk, resident.group
    name, admin = resident.name.split()[-1], "admin:neighborhoods_resident"
    pages = ("resident_detail", "visit_record", "stub_pdf", f"{admin}_change", f"{admin}_history")
    found = {way: client.get(reverse(way, args=[key])) for way in pages}
    found["people"] = client.post(reverse("group_people", args=[group.pk]), {"q": name})
    for typed in (name, resident.last_four):
        found[f"search {typed}"] = client.post(reverse("visit_search"), {"q": typed})
    found["register"] = client.post(reverse(f"{admin}_changelist"), {"tu_khoa": name}, follow=True)
    found["value"] = client.get(reverse("reveal", args=["neighborhoods.resident", key, "number"]))
    return found


def text_of(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.headers.get("Content-Type", "").startswith("application/pdf"):
        with pypdfium2.PdfDocument(body) as document:
            return "".join(page.get_textpage().get_text_range() for page in document)
    return body.decode(errors="replace")


def test_nobody_out_of_reach_is_found_anywhere(monkeypatch):
    monkeypatch.setitem(visits.SEARCHES, "limit", PAIRS)  # a day of searching in a minute
    world, draw = World(), random.Random(20261122)
    seen, printed, shown, hidden = {}, {}, 0, 0
    for _ in range(PAIRS):
        user, places, _place = draw.choice(world.people)
        resident = draw.choice(world.residents)
        client, word, group = world.clients[user.pk], resident.name.split()[-1], resident.group
        if user.pk not in seen:
            seen[user.pk] = lists(client)
        if (user.pk, group.pk) not in printed:
            printed[user.pk, group.pk] = papers(client, group)
        answers, paper = ways(client, resident), printed[user.pk, group.pk]
        assert all(answer.status_code < 500 for answer in answers.values())
        texts = {way: text_of(answer) for way, answer in answers.items()} | seen[user.pk]
        texts |= {way: text for way, (_, text) in paper.items()}
        assert word not in paper["group_poster"][1]
        if group.place_id in places:
            shown += any(word in text for text in texts.values())
            continue
        hidden += 1
        for way, text in texts.items():
            # A search repeats what was typed, so there the row itself is looked for.
            is_search = way.split(" ")[0] in {"people", "search", "register"}
            who = (way, user.name, resident.name)
            assert (who, (str(resident.pk) if is_search else word) in text) == (who, False)
            assert (who, resident.clear_number() in text or resident.phone in text) == (who, False)
        for way in ("resident_detail", "visit_record", "stub_pdf"):
            assert (way, answers[way].status_code) in {(way, 404), (way, 403)}
        assert {status for status, _ in paper.values()} <= {403, 404}
    assert hidden > PAIRS / 2
    assert shown > PAIRS / 20
