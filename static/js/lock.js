// Covers a field page that nobody touches, until the PIN opens it. What was typed stays beneath.
// The server locks by itself (portal/accounts/sessions.py); this only keeps a page that lies open from being read.

const template = document.getElementById("lock-cover");
const address = template.content.querySelector("form").action;
const idle = Number(template.dataset.after) * 1000;
// A page that comes from the tablet itself starts as long untouched as the last one was: the server has not looked.
const isKept = document.body.hasAttribute("data-kept");
let touched = isKept ? Number(sessionStorage.getItem("touched")) : Date.now();
let told = touched;
let cover = null;

function lock() {
  if (cover) return;
  cover = document.createElement("div");
  cover.className = "lock lock-cover";
  cover.setAttribute("role", "dialog");
  cover.setAttribute("aria-modal", "true");
  cover.setAttribute("aria-labelledby", "lock-h");
  cover.append(template.content.cloneNode(true));
  for (const element of document.body.children) element.inert = true;
  document.body.append(cover);
  dispatchEvent(new Event("covered"));
  cover.querySelector("form").addEventListener("submit", open);
  cover.querySelector("[name=pin]").focus();
}

async function open(event) {
  event.preventDefault();
  const form = event.target;
  const pin = form.querySelector("[name=pin]"), typed = pin.value;
  const body = new FormData(form);
  pin.value = "";
  pin.focus();
  let answer;
  try {
    if (!body.get("csrfmiddlewaretoken")) { // a page of the tablet's
      const token = await freshToken();
      if (!token) return tell(ENDED);
      body.set("csrfmiddlewaretoken", token);
    }
    answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    return withoutNetwork(typed);
  }
  if (answer.status === 204) return unlock();
  // Anything else than our JSON is a login page: the session is over, only a new login helps.
  if (answer.redirected) return tell(ENDED);
  tell(answer.status === 422 ? (await answer.json()).fault : "Máy chủ chưa trả lời được. Thử lại sau ít phút.");
}

const ENDED = "Phiên làm việc đã hết. Bấm “Người khác dùng máy này” rồi đăng nhập lại.";

/** A page that the tablet keeps has no token of its own; nothing where the session is over. Throws without network. */
async function freshToken() {
  const answer = await fetch("/viec/hop-gui/phien/", { cache: "no-store", redirect: "manual" });
  return answer.ok ? (await answer.json()).csrf : "";
}

/**
 * The tablet's own check (static/js/outbox/desk.js) is short, so it opens pages about nobody only: any other page waits
 * for the server, with a way to the slips.
 */
async function withoutNetwork(pin) {
  if (!isKept) {
    cover.querySelector("[data-part=slips]").hidden = false;
    return tell("Đang mất mạng, chưa mở được trang này. Có mạng rồi gõ lại PIN của bạn.");
  }
  const fault = await new Promise((answer) => {
    dispatchEvent(new CustomEvent("check-pin", { detail: { pin, answer } }));
  });
  return fault ? tell(fault) : unlock();
}

function tell(sentence) {
  const message = cover.querySelector(".msg");
  message.hidden = false;
  message.querySelector("span").textContent = sentence;
}

function unlock() {
  cover.remove();
  cover = null;
  dispatchEvent(new Event("uncovered"));
  touched = Date.now();
  for (const element of document.body.children) element.inert = false;
}

for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { capture: true, passive: true });
}
// “Xong, khóa máy”: covered at once, then the server hears of it, and the page itself goes. Without network the tablet
// stays covered, and so does every other page of it.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.querySelector(".btn-lock")) return;
  event.preventDefault();
  touched = 0;
  sessionStorage.setItem("touched", "0");
  lock();
  dispatchEvent(new Event("locked"));
  if (isKept) return;
  try {
    await fetch(form.action, { method: "POST", body: new FormData(form) });
    location.reload();
  } catch {
    // no network: covered until the PIN
  }
}, { capture: true });

// Who types for long sends nothing: the server hears of it once a minute.
async function tellServer() {
  if (cover || isKept || touched - told < 60_000) return;
  told = touched;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 423 || answer.redirected) lock(); // or nobody is logged in any more
  } catch {
    // no network: the server will ask for the PIN with the next page
  }
}
setInterval(tellServer, 10_000);

// A timer alone sleeps with the tablet: the clock is looked at again whenever the page comes back.
const look = () => {
  if (Date.now() - touched >= idle) lock();
  else if (!cover) sessionStorage.setItem("touched", touched);
};
setInterval(look, 1000);
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
look();
document.body.addEventListener("lock", lock); // htmx: the server said 423; or the outbox, see static/js/outbox/field.js
document.addEventListener("cover-says", ({ detail }) => cover && tell(detail));
