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
  const pin = form.querySelector("[name=pin]");
  const body = new FormData(form), typed = pin.value;
  pin.value = "";
  try {
    if (!body.get("csrfmiddlewaretoken")) body.set("csrfmiddlewaretoken", await freshToken()); // a page of the tablet's
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.status === 204) return unlock();
    // Anything else than our JSON is a login page: the session is over, only a new login helps.
    if (answer.redirected) return tell("Phiên làm việc đã hết. Bấm “Người khác dùng máy này” rồi đăng nhập lại.");
    tell(answer.status === 422 ? (await answer.json()).fault : "Máy chủ chưa trả lời được. Thử lại sau ít phút.");
  } catch {
    const fault = await withoutNetwork(typed);
    if (!fault) return unlock();
    tell(fault);
  }
  pin.focus();
}

/** A page that the tablet keeps has no token of its own. Throws without network. */
async function freshToken() {
  const answer = await fetch("/viec/hop-gui/phien/", { cache: "no-store" });
  return answer.redirected ? "" : (await answer.json()).csrf;
}

/** "" where the tablet itself finds the PIN right (static/js/outbox/desk.js), else why not. */
function withoutNetwork(pin) {
  return new Promise((answer) => {
    dispatchEvent(new CustomEvent("check-pin", { detail: { pin, answer } }));
    setTimeout(answer, 3000, "Đang mất mạng, chưa mở được máy. Có mạng rồi gõ lại PIN của bạn."); // no outbox here
  });
}

function tell(sentence) {
  const message = cover.querySelector(".msg");
  message.hidden = false;
  message.querySelector("span").textContent = sentence;
}

function unlock() {
  cover.remove();
  cover = null;
  touched = Date.now();
  for (const element of document.body.children) element.inert = false;
}

for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { capture: true, passive: true });
}
// “Xong, khóa máy” without network: the tablet covers itself, and stays so when a page of its own is opened anew.
addEventListener("submit", (event) => {
  if (navigator.onLine || !event.target.querySelector(".btn-lock")) return;
  event.preventDefault();
  touched = 0;
  sessionStorage.setItem("touched", "0");
  lock();
}, { capture: true });

// Who types for long sends nothing: the server hears of it once a minute.
async function tellServer() {
  if (cover || touched - told < 60_000) return;
  told = touched;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 423) lock();
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
document.body.addEventListener("lock", lock); // htmx: the server said 423
