// Keeps the slips' pages and what they need in a cache of their own, for the service worker (static/js/outbox-sw.js).
// Only pages that were made for the machine (?may) are kept: they name nobody and hold no token.

import { ask, isJson } from "./desk.js";

const WHOLE = "/viec/hop-gui/goi/"; // stands on a shelf once all else does

/** Fetches what belongs to a version unless it is there; then older versions go. */
export async function keep(version) {
  if (!version || !("caches" in window)) return;
  const name = `field-${version}`;
  const shelf = await caches.open(name);
  if (await shelf.match(WHOLE)) return;
  const answer = await ask("goi/");
  if (!answer.ok || !isJson(answer)) return;
  const parcel = await answer.json();
  if (parcel.version !== version) return;
  const found = await Promise.all([
    ...parcel.pages.map((page) => fetched(`${page}?may`, page)),
    ...parcel.files.map((file) => fetched(file, file)),
  ]);
  await Promise.all(found.map(([address, page]) => shelf.put(address, page)));
  await shelf.put(WHOLE, new Response());
  for (const other of await caches.keys()) if (other.startsWith("field-") && other !== name) await caches.delete(other);
}

async function fetched(address, under) {
  const answer = await fetch(address, { redirect: "error", cache: "no-cache" });
  if (!answer.ok) throw new Error(address);
  return [under, answer];
}
