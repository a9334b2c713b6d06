// On every field page: how many slips are still on this tablet, sending them, and what has to happen when somebody
// logs out. On a slip it seals what was filled in; on other forms it takes over when the network was lost.

import { atWork, checkPin, isOver, leave, refresh, wipe } from "./desk.js";
import { faults, showFaults } from "./faults.js";
import { keep } from "./keep.js";
import { flush } from "./sender.js";
import { CannotKeep, capture, dataOf } from "./slip.js";
import { canKeep, desk, items } from "./store.js";
import { banner, box, count, make, told } from "./words.js";

const EVERY = 20_000; // ms between two looks whether something waits
const LONG = 24 * 3_600_000; // ms after the last word of the server: then nobody is at work here any more
const ENDED = "Phiên làm việc đã hết. Phiếu còn nguyên trên máy: đăng nhập lại, máy tự gửi tiếp.";
const OVER = "Phiếu vẫn ghi và giữ được. Đội trưởng sẽ xem trước khi ghi vào sổ; có mạng thì đăng nhập lại.";
const LEFT = "Đã xóa tên và việc vừa làm khỏi máy. Có mạng là máy đăng xuất hẳn; phiếu niêm phong vẫn còn.";
const FULL = "Máy này không giữ được phiếu (hết chỗ, hoặc cửa sổ ẩn danh). Có mạng thì tải lại trang rồi ghi; chữ vừa gõ còn đây.";
const LOST = "Mất mạng, và máy này không giữ được phiếu. Chữ vừa gõ còn nguyên: có mạng rồi bấm lại.";

const isKept = document.body.hasAttribute("data-kept"); // from the tablet itself, not from the server
const place = document.getElementById("slip-told");
const notice = document.getElementById("notice");
const answered = new Map(); // what came of slips; it may name somebody, so it is in memory only, and goes under a cover
let isAble = false; // whether slips can be kept here and there is a ticket for them

// --- slips: these are listened for before anything else is waited for --------------------------------------

// A slip's own page: sealed always, sent right after where there is network. Where nothing can be kept it is an
// ordinary form, but on a page of the tablet's own, which has no token.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-seal]") || (!isAble && !isKept)) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return; // a double tap
  const wrong = faults(form);
  showFaults(form, wrong);
  if (wrong.length) return;
  form.ariaBusy = "true";
  const item = await save(form, event.submitter).finally(() => { form.ariaBusy = "false"; });
  if (!item) return;
  await changed();
  await send({ force: true });
}, { capture: true });

async function save(form, submitter) {
  try {
    const item = await capture(form, dataOf(form, submitter));
    clear(form);
    say({ state: "waiting", item });
    return item;
  } catch (error) {
    say({ sentence: error instanceof CannotKeep ? error.message : FULL });
    return null;
  }
}

function say(what) {
  place.item = what.item;
  place.replaceChildren(told(what));
  place.scrollIntoView({ block: "center" });
}

/** For the next person nothing of this one is left: `reset` alone leaves hidden fields as they are. */
const asOpened = new Map();
for (const field of document.querySelectorAll("[data-seal] input[type=hidden]")) asOpened.set(field, field.value);
function clear(form) {
  form.reset();
  for (const [field, value] of asOpened) field.value = value;
  for (const says of form.querySelectorAll("[data-part=says]")) says.textContent = "";
}

/** What has become of the slip that the page last spoke of. */
async function speak() {
  const { item } = place ?? {};
  if (!item) return;
  const left = (await items.all()).find(({ id }) => id === item.id), receipt = answered.get(item.id);
  if (!left && !receipt) return; // another tab sent it
  place.replaceChildren(told({ ...left, ...receipt, received: receipt?.at, item, sending: last }));
}

// Any other form of the field that a slip stands for: static/js/send.js, and htmx, say that the network was lost.
async function takeOver(form, data, event) {
  if (!isAble || !form?.dataset.slip || form.ariaBusy === "kept") return;
  event.preventDefault();
  if (form.hasAttribute("data-again")) form.elements.id.value = crypto.randomUUID(); // the next press is another
  else form.ariaBusy = "kept"; // pressed again it would be a second one
  try {
    const item = await capture(form, data);
    notice.replaceChildren(told({ state: "waiting", item, isTaken: true }));
  } catch (error) {
    form.ariaBusy = "false";
    notice.replaceChildren(told({ sentence: error instanceof CannotKeep ? error.message : LOST }));
  }
  notice.scrollIntoView({ block: "center" });
  await changed();
}
addEventListener("unsent", (event) => takeOver(event.target, event.detail, event));
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  addEventListener(name, (event) => {
    const form = event.target.closest("form"); // none for a link
    if (form) takeOver(form, dataOf(form, event.detail.requestConfig.triggeringEvent?.submitter), event);
  });
}

// --- coming and going --------------------------------------------------------------------------------------

const cover = (detail) => {
  document.body.dispatchEvent(new Event("lock"));
  if (detail) document.dispatchEvent(new CustomEvent("cover-says", { detail }));
};

// Whoever logs out takes everything along but the sealed slips. Without network the tablet stays covered until the
// server has heard of it.
async function goOut() {
  cover();
  try {
    await leave();
    others.postMessage("out");
    location.assign("/dang-nhap/");
  } catch {
    cover(LEFT);
  }
}
addEventListener("submit", (event) => {
  if (!event.target.matches("form[action$='/dang-xuat/']") || !("indexedDB" in window)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  goOut();
}, { capture: true });

// static/js/lock.js asks here when the server cannot be asked, and says when it covers and uncovers a page.
addEventListener("check-pin", (event) => event.detail.answer(checkPin(event.detail.pin)));
addEventListener("covered", async () => {
  answered.clear();
  await desk.set("receipts", []).catch(() => {});
  await show();
});
addEventListener("locked", () => {
  others.postMessage("lock");
  desk.set("is-locked", true).catch(() => {});
});
addEventListener("uncovered", () => {
  for (const key of ["is-locked", "pin-tries"]) desk.set(key, undefined).catch(() => {});
});

// The other tabs of this tablet.
const others = new BroadcastChannel("outbox");
others.onmessage = ({ data }) => {
  if (data === "out") location.assign("/dang-nhap/");
  else if (data === "lock") cover();
  else show();
};

// Practice without network lasts as long as the tab: every slip says so of itself.
function practise() {
  const is = sessionStorage.getItem("practice") === "1", bar = document.getElementById("practising");
  if (!bar) return; // the server's own practice
  bar.hidden = !is;
  document.body.classList.toggle("practising", is);
  for (const button of document.querySelectorAll("main [data-practise]")) button.hidden = is;
}
addEventListener("click", ({ target }) => {
  const button = target.closest("[data-practise]");
  if (!button) return;
  sessionStorage.setItem("practice", button.dataset.practise);
  practise();
});

// --- the counter -------------------------------------------------------------------------------------------

const changed = (sending) => { others.postMessage("look"); return show(sending); };

async function show(sending) {
  const all = await items.all();
  const { number, words, kind } = count(all, Date.now());
  const badge = document.getElementById("outbox-count");
  if (badge) {
    badge.hidden = !number;
    badge.replaceChildren(`${number}${kind && "!"}`, make("span", { className: "vh", textContent: ` (${words})` }));
    badge.classList.toggle("is-late", kind === "err");
  }
  document.getElementById("outbox-banner")?.replaceChildren(...(number ? [banner(all, Date.now())] : []));
  for (const part of document.querySelectorAll("[data-part=unsent]")) part.textContent = number ? `${words}, đã niêm phong trên máy.` : "";
  document.dispatchEvent(new CustomEvent("outbox", { detail: { sending } }));
}

// --- sending -----------------------------------------------------------------------------------------------

let last = "", again = 0;

/** Sends what waits and says what came of it. */
async function send({ force = false } = {}) {
  if (await desk.get("leaves")) return goOut();
  if (!(await items.all()).some(({ state }) => state !== "failed")) return;
  last = await flush({ force, onChange: changed, onKept: ({ id }, receipt) => answered.set(id, receipt) });
  clearTimeout(again);
  if (last === "busy") again = setTimeout(send, 3000);
  if (last === "login") notice?.replaceChildren(box("warn", "Cần đăng nhập để gửi phiếu", ENDED));
  document.dispatchEvent(new CustomEvent("outbox-sent", { detail: last }));
  await show();
  await speak();
}

async function start() {
  if (isKept) {
    practise();
    const elsewhere = document.querySelector("[data-part=elsewhere]");
    elsewhere.hidden = location.pathname === document.querySelector("[data-kept-page]").dataset.keptPage;
    elsewhere.querySelector("a").href = `${location.pathname}?cho`;
  } else sessionStorage.removeItem("practice");
  if (!(await canKeep())) return;
  if (await desk.get("leaves")) await goOut();
  if (await desk.get("is-locked")) cover();
  const work = await atWork();
  if (work && Date.now() - work.ticket_at > LONG) await wipe(); // nobody came back
  else if (work && place && isOver(work)) place.replaceChildren(box("warn", "Phiên làm việc đã quá giờ", OVER));
  isAble = Boolean(work);
  document.addEventListener("outbox-send", () => send({ force: true })); // the button on the outbox page
  addEventListener("online", () => send({ force: true }));
  setInterval(() => send(), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || show());
  document.body.dataset.outbox = "ready";
  await show();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/viec/sw.js", { scope: "/viec/" }).catch(() => {});
  const fresh = await refresh().catch(() => null);
  isAble = Boolean(await atWork());
  if (fresh?.parcel) {
    keep(fresh.parcel).catch(() => {}); // the next page tries again
    if (!localStorage.getItem("asked-to-stay")) navigator.storage?.persist?.(); // some browsers ask the person: once
    localStorage.setItem("asked-to-stay", "1");
  }
  const pause = await desk.get("pause");
  await send({ force: Boolean(fresh) && pause?.outcome === "lost" }); // it is back
}

await start();
