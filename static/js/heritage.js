/* “Save for offline” on a site's page. Without this file the page lacks nothing but that button. */
"use strict";

const button = document.querySelector("[data-save-offline]");

if (button && "serviceWorker" in navigator && "caches" in window) {
  button.hidden = false;
  button.addEventListener("click", choose, { once: true });
}

/* The first tap asks what there is and how large it is; the next one keeps it. */
async function choose() {
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  button.after(told);
  try {
    const answer = await fetch(button.dataset.saveOffline);
    if (!answer.ok) throw new Error(answer.status);
    const { choices, sites, words } = await answer.json();
    const buttons = choices.map(({ label, size, sites: slugs, sound }) =>
      offer(`${label} · ${size}`, () => ask({ keep: sites.filter(({ slug }) => slugs.includes(slug)), sound }, words.kept)),
    );
    const own = sites.find(({ slug }) => slug === choices[0].sites[0]);
    if (await caches.match(own.list)) buttons.push(offer(words.drop, () => ask({ drop: own }, words.dropped)));
    button.replaceWith(...buttons);
    buttons[0].focus();

    async function ask(what, done) {
      for (const one of buttons) one.disabled = true;
      told.textContent = words.wait;
      told.textContent = (await send(what)) ? done : button.dataset.failed;
      for (const one of buttons) one.disabled = false;
    }
  } catch {
    told.textContent = button.dataset.failed;
    button.addEventListener("click", () => (told.remove(), choose()), { once: true });
  }
}

function offer(label, act) {
  const one = document.createElement("button");
  one.type = "button";
  one.className = "btn b2";
  one.textContent = label;
  one.addEventListener("click", act);
  return one;
}

/* Hands the work to the service worker, which is there from now on; true when it is done. */
async function send(what) {
  try {
    await navigator.serviceWorker.register("/sw.js");
    const { active } = await navigator.serviceWorker.ready;
    return await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      active.postMessage(what, [port2]);
    });
  } catch {
    return false;
  }
}
