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

/** What the server says of the session; null where somebody has to log in first. Throws without network. */
async function session() {
  const answer = await ask("phien/");
  if (answer.status >= 500) throw new Error(answer.status);
  if (answer.status !== 200 || !isJson(answer)) return null;
  const given = await answer.json();
  return { ...given, left: given.until - Date.parse(answer.headers.get("Date")) }; // by the server's clock
}

/** A fresh token and, for who is let in all the way, a fresh ticket, which is kept. As `session`. */
export async function refresh() {
  if (await desk.get("leaves")) return null; // it is the session of somebody who has left
  const given = await session();
  if (given?.ticket) {
    const { csrf, ...work } = given;
    await desk.set("at-work", { ...work, ticket_at: Date.now() });
  }
  return given;
}

/** Whether the session is over, as far as the tablet's clock tells: what is filled in then is looked at first. */
export const isOver = (work) => Date.now() > work.ticket_at + work.left;

export const atWork = () => desk.get("at-work");

/** Whether a PIN may be right, as far as a tablet can know ("" yes, else why not); see portal/accounts/offline_pin.py. */
export async function checkPin(pin) {
  const work = await atWork().catch(() => null);
  if (!work?.pin) return "Chưa mở được khi mất mạng. Có mạng rồi gõ lại PIN của bạn.";
  const tries = (await desk.get("pin-tries")) ?? 0;
  if (tries >= TRIES) return OFTEN;
  const [salt, byte] = work.pin.split("$");
  const isRight = (await hash(new TextEncoder().encode(salt + pin))).startsWith(byte);
  if (isRight) return "";
  await desk.set("pin-tries", tries + 1);
  if (tries + 1 < TRIES) return "PIN chưa đúng. Gõ lại PIN của bạn, gồm 6 chữ số.";
  await wipe();
  return OFTEN;
}
const OFTEN = "Sai PIN 5 lần rồi. Máy khóa tới khi có mạng; phiếu đã niêm phong vẫn còn nguyên.";

/**
 * Logs out, and where there is no network as soon as there is: until then the tablet stays covered. Whether the server
 * has heard of it.
 */
export async function leave() {
  await desk.set("leaves", true);
  await wipe();
  const given = await session();
  const signal = AbortSignal.timeout(PATIENCE);
  const how = given && { method: "POST", headers: { "X-CSRFToken": given.csrf }, redirect: "manual", signal };
  const answer = given && (await fetch("/dang-xuat/", how));
  if (answer?.status >= 400) throw new Error(answer.status);
  for (const key of ["leaves", "is-locked", "pin-tries"]) await desk.set(key, undefined);
}

/** At logout: nothing of the person stays; sealed slips do. */
export async function wipe() {
  sessionStorage.clear();
  await desk.wipe().catch(() => {}); // where nothing can be kept there is nothing to wipe
}
