// What lies on the tablet: sealed slips in the order in which they were filled in ("items"), and what the person who
// is at work here needs to fill in more ("desk": ticket, key, receipts), which goes at logout. Bytes are ArrayBuffers,
// never Files or Blobs, which some browsers lose. Nothing in here is readable but kinds, masked labels and times.

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
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Whether slips can be sealed, kept and sent by one tab at a time here; else the forms are ordinary ones. */
export const canKeep = () => open().then(() => Boolean(crypto.subtle && navigator.locks), () => false);

export const items = {
  all: () => within("items", "readonly", (store) => store.getAll()),
  add: (item) => within("items", "readwrite", (store) => store.add(item)),
  put: (item) => within("items", "readwrite", (store) => store.put(item)),
  drop: (item) => within("items", "readwrite", (store) => store.delete(item.n)),
};

export const desk = {
  get: (key) => within("desk", "readonly", (store) => store.get(key)),
  set: (key, value) => within("desk", "readwrite", (store) => store.put(value, key)),
  wipe: () => within("desk", "readwrite", (store) => store.clear()),
};
