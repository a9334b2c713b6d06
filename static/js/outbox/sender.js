// Sends what is on the tablet: one tab at a time, first in first out, with a fresh token; an item leaves only on the
// answer that says that the server has this very item. All else keeps it.

import { ask, isJson, refresh } from "./desk.js";
import { desk, items } from "./store.js";
import { ageOf } from "./words.js";

const PATIENCE = 30_000; // ms for one item
const LONGEST = 15 * 60_000; // ms between two tries
const UNHEARD = 15_000; // ms after which it is tried again where nobody answered: that costs no server anything
const RECEIPTS = 20;
const LOST = ["TypeError", "TimeoutError", "AbortError"]; // how fetch says that there is no network

/**
 * What an answer to an item means: "kept" (the server has it), "failed" (sent again it would fail again), "token" (the
 * token was not ours), "login" (somebody has to log in first: also a login page with 200), "forbidden" (who is logged
 * in may not send) or "later".
 */
export async function verdict(answer, item) {
  if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) return "login";
  if (answer.status === 413 || ([400, 409].includes(answer.status) && isJson(answer))) return "failed";
  if (answer.status === 403) return isJson(answer) ? "forbidden" : "token";
  if (answer.status !== 200 && answer.status !== 201) return "later";
  if (!isJson(answer)) return "login";
  const said = await answer.clone().json().catch(() => null);
  return said?.id === item.id && said.sha256 === item.sha256 ? "kept" : "later";
}

/** Milliseconds to wait after so many failures in a row; `chance` is between 0 and 1. */
export const pauseAfter = (failures, chance) => Math.min(15_000 * 2 ** failures, LONGEST) * (0.5 + chance / 2);

/**
 * Sends what waits. Gives "sent", "login", "later", "forbidden", "lost" (no network), or "busy" where another tab is at
 * it. `force` does not wait for a pause to end. `onChange` is called with the id of the item that is on its way, and
 * with none afterwards; `onKept` with an item and what the server answered.
 */
export function flush({ force = false, onChange = () => {}, onKept = () => {} } = {}) {
  return navigator.locks.request("outbox", { ifAvailable: true }, async (lock) => {
    if (!lock) return "busy";
    const pause = (await desk.get("pause")) ?? {};
    if (!force && pause.until > Date.now() && pause.until < Date.now() + LONGEST) return pause.outcome;
    const outcome = await run(onChange, onKept).catch((error) => (LOST.includes(error.name) ? "lost" : "later"));
    const failures = outcome === "later" ? (pause.failures ?? 0) + 1 : 0;
    const wait = outcome === "lost" ? UNHEARD : failures && pauseAfter(failures, Math.random());
    await desk.set("pause", { outcome, failures, until: Date.now() + wait }).catch(() => {});
    onChange();
    return outcome;
  });
}

// What is written down here beside the queue may fail, as on a full disk: that must not keep an item from leaving.
async function run(onChange, onKept) {
  let session = await refresh();
  if (!session) return "login";
  let outcome = "sent", troubles = 0; // one item may be in trouble by itself; two in a row are the server's
  const waiting = (await items.all()).filter(({ state }) => state !== "failed");
  waiting.sort((one, other) => (one.tries ?? 0) - (other.tries ?? 0) || one.n - other.n); // nothing blocks the others
  for (const item of waiting) {
    onChange(item.id);
    let said = await deliver(item, session.csrf);
    let meaning = await verdict(said, item);
    if (meaning === "token") {
      session = await refresh();
      said = session && (await deliver(item, session.csrf));
      meaning = said ? await verdict(said, item) : "login";
    }
    if (meaning === "kept") {
      const receipt = await said.json();
      await items.drop(item);
      await keepReceipt(item, receipt).catch(() => {});
      onKept(item, receipt);
    } else {
      const now = meaning === "failed" ? { state: "failed", why: said.status } : { tries: (item.tries ?? 0) + 1 };
      await items.put({ ...item, ...now }).catch(() => {});
    }
    if (meaning === "login" || meaning === "forbidden") return meaning;
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
  if (!left.length && !(await desk.get("told"))) return;
  const authors = [...new Set(left.map(({ by }) => by))].filter(Boolean); // tokens that only the server can read
  const told = { ...sum(left), by: authors.map((by) => ({ by, ...sum(left.filter((item) => item.by === by)) })) };
  const headers = { "X-CSRFToken": csrf, "Content-Type": "application/json" };
  const answer = await ask("may/", { method: "POST", headers, body: JSON.stringify(told) });
  if (answer.status === 204) await desk.set("told", left.length);
}

function sum(all) {
  const failed = all.filter(({ state }) => state === "failed").length;
  return { waiting: all.length - failed, failed, age: ageOf(all, Date.now()) / 1000 };
}
