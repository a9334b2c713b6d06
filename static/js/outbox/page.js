// The outbox page: what is on this tablet, item by item; send now, save as a file.

import { desk, items } from "./store.js";
import { advice, box, count, FAILED, make, moment, state, tag } from "./words.js";

const FORMAT = "gia-lai-outbox-1";
const MOST = 10 * 1024 * 1024, MOST_ITEMS = 200; // bytes and slips of a file, so that the server takes it at once
const place = document.getElementById("outbox"), says = document.getElementById("outbox-says");
const OUTCOMES = {
  login: ["warn", "Cần đăng nhập", "Phiên làm việc đã hết. Đăng nhập lại, phiếu tự gửi tiếp; không mất phiếu nào."],
  lost: ["off", "Đang mất mạng", "Chưa gửi được. Có mạng là máy tự gửi."],
  forbidden: ["warn", "Tài khoản này không gửi phiếu được", "Nhờ tình nguyện viên hay đội trưởng đăng nhập máy này; phiếu tự gửi."],
  later: ["warn", "Máy chủ đang bận", "Máy tự thử lại sau ít phút, không cần bấm liên tục."],
};
const SURE = "Xóa hẳn phiếu này khỏi máy? Chỉ xóa khi tệp đã gửi từ máy khác và đội trưởng đã thấy phiếu.";
let outcome = "", drawn = "";

function button(words, look, act) {
  const one = make("button", { type: "button", className: `btn ${look}`, textContent: words });
  one.addEventListener("click", act);
  return one;
}

async function draw({ detail } = {}) {
  const sending = detail?.sending;
  const [all, receipts, exported] = [await items.all(), (await desk.get("receipts")) ?? [], (await desk.get("exported")) ?? []];
  const now = Date.now(), { number, words, kind } = count(all, now);
  const seen = JSON.stringify([all.map(({ id, state: one }) => id + one), receipts, exported, outcome, sending, moment(now, now)]);
  if (seen === drawn) return; // whoever reads, or stands on a button, is left alone
  drawn = seen;
  const parts = [];
  const isSaid = outcome === "lost" && document.body.hasAttribute("data-kept"); // on top of such a page
  if (OUTCOMES[outcome] && number && !isSaid) parts.push(box(...OUTCOMES[outcome]));
  if (number) {
    parts.push(box(kind || "off", words, advice(all, now)));
    parts.push(make("ol", { className: "due panel panel-flush" }, ...all.map((item) => line(item.id === sending ? { ...item, state: "sending" } : item, now, exported.includes(item.id)))));
    parts.push(make("div", { className: "acts" }, button("Gửi ngay", "btn-big", sendNow), button("Lưu thành tệp", "btn-ghost btn-big", save)));
  } else parts.push(make("p", { className: "mute", textContent: "Không còn phiếu nào chờ trên máy này." }));
  if (receipts.length) {
    parts.push(make("h3", { className: "mt mb", textContent: "Vừa gửi từ máy này" }));
    parts.push(make("ol", { className: "due panel panel-flush" }, ...receipts.map((one) => receiptLine(one, now))));
  }
  const focus = place.contains(document.activeElement) ? document.activeElement.textContent : "";
  place.replaceChildren(...parts);
  for (const one of focus ? place.querySelectorAll("button") : []) if (one.textContent === focus) one.focus();
  says.textContent = number ? `${words}. ${OUTCOMES[outcome]?.[2] ?? ""}` : "Không còn phiếu nào chờ trên máy này.";
}

function line(item, now, isSaved) {
  const title = `${item.label || item.title}${item.practice ? " (tập làm)" : ""}`;
  const row = make("li", {}, make("b", { textContent: title }), make("p", { textContent: `${item.title} · ${moment(item.at, now)}` }), tag(...state(item)));
  if (item.state !== "failed") return row;
  const again = button("Thử gửi lại", "btn-ghost", async () => {
    await items.put({ ...item, state: "waiting" });
    sendNow();
  });
  const drop = button("Đã nộp tệp, xóa khỏi máy", "btn-ghost", async () => {
    if (!confirm(SURE)) return;
    await items.drop(item);
    await draw();
  });
  const acts = make("div", { className: "acts due-do" }, again, ...(isSaved ? [drop] : []));
  row.append(make("p", { className: "msg", textContent: FAILED[item.why] ?? FAILED[400] }), acts);
  return row;
}

function receiptLine({ id, title, label, at, code, received, state: now_ }, now) {
  const words = label || title;
  const name = now_ === "review" ? make("a", { href: `/viec/can-xem/${id}/`, textContent: words }) : make("b", { textContent: words });
  return make("li", {}, name, make("p", { textContent: `${title} · ghi ${moment(at, now)} · hệ thống nhận lúc ${received}, mã ${code}` }), tag(...state({ state: now_ })));
}

/** static/js/outbox/field.js sends, and says what came of it. */
const sendNow = () => document.dispatchEvent(new Event("outbox-send"));

/** Files of at most ten megabytes; what is in them stays sealed, and stays here too. */
async function save() {
  const all = await items.all(), device = document.body.dataset.device ?? "";
  const files = [[]];
  let size = 0;
  for (const { id, bytes } of all) {
    const sealed = base64(bytes);
    if (size && (size + sealed.length > MOST || files.at(-1).length === MOST_ITEMS)) { files.push([]); size = 0; }
    files.at(-1).push({ id, sealed });
    size += sealed.length;
  }
  files.forEach((part, number) => {
    const blob = new Blob([JSON.stringify({ format: FORMAT, items: part })], { type: "application/json" });
    const day = new Date().toISOString().slice(0, 10), tail = files.length > 1 ? `-${number + 1}` : "";
    const link = make("a", { href: URL.createObjectURL(blob), download: `phieu-chua-gui-${device}-${day}${tail}.json` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  await desk.set("exported", all.map(({ id }) => id));
  await draw();
}

function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

document.addEventListener("outbox", draw);
document.addEventListener("outbox-sent", ({ detail }) => { outcome = detail; draw(); });
await draw();
