// At the entrance: nobody is at work here now, so nothing of the one before stays; says what waits to be sent.

import { leave, wipe } from "./desk.js";
import { canKeep, desk, items } from "./store.js";
import { advice, box, count } from "./words.js";

if (await canKeep()) {
  if (await desk.get("leaves")) await leave().catch(() => {}); // at shift_join somebody may still be logged in
  await wipe();
  for (const key of ["is-locked", "pin-tries"]) await desk.set(key, undefined);
  const all = await items.all();
  const { number, words, kind } = count(all, Date.now());
  const place = document.getElementById("outbox-banner");
  if (number && place) place.replaceChildren(box(kind || "off", `Máy này còn ${words}`, `${advice(all, Date.now())} Ai đăng nhập cũng gửi giúp được.`));
}
