// On every field page: how many slips are still on this tablet, sending them, and what has to happen when somebody
// logs out. On a slip it seals what was filled in; on other forms it takes over when the network was lost.

import { atWork, checkPin, refresh, wipe } from "./desk.js";
import { faults, showFaults } from "./faults.js";
import { keep } from "./keep.js";
import { flush } from "./sender.js";
import { CannotKeep, capture, dataOf } from "./slip.js";
import { canKeep, desk, items } from "./store.js";
import { banner, box, count, make, told } from "./words.js";

const EVERY = 20_000; // ms between two looks whether something waits
const LONG = 24 * 3_600_000; // ms after the last word of the server: then nobody is at work here any more
const isAble = await canKeep();
const isKept = document.body.hasAttribute("data-kept"); // from the tablet itself, not from the server

// --- the counter -------------------------------------------------------------------------------------------

const others = new BroadcastChannel("outbox"); // the other tabs of this tablet
others.onmessage = () => show();
const changed = () => { others.postMessage(""); return show(); };

async function show() {
  const all = await items.all();
  const { number, words, kind } = count(all, Date.now());
  const badge = document.getElementById("outbox-count");
  if (badge) {
    badge.hidden = !number;
    badge.replaceChildren(String(number), make("span", { className: "vh", textContent: " phiếu còn trên máy" }));
    badge.classList.toggle("is-late", kind === "err");
  }
  const place = document.getElementById("outbox-banner");
  if (place) place.replaceChildren(...(number ? [banner(all, Date.now(), { isKept })] : []));
  for (const cover of document.querySelectorAll("[data-part=unsent]")) cover.textContent = number ? `${words}, đã niêm phong trên máy.` : "";
  document.dispatchEvent(new CustomEvent("outbox", { detail: all }));
}

// --- sending -----------------------------------------------------------------------------------------------

const ENDED = "Phiên làm việc đã hết. Phiếu còn nguyên trên máy: đăng nhập lại, máy tự gửi tiếp.";
let last = "";

/** Sends what waits and says what came of it. */
async function send({ force = false } = {}) {
  const waiting = (await items.all()).some(({ state }) => state !== "failed");
  if (!waiting) return (last = "sent");
  last = await flush({ force, onChange: changed });
  if (last === "busy") setTimeout(send, 3000);
  if (last === "login") document.getElementById("notice")?.replaceChildren(box("warn", "Cần đăng nhập để gửi phiếu", ENDED));
  document.dispatchEvent(new CustomEvent("outbox-sent", { detail: last }));
  await show();
  return last;
}

// --- slips -------------------------------------------------------------------------------------------------

async function save(form, submitter) {
  const place = document.getElementById("slip-told");
  try {
    const item = await capture(form, dataOf(form, submitter));
    form.reset();
    form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
    place?.replaceChildren(told({ state: "waiting", item }));
    place?.scrollIntoView({ block: "center" });
    await changed();
    await send({ force: true });
    place?.replaceChildren(told({ ...(await outcome(item)), item, sending: last }));
  } catch (error) {
    if (!(error instanceof CannotKeep)) console.warn(error.name);
    const sentence = error instanceof CannotKeep ? error.message : "Máy này không giữ được phiếu (hết chỗ, hoặc cửa sổ ẩn danh). Có mạng thì tải lại trang rồi ghi; chữ vừa gõ còn đây.";
    place?.replaceChildren(told({ sentence }));
    place?.scrollIntoView({ block: "center" });
    return false;
  }
  return true;
}

async function outcome(item) {
  const receipt = ((await desk.get("receipts")) ?? []).find(({ id }) => id === item.id);
  const left = (await items.all()).find(({ id }) => id === item.id);
  return receipt ?? left ?? { state: "waiting" };
}

// A slip's own page: sealed always, sent right after where there is network.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-seal]") || (!isAble && !isKept)) return; // without a place to keep it: an ordinary form
  event.preventDefault();
  if (form.ariaBusy === "true") return; // a double tap
  const wrong = faults(form);
  showFaults(form, wrong);
  if (wrong.length) return;
  form.ariaBusy = "true";
  await save(form, event.submitter);
  form.ariaBusy = "false";
}, { capture: true });

// Any other form of the field that a slip stands for: static/js/send.js, and htmx, say that the network was lost.
async function takeOver(form, data, event) {
  if (!isAble || !form?.dataset.slip || form.ariaBusy === "kept") return;
  event.preventDefault();
  const place = document.getElementById("notice");
  try {
    const item = await capture(form, data);
    if (form.hasAttribute("data-again")) form.elements.id.value = crypto.randomUUID(); // the next press is another
    else form.ariaBusy = "kept"; // pressed again it would be a second one
    place.replaceChildren(told({ state: "waiting", item, isOver: true }));
  } catch (error) {
    place.replaceChildren(told({ sentence: error instanceof CannotKeep ? error.message : "Mất mạng, và máy này không giữ được phiếu. Chữ vừa gõ còn nguyên: có mạng rồi bấm lại." }));
  }
  place.scrollIntoView({ block: "center" });
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

// Whoever logs out takes everything along but the sealed slips.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[action$='/dang-xuat/']") || form.dataset.wiped) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.dataset.wiped = "1";
  await wipe();
  form.submit();
}, { capture: true });

// static/js/lock.js asks here when the server cannot be asked.
addEventListener("check-pin", (event) => event.detail.answer(checkPin(event.detail.pin)));
// Whoever left the tablet alone leaves no labels of what was sent; it says so, too.
addEventListener("covered", () => desk.set("receipts", []).catch(() => {}));

// Practice without network lasts as long as the tab: every slip says so of itself.
function practise() {
  const is = sessionStorage.getItem("practice") === "1", bar = document.getElementById("practising");
  if (!bar) return; // the server's own practice, or none
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

async function start() {
  if (isKept) {
    practise();
    const asked = document.querySelector("[data-part=elsewhere]");
    asked.hidden = location.pathname === document.querySelector("[data-kept-page]").dataset.keptPage;
  } else sessionStorage.removeItem("practice");
  if (!isAble) return;
  const work = await atWork();
  if (work && Date.now() - work.ticket_at > LONG) await wipe(); // nobody came back
  await show();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/viec/sw.js", { scope: "/viec/" }).catch(() => {});
  const fresh = await refresh().catch(() => null);
  if (fresh?.parcel) {
    keep(fresh.parcel).catch(() => {}); // the next page tries again
    navigator.storage?.persist?.();
  }
  const pause = await desk.get("pause");
  await send({ force: Boolean(fresh) && pause?.outcome === "lost" }); // it is back
}

document.addEventListener("outbox-send", () => send({ force: true })); // the button on the outbox page
addEventListener("online", () => send({ force: true }));
setInterval(() => send(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || show());
await start();
