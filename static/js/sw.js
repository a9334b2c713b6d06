/* Heritage pages without network. It answers for a plaque's address, for sites and for their pictures, and lets
   everything else of the portal pass untouched. What is kept: heritage/offline.py. */
"use strict";

const SHELF = "heritage-1";
const PATIENCE = 4000; // ms: then a kept page is better than a blank one; the scan still reaches the server
const PAGES = /^\/(h|H|di-tich|en\/heritage)\//;
const PLAQUE = /^\/h\/([^/]+)(?:\/(\w+))?\/?$/i;
const LOOSE = { ignoreVary: true, ignoreSearch: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGES.test(pathname)) event.respondWith(page(event, pathname));
  else if (pathname.startsWith("/tep/")) event.respondWith(file(request, pathname));
});

self.addEventListener("message", (event) => {
  const { keep: sites, drop: gone, sound } = event.data;
  const work = sites ? Promise.all(sites.map((site) => keep({ ...site, sound }))) : drop(gone);
  event.waitUntil(work.then(() => event.ports[0].postMessage(true), () => event.ports[0].postMessage(false)));
});

/* From the server, or what is kept where that does not answer. */
async function page(event, path) {
  const fresh = fetch(event.request);
  const found = await behind(path).catch(() => null);
  if (!found) return fresh;
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    const answer = await Promise.race([fresh, late]);
    if (answer.status >= 500) throw answer;
    event.waitUntil(renew(found.site).catch(() => {}));
    return answer;
  } catch {
    fresh.catch(() => {});
    return found.answer();
  }
}

/* The kept site of an address, and its page: a plaque's in the language it names, else in the phone's. */
async function behind(path) {
  const [, typed, named] = path.match(PLAQUE) || [];
  const code = typed && decodeURIComponent(typed).toUpperCase().replace(/[\s-]/g, "");
  for (const site of await sites()) {
    const has = Object.keys(site.pages);
    const asked = [named && named.toLowerCase(), ...navigator.languages.map((tag) => tag.split("-")[0].toLowerCase()), "vi", has[0]];
    const language = code ? asked.find((one) => has.includes(one)) : has.find((one) => site.pages[one] === path);
    if (language && (!code || site.codes.includes(code))) return { site, answer: () => shown(site, language) };
  }
  return null;
}

async function shown(site, language) {
  const shelf = await caches.open(SHELF);
  const answer = await shelf.match(site.pages[language], LOOSE);
  const html = (await answer.text()).replace(/<main[^>]*>/, (main) => `${main}<p class="note">${site.notes[language]}</p>`);
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // it is text by now
  return new Response(html, { headers });
}

async function file(request, path) {
  const shelf = await caches.open(SHELF);
  let kept = await shelf.match(path, LOOSE);
  if (!kept) {
    try {
      return await fetch(request);
    } catch {
      const group = (await sites()).flatMap((site) => site.files).find((addresses) => addresses.includes(path));
      kept = group && (await shelf.match(group[0], LOOSE));
    }
  }
  return kept ? part(kept, request.headers.get("range")) : Response.error();
}

/* A player asks for parts of a recording. */
async function part(answer, range) {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range || "") || [];
  if (!from) return answer;
  const whole = await answer.blob();
  const end = Math.min(to ? Number(to) + 1 : whole.size, whole.size);
  return new Response(whole.slice(Number(from), end), {
    status: 206,
    headers: { "Content-Type": whole.type, "Content-Range": `bytes ${from}-${end - 1}/${whole.size}` },
  });
}

/* All kept sites, as heritage/offline.py describes them. */
async function sites() {
  const shelf = await caches.open(SHELF);
  const lists = (await shelf.keys()).filter(({ url }) => url.endsWith(".json"));
  return Promise.all(lists.map(async (list) => (await shelf.match(list)).json()));
}

/* The list comes last: a site counts as kept when all of it is there. */
async function keep(site) {
  const shelf = await caches.open(SHELF);
  const files = [...site.files.map(([address]) => address), ...(site.sound ? site.sounds : [])];
  const missing = [];
  for (const address of files) if (!(await shelf.match(address, LOOSE))) missing.push(address);
  const fetched = [...Object.values(site.pages), ...missing].map(async (address) => {
    const answer = await fetch(address, { credentials: "omit", cache: "no-cache" });
    if (!answer.ok) throw new Error(address);
    await shelf.put(address, answer);
  });
  await Promise.all(fetched);
  await shelf.put(site.list, new Response(JSON.stringify(site)));
}

async function renew(site) {
  const answer = await fetch(site.list, { credentials: "omit", cache: "no-cache" });
  if (answer.status === 404) return drop(site);
  const { sites: all } = await answer.json();
  const now = all.find(({ slug }) => slug === site.slug);
  if (now.version === site.version && now.codes.length === site.codes.length) return;
  await keep({ ...now, sound: site.sound });
  await remove(addresses(site)); // what the new edition still has is on its list by now
}

async function drop(site) {
  await (await caches.open(SHELF)).delete(site.list, LOOSE);
  await remove(addresses(site));
}

/* Of these addresses those that no kept site needs. */
async function remove(given) {
  const shelf = await caches.open(SHELF);
  const needed = new Set((await sites()).flatMap(addresses));
  await Promise.all(given.filter((address) => !needed.has(address)).map((address) => shelf.delete(address, LOOSE)));
}

function addresses({ pages, files, sounds }) {
  return [...Object.values(pages), ...sounds, ...files.map(([address]) => address)];
}
