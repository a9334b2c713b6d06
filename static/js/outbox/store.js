// What lies on the tablet: sealed slips in the order in which they were filled in ("items"), and what the person who
// is at work here needs to fill in more ("desk": ticket, key, receipts), which goes at logout. Bytes are ArrayBuffers,
// never Files or Blobs, which some browsers lose. Nothing in here is readable but kinds, masked labels and times.

const PATIENCE = 5000, HANGS = 10_000; // ms
const STAYS = ["leaves", "is-locked", "pin-tries", "told"]; // of the tablet, not of the person
const STORES = { items: { keyPath: "n", autoIncrement: true }, desk: {} };
let opened;

function open() {
  return opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("outbox", 1); // throws, or fails, in some private windows
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opened = null; };
      request.result.onclose = () => { opened = null; }; // some systems take it away in the background
      resolve(request.result);
    };
    request.onerror = request.onblocked = () => { opened = null; reject(request.error); };
  });
}

/** Runs `act` on a store in one transaction; what its request gave, once all of it is on the disk. */
async function within(name, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const request = act(transaction.objectStore(name));
    setTimeout(reject, HANGS, new Error("the database does not answer")); // rarely, in WebKit
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Whether slips can be sealed, kept and sent by one tab at a time here; else the forms are ordinary ones. */
export function canKeep() {
  const isThere = new Promise((resolve) => { open().then(() => resolve(crypto.subtle && navigator.locks), () => resolve(false)); });
  return Promise.race([isThere, new Promise((resolve) => setTimeout(resolve, PATIENCE, false))]);
}

export const items = {
  all: () => within("items", "readonly", (store) => store.getAll()),
  add: (...all) => within("items", "readwrite", (store) => all.map((item) => store.add(item)).at(-1)), // all or none
  put: (item) => within("items", "readwrite", (store) => store.put(item)),
  drop: (item) => within("items", "readwrite", (store) => store.delete(item.n)),
};

export const desk = {
  get: (key) => within("desk", "readonly", (store) => store.get(key)),
  set: (key, value) => within("desk", "readwrite", (store) => store.put(value, key)),
  wipe: () => within("desk", "readwrite", (store) => {
    const request = store.getAllKeys();
    request.onsuccess = () => { for (const key of request.result) if (!STAYS.includes(key)) store.delete(key); };
  }),
};
