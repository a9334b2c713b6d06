// Who is at work on this tablet: the ticket that goes into every slip, the key to seal for, the check of the PIN.

import { hash } from "./seal.js";
import { desk } from "./store.js";

export const BASE = "/viec/hop-gui/";
const PATIENCE = 10_000; // ms
const TRIES = 5;

/** A request to our own server, never led elsewhere: who has to log in first is told apart by that. */
export function ask(path, options = {}) {
  const how = { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(options.patience ?? PATIENCE) };
  return fetch(BASE + path, { ...how, ...options });
}

export const isJson = (answer) => (answer.headers.get("Content-Type") ?? "").startsWith("application/json");

/**
 * A fresh token and, for who is let in all the way, a fresh ticket, which is kept; null where somebody has to log in
 * first. Throws without network.
 */
export async function refresh() {
  const answer = await ask("phien/");
  if (answer.status !== 200 || !isJson(answer)) {
    if (answer.status >= 500) throw new Error(answer.status);
    return null;
  }
  const { csrf, ...given } = await answer.json();
  if (given.ticket) {
    await desk.set("at-work", { ...given, ticket_at: Date.now() });
    await desk.set("pin-tries", 0);
  }
  return { csrf, ...given };
}

export const atWork = () => desk.get("at-work");

/** Whether a PIN may be right, as far as a tablet can know ("" yes, else why not); see portal/accounts/offline_pin.py. */
export async function checkPin(pin) {
  const work = await atWork().catch(() => null);
  if (!work?.pin) return "Chưa mở được khi mất mạng. Có mạng rồi gõ lại PIN của bạn.";
  const tries = (await desk.get("pin-tries")) ?? 0;
  const [salt, byte] = work.pin.split("$");
  const isRight = (await hash(new TextEncoder().encode(salt + pin))).startsWith(byte);
  if (isRight && tries < TRIES) {
    await desk.set("pin-tries", 0);
    return "";
  }
  await desk.set("pin-tries", tries + 1);
  if (tries + 1 < TRIES) return "PIN chưa đúng. Gõ lại PIN của bạn, gồm 6 chữ số.";
  await wipe();
  return "Sai PIN 5 lần rồi. Máy khóa tới khi có mạng; phiếu đã niêm phong vẫn còn nguyên.";
}

/** At logout: nothing of the person stays; sealed slips do. */
export async function wipe() {
  sessionStorage.clear();
  await desk.wipe().catch(() => {}); // where nothing can be kept there is nothing to wipe
}
