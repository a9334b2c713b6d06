// Seals words, and maybe a photo, for the server alone; how an envelope is made up: portal/field/sealing.py.

const text = new TextEncoder();

/** The sealed bytes. `key` is { id, spki } as the server gives it; `photo` an ArrayBuffer or nothing. */
export async function seal(words, { id, key, photo }) {
  const spki = Uint8Array.from(atob(key.spki), (letter) => letter.charCodeAt(0));
  const oaep = { name: "RSA-OAEP", hash: "SHA-256" };
  const server = await crypto.subtle.importKey("spki", spki, oaep, false, ["wrapKey"]);
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  const wrapped = await crypto.subtle.wrapKey("raw", fresh, server, oaep);
  const head = text.encode((photo ? "GLP1" : "GLR1") + key.id);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = joined(head, uuidBytes(id));
  const clear = joined(text.encode(JSON.stringify(words)), ...(photo ? [text.encode("\n"), photo] : []));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, fresh, clear);
  return joined(head, wrapped, iv, sealed).buffer;
}

/** SHA-256 in hexadecimal. */
export async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function uuidBytes(id) {
  return Uint8Array.from(id.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}
