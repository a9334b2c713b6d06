// Keeps the slips' pages and what they need in a cache of their own, for the service worker (static/js/outbox-sw.js).
// Only pages that were made for the machine (?may) are kept: they name nobody and hold no token.

import { ask, isJson } from "./desk.js";

const WHOLE = "/viec/hop-gui/goi/"; // stands on a shelf once all else does

/** Fetches what belongs to a version unless it is there; then all other versions go. */
export async function keep(version) {
  const name = `field-${version}`, shelf = await caches.open(name);
  if (!(await shelf.match(WHOLE)) && !(await fill(shelf, version))) return;
  for (const other of await caches.keys()) if (other.startsWith("field-") && other !== name) await caches.delete(other);
}

async function fill(shelf, version) {
  const answer = await ask("goi/");
  const parcel = answer.ok && isJson(answer) ? await answer.json() : {};
  if (parcel.version !== version) return false;
  const found = await Promise.all([
    ...parcel.pages.map((page) => fetched(`${page}?may`, page)),
    ...parcel.files.map((file) => fetched(file, file)),
  ]);
  await Promise.all(found.map(([address, page]) => shelf.put(address, page)));
  await shelf.put(WHOLE, new Response());
  return true;
}

async function fetched(address, under) {
  const answer = await fetch(address, { redirect: "error", cache: "no-cache" });
  if (!answer.ok) throw new Error(address);
  return [under, answer];
}
