// How the state of slips is said; elements made of text only, nothing is ever parsed.

const HOUR = 3_600_000, DAY = 24 * HOUR;
const SAFARI = 5 * DAY; // after seven days without a visit it deletes what pages keep

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
export { make };

const ZONE = { timeZone: "Asia/Ho_Chi_Minh" };
export const clock = (at) => new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", ...ZONE });
const day = (at) => new Date(at).toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit", ...ZONE });
export const moment = (at, now) => (day(at) === day(now) ? clock(at) : `${clock(at)}, ${day(at)}`);

/** { number, words, kind } of what is on the tablet; kind is "err" where it cannot wait. */
export function count(all, now) {
  const failed = all.filter(({ state }) => state === "failed").length;
  const waiting = all.length - failed;
  const parts = [waiting && `${waiting} phiếu chưa gửi`, failed && `${failed} phiếu lỗi`].filter(Boolean);
  return { number: all.length, words: parts.join(", "), kind: failed || ageOf(all, now) >= DAY ? "err" : "" };
}

export const ageOf = (all, now) => (all.length ? Math.max(0, now - Math.min(...all.map(({ at }) => at))) : 0);

/** The sentence about the oldest slip: what to do now. */
export function advice(all, now) {
  const age = ageOf(all, now), oldest = all.length ? moment(Math.min(...all.map(({ at }) => at)), now) : "";
  if (age >= SAFARI) return `Cũ nhất từ ${oldest}. Lưu thành tệp và gửi ngay hôm nay: có máy tự xóa sau 7 ngày không mở.`;
  if (age >= DAY) return `Cũ nhất từ ${oldest}. Tới chỗ có mạng gửi ngay, hoặc lưu thành tệp gửi từ máy khác.`;
  if (age >= 2 * HOUR) return `Chờ quá 2 giờ rồi, cũ nhất lúc ${oldest}. Tới chỗ có mạng rồi bấm gửi.`;
  return `Đã niêm phong trên máy, có mạng là tự gửi. Cũ nhất lúc ${oldest}.`;
}

/** A drawing of the look, out of the page's template (templates/field/icons.html); nothing where there is none. */
export function icon(name) {
  const found = document.getElementById("icons")?.content.querySelector(`[data-icon=${name}]`)?.firstElementChild;
  return found ? [found.cloneNode(true)] : [];
}

/** A tag: state by word and shape; kind is ok, warn, err, info or empty. */
export const tag = (kind, words) => make("span", { className: `tag${kind && ` tag-${kind}`}` }, ...icon(`tag-${kind || "info"}`), words);

/** A banner; kind is ok, warn, err or off. */
export function box(kind, title, sentence = "", ...more) {
  const inside = make("div", {}, make("b", { textContent: title }));
  if (sentence) inside.append(make("p", { textContent: sentence }));
  const element = make("div", { className: `banner banner-${kind} mb` }, ...icon(kind), inside, ...more);
  return element;
}

/** What is on the tablet, with the way to the outbox; for the page of the day. */
export function banner(all, now) {
  const { words, kind } = count(all, now);
  const way = make("a", { className: "btn btn-gold", href: "/viec/hop-gui/", textContent: "Mở hộp gửi" });
  return box(kind || "off", words, advice(all, now), way);
}

const link = (href, words) => make("a", { className: "btn", href, textContent: words });

export const nameOf = ({ title, label }) => (label ? `${title} ${label}` : title);

/** What became of a slip that was just saved. */
export function told({ sentence, state, item, code, received, why, sending, isTaken, words, flag, href }) {
  if (sentence) return box("err", "Chưa lưu", sentence);
  if (flag) return box("warn", `Hệ thống đã nhận lúc ${received}, mã ${code}: chú ý`, `${words || ""} ${flag}.`, ...(href ? [link(href, "Mở xem")] : []));
  if (state === "applied" && words) return box("ok", `Hệ thống đã nhận lúc ${received}, mã ${code}`, words, ...(href ? [link(href, "Mở trong sổ")] : []));
  if (state === "applied") return box("ok", `Hệ thống đã nhận lúc ${received}, mã ${code}`, `${nameOf(item)}: đã ghi vào sổ${item.practice ? " tập làm" : ""}.`);
  if (state === "review" || state === "quarantine") return box("warn", `Hệ thống đã nhận lúc ${received}, mã ${code}: cần xem`, "Chưa ghi vào sổ được, không mất gì. Xem lý do rồi sửa, hoặc để đội trưởng xem.", link(`/viec/can-xem/${item.id}/`, "Xem và sửa"));
  if (state === "received") return box("ok", `Hệ thống đã nhận lúc ${received}, mã ${code}`, "Đang ghi vào sổ.");
  if (state === "failed") return box("err", "Không gửi được phiếu này", FAILED[why] ?? FAILED[400]);
  const login = sending === "login" ? " Phiên đã hết: đăng nhập lại là gửi." : "";
  return box("off", "Đã lưu trên máy – chưa gửi", `${nameOf(item)}, niêm phong lúc ${clock(item.at)}. Có mạng là tự gửi.${login}${isTaken ? " Không cần bấm lại." : ""}`);
}

/** Why an item is not sent again by itself. */
export const FAILED = {
  400: "Máy chủ không mở được phiếu này. Báo đội trưởng; lưu thành tệp, đừng nhập lại.",
  409: "Mã phiếu trùng với một phiếu khác đã gửi. Báo đội trưởng, đừng nhập lại.",
  413: "Phiếu hoặc ảnh lớn quá. Báo đội trưởng; ảnh thì chụp lại nhỏ hơn.",
};

/** Kind and words for the tag of an item or a receipt. */
export function state({ state: now }) {
  return {
    waiting: ["warn", "Chờ gửi"], sending: ["info", "Đang gửi"], failed: ["err", "Lỗi, báo đội trưởng"],
    applied: ["ok", "Đã ghi vào sổ"], review: ["warn", "Cần xem"], quarantine: ["err", "Tạm giữ"],
    received: ["info", "Đang ghi vào sổ"], dropped: ["", "Đã bỏ"],
  }[now];
}
