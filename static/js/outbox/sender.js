// Sends what is on the tablet: one tab at a time, first in first out, with a fresh token; an item leaves only on the
// answer that says that the server has this very item. All else keeps it.

import { ask, isJson, refresh } from "./desk.js";
import { desk, items } from "./store.js";

const PATIENCE = 30_000; // ms for one item
const LONGEST = 15 * 60_000; // ms between two tries
const UNHEARD = 15_000; // ms after which it is tried again where nobody answered: that costs no server anything
const RECEIPTS = 20;
const LOST = ["TypeError", "TimeoutError", "AbortError"]; // how fetch says that there is no network

/**
 * What an answer to an item means: "kept" (the server has it), "failed" (sent again it would fail again), "token" (the
 * token was not ours), "login" (somebody has to log in first: also a login page with 200) or "later".
 */
export async function verdict(answer, item) {
  if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) return "login";
  if ([400, 409, 413].includes(answer.status)) return "failed";
  if (answer.status === 403) return "token";
  if (answer.status !== 200 && answer.status !== 201) return "later";
  if (!isJson(answer)) return "login";
  const said = await answer.clone().json().catch(() => null);
  return said?.id === item.id && said.sha256 === item.sha256 ? "kept" : "later";
}

/** Milliseconds to wait after so many failures in a row; `chance` is between 0 and 1. */
export const pauseAfter = (failures, chance) => Math.min(15_000 * 2 ** failures, LONGEST) * (0.5 + chance / 2);

/**
 * Sends what waits. Gives "sent", "login", "later", "lost" (no network), or "busy" where another tab is at it.
 * `force` does not wait for a pause to end. `onChange` is called whenever an item changes.
 */
export function flush({ force = false, onChange = () => {} } = {}) {
  return navigator.locks.request("outbox", { ifAvailable: true }, async (lock) => {
    if (!lock) return "busy";
    await release();
    const pause = (await desk.get("pause")) ?? {};
    if (!force && pause.until > Date.now() && pause.until < Date.now() + LONGEST) return pause.outcome;
    const outcome = await run(onChange).catch((error) => (LOST.includes(error.name) ? "lost" : "later"));
    await release();
    const failures = outcome === "later" ? (pause.failures ?? 0) + 1 : 0;
    const wait = outcome === "lost" ? UNHEARD : failures && pauseAfter(failures, Math.random());
    await desk.set("pause", { outcome, failures, until: Date.now() + wait });
    onChange();
    return outcome;
  });
}

async function run(onChange) {
  let session = await refresh();
  if (!session) return "login";
  let outcome = "sent", troubles = 0; // one item may be in trouble by itself; two in a row are the server's
  for (const item of (await items.all()).filter((one) => one.state === "waiting")) {
    await items.put({ ...item, state: "sending" });
    onChange();
    let said = await deliver(item, session.csrf);
    let meaning = await verdict(said, item);
    if (meaning === "token") {
      session = await refresh();
      said = session && (await deliver(item, session.csrf));
      meaning = said ? await verdict(said, item) : "login";
    }
    if (meaning === "kept") await keepReceipt(item, await said.json());
    if (meaning === "kept") await items.drop(item);
    else if (meaning === "failed") await items.put({ ...item, state: "failed", why: said.status });
    else await items.put({ ...item, tries: (item.tries ?? 0) + 1 });
    onChange();
    if (meaning === "login") return "login";
    troubles = meaning === "kept" || meaning === "failed" ? 0 : troubles + 1;
    if (troubles) outcome = "later";
    if (troubles === 2) break;
  }
  await tell(session.csrf).catch(() => {});
  return outcome;
}

function deliver(item, csrf) {
  const headers = { "X-CSRFToken": csrf, "Content-Type": "application/octet-stream" };
  return ask(`phieu/${item.id}/`, { method: "POST", headers, body: item.bytes, patience: PATIENCE });
}

async function keepReceipt({ id, title, label, at }, { code, at: received, state }) {
  const before = (await desk.get("receipts")) ?? [];
  await desk.set("receipts", [{ id, title, label, at, code, received, state }, ...before].slice(0, RECEIPTS));
}

/** Says what is still here, for who looks after tablets; once more when nothing is. */
async function tell(csrf) {
  const left = await items.all();
  const failed = left.filter(({ state }) => state === "failed").length;
  const told = { waiting: left.length - failed, failed, age: left.length ? Math.max(0, Date.now() - left[0].at) / 1000 : 0 };
  if (!left.length && !(await desk.get("told"))) return;
  const headers = { "X-CSRFToken": csrf, "Content-Type": "application/json" };
  await ask("may/", { method: "POST", headers, body: JSON.stringify(told) });
  await desk.set("told", left.length);
}

/** What a closed tab or a lost network left as being sent waits again: only one tab sends, and that is this one. */
async function release() {
  for (const item of await items.all()) if (item.state === "sending") await items.put({ ...item, state: "waiting" });
}
