/* The field area without network: pages come from the server, within four seconds, else from what static/js/outbox/
   keep.js has kept; no page with anybody's data is ever kept here, and no POST is touched. The queue is not here:
   a new version of this file changes nothing about it. */
"use strict";

const PATIENCE = 4000; // ms
const START = "/viec/phieu/";
const HASHED = /\.[0-9a-f]{12}\.\w+$/; // never changes under its name

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname.endsWith("/") && search !== "?cho") event.respondWith(page(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request, pathname));
});

async function page(request, pathname) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  const fresh = fetch(request);
  try {
    const answer = await Promise.race([fresh, late]);
    if ([502, 503, 504].includes(answer.status)) throw answer; // the server itself is away
    return answer;
  } catch {
    const kept = (await find(pathname)) ?? (await find(START));
    if (kept) fresh.catch(() => {});
    return kept ?? fresh;
  }
}

async function file(request, pathname) {
  const kept = HASHED.test(pathname) ? await find(pathname) : null;
  if (kept) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    const old = await find(pathname);
    if (old) return old;
    throw error;
  }
}

/* From the newest shelf that has it: while a new one is being filled, the one before still serves. */
async function find(pathname) {
  for (const name of (await caches.keys()).reverse()) {
    const found = name.startsWith("field-") && (await (await caches.open(name)).match(pathname, { ignoreVary: true }));
    if (found) return found;
  }
  return null;
}
