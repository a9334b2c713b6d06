"""The small functions of the outbox, in a real Chromium."""

import uuid
from base64 import b64decode, b64encode

import pytest

from portal.field import sealing


def test_what_an_answer_means(guest):
    """Only 200 or 201 with JSON, this id and this hash is an acknowledgement."""
    found = guest.page.evaluate("""async () => {
      const { verdict, pauseAfter } = await import("/static/js/outbox/sender.js");
      const item = { id: "a", sha256: "b" };
      const json = (words, status = 200) => Response.json(words, { status });
      const html = (status) => new Response("<p>", { status, headers: { "Content-Type": "text/html" } });
      const answers = {
        ok: json({ id: "a", sha256: "b" }), created: json({ id: "a", sha256: "b" }, 201),
        another: json({ id: "x", sha256: "b" }), changed: json({ id: "a", sha256: "x" }), empty: json(null),
        login: html(200), ended: json({}, 401), refused: html(403), broken: json({}, 400),
        odd: html(400), proxy: html(413), closed: json({}, 403),
        clash: json({}, 409),
        large: json({}, 413), often: json({}, 429), crashed: html(500), away: html(503), gone: html(404),
      };
      const told = {};
      for (const [name, answer] of Object.entries(answers)) told[name] = await verdict(answer, item);
      told.pauses = [1, 2, 3, 20].map((failures) => pauseAfter(failures, 1));
      told.shortest = pauseAfter(1, 0);
      return told;
    }""")
    assert found == {
        "ok": "kept", "created": "kept", "another": "later", "changed": "later", "empty": "later",
        "login": "login", "ended": "login", "refused": "token", "broken": "failed", "clash": "failed",
        "odd": "later", "proxy": "failed", "closed": "forbidden",
        "large": "failed", "often": "later", "crashed": "later", "away": "later", "gone": "later",
        "pauses": [30_000, 60_000, 120_000, 900_000], "shortest": 15_000,
    }  # fmt: skip


def test_what_the_browser_seals_the_server_opens_and_only_under_its_name(guest):
    private, public = sealing.make_key()
    key, id = {"id": "KEYKEYKE", "spki": b64encode(public).decode()}, uuid.uuid4()
    sealed = b64decode(
        guest.page.evaluate(
            """async ([id, key]) => {
      const { seal, hash } = await import("/static/js/outbox/seal.js");
      const photo = new Uint8Array([255, 10, 216]).buffer;
      const bytes = new Uint8Array(await seal({ fields: [["name", "Nguyễn Thị Mẫu"]] }, { id, key, photo }));
      return btoa(String.fromCharCode(...bytes));
    }""",
            [str(id), key],
        )
    )
    content = sealing.open_envelope(sealed, id=id, private=private)
    assert (content.words, content.photo) == ({"fields": [["name", "Nguyễn Thị Mẫu"]]}, b"\xff\n\xd8")
    assert sealing.key_id(sealed) == "KEYKEYKE"
    with pytest.raises(sealing.NotAnEnvelope):
        sealing.open_envelope(sealed, id=uuid.uuid4(), private=private)


def test_how_old_slips_are_spoken_of(guest):
    found = guest.page.evaluate("""async () => {
      const { advice, count, moment } = await import("/static/js/outbox/words.js");
      const { initials } = await import("/static/js/outbox/slip.js");
      const noon = Date.UTC(2026, 10, 22, 5), hour = 3_600_000; // noon in Vietnam
      const item = (hours, state = "waiting") => ({ at: noon - hours * hour, state });
      return [
        count([], noon), count([item(1), item(0, "sending"), item(0, "failed")], noon),
        count([item(25)], noon).kind,
        ...[0, 3, 25, 121].map((hours) => advice([item(0), item(hours)], noon)),
        moment(noon - hour, noon), moment(noon - 13 * hour, noon), initials("Rơ Châm H’Ví Dụ"),
      ];
    }""")
    assert found == [
        {"number": 0, "words": "", "kind": ""},
        {"number": 3, "words": "2 phiếu chưa gửi, 1 phiếu lỗi", "kind": "err"},
        "err",
        "Đã niêm phong trên máy, có mạng là tự gửi. Cũ nhất lúc 12:00.",
        "Chờ quá 2 giờ rồi, cũ nhất lúc 09:00. Tới chỗ có mạng rồi bấm gửi.",
        "Cũ nhất từ 11:00, 21-11. Tới chỗ có mạng gửi ngay, hoặc lưu thành tệp gửi từ máy khác.",
        "Cũ nhất từ 11:00, 17-11. Lưu thành tệp và gửi ngay hôm nay: có máy tự xóa sau 7 ngày không mở.",
        "11:00",
        "23:00, 21-11",
        "R.C.H.D…",
    ]
