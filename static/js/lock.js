// Covers a field page that nobody touches, until the PIN opens it. What was typed stays beneath.
// The server locks by itself (portal/accounts/sessions.py); this only keeps a page that lies open from being read.

const template = document.getElementById("lock-cover");
const address = template.content.querySelector("form").action;
const idle = Number(template.dataset.after) * 1000;
let touched = Date.now();
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
  cover.querySelector("form").addEventListener("submit", open);
  cover.querySelector("[name=pin]").focus();
}

async function open(event) {
  event.preventDefault();
  const form = event.target;
  const pin = form.querySelector("[name=pin]");
  const body = new FormData(form);
  pin.value = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.status === 204) return unlock();
    // Anything else than our JSON is a login page: the session is over, only a new login helps.
    if (answer.redirected) return tell("Phiên làm việc đã hết. Bấm “Người khác dùng máy này” rồi đăng nhập lại.");
    tell(answer.status === 422 ? (await answer.json()).fault : "Máy chủ chưa trả lời được. Thử lại sau ít phút.");
  } catch {
    tell("Đang mất mạng, chưa mở được máy. Có mạng rồi gõ lại PIN của bạn.");
  }
  pin.focus();
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
const look = () => { if (Date.now() - touched >= idle) lock(); };
setInterval(look, 1000);
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
document.body.addEventListener("lock", lock); // htmx: the server said 423
