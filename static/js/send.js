// Sends the forms of a field page by itself, so that a lost network leaves the page, and what was typed, as it is.
// Without script the browser sends them as ever; so it does with forms marked data-native (their answer is a file).
// The server tells where to go next in a header (portal/sending.py): a redirect would be fetched twice.

const PATIENCE = 30_000; // ms

const LOST = "Đang mất mạng, chưa gửi được. Chữ vừa gõ còn nguyên trên trang này: có mạng rồi bấm lại.";
const UNSURE = "Mạng chậm quá, chưa biết đã gửi tới chưa. Bấm lại: cái gì đã có, trang sẽ cho biết.";

function tell(sentence) {
  const banner = document.createElement("div");
  banner.className = "banner banner-off mb";
  banner.append(Object.assign(document.createElement("div"), { textContent: sentence }));
  document.getElementById("notice").replaceChildren(banner);
  banner.scrollIntoView({ block: "center" });
}

function show(page, status) {
  document.title = page.title;
  const isWhole = ![200, 409, 422].includes(status); // a lock or an error has another frame
  const [old, fresh] = isWhole
    ? [document.body, page.body]
    : [document.getElementById("main"), page.getElementById("main")];
  old.replaceWith(document.adoptNode(fresh));
  window.htmx?.process(fresh);
  (fresh.querySelector("[autofocus]") ?? document.getElementById("main")).focus();
  scrollTo(0, 0);
}

async function send(form, submitter) {
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(action, { method: "POST", body, signal, headers: { "X-Send": "1" } });
    const next = answer.headers.get("X-Next");
    if (next) return location.assign(next);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    history.replaceState(null, "", answer.url);
    show(page, answer.status);
  } catch (error) {
    const unsent = new CustomEvent("unsent", { bubbles: true, cancelable: true, detail: body });
    if (form.dispatchEvent(unsent)) tell(error.name === "TimeoutError" ? UNSURE : LOST); // else the outbox has it
  }
}

addEventListener("submit", async (event) => {
  const form = event.target;
  const isOurs = form.method === "post" && form.closest("#main") && !form.matches("[data-native], [data-hx-post]");
  if (!isOurs || event.defaultPrevented) return;
  event.preventDefault();
  if (["true", "kept"].includes(form.ariaBusy)) return; // a double tap, or in the outbox by now
  form.ariaBusy = "true";
  await send(form, event.submitter);
  if (form.ariaBusy === "true") form.ariaBusy = "false";
});
