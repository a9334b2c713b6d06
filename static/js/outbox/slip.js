// Makes sealed items of a form that was filled in: the record, and a photo as an item of its own.

import { atWork } from "./desk.js";
import { shrink } from "./photo.js";
import { hash, seal } from "./seal.js";
import { items } from "./store.js";

const MOST = 256 * 1024; // bytes of a record

export class CannotKeep extends Error {}

/**
 * Seals what was filled in (FormData) on a form with data-slip, data-version, data-title and data-place, and keeps it.
 * Gives the item; throws CannotKeep with the sentence for who filled it in, and whatever the browser throws where
 * nothing can be kept.
 */
export async function capture(form, data) {
  const label = labelOf(form), work = await atWork();
  const { who } = document.body.dataset, isLocal = sessionStorage.getItem("practice") === "1";
  if (who && work && who !== work.who) throw new CannotKeep("Máy vừa đổi người dùng. Tải lại trang này rồi ghi, để phiếu mang đúng tên người ghi.");
  const isPractice = document.body.classList.contains("practising") && !isLocal;
  if (work?.ticket && isPractice !== work.practice) throw new CannotKeep("Máy vừa vào hoặc thôi tập làm, trang này mở từ trước. Mở lại trang rồi ghi.");
  if (!work?.ticket) throw new CannotKeep("Máy này chưa sẵn sàng ghi khi mất mạng: có mạng thì đăng nhập một lần. Chữ vừa gõ còn nguyên ở đây.");
  const all = [...data].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "slip");
  const photos = all.filter(([, value]) => value instanceof File && value.size);
  const fields = all.filter(([, value]) => !(value instanceof File));
  for (const [name] of photos) fields.push([name, "1"]); // it follows as an item of its own
  const { slip: kind, version = "1", title, place = "" } = form.dataset;
  const { ticket, ticket_at } = work;
  const practice = work.practice || isLocal;
  const common = { ticket, ticket_at, at: Date.now(), practice, version: Number(version), place };
  const pictures = await Promise.all(photos.map(([, file]) => shrink(file).catch(() => {
    throw new CannotKeep("Ảnh này không đọc được. Bỏ ảnh hoặc chụp lại, rồi lưu.");
  })));
  const record = await sealed({ ...common, kind, fields }, { title, label, key: work.key, practice, by: work.by });
  if (record.bytes.byteLength > MOST) throw new CannotKeep("Phiếu dài quá, không giữ được. Bớt chữ rồi lưu lại.");
  const of = { ...common, kind: "photo", of: record.id }, look = { title: `Ảnh: ${title}`, label, key: work.key, practice, by: work.by };
  await items.add(record, ...(await Promise.all(pictures.map((photo) => sealed(of, { ...look, photo })))));
  return record;
}

async function sealed(words, { title, label, key, practice, by, photo }) {
  const id = crypto.randomUUID();
  const bytes = await seal(words, { id, key, photo });
  return { id, kind: words.kind, title, label, practice, by, at: words.at, bytes, sha256: await hash(bytes), state: "waiting" };
}

/** The fields of a form with those of the button that was pressed. */
export function dataOf(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  return data;
}

/** What is shown of a slip on the tablet: `B12 · N.T.M… · •••321`. */
export function labelOf(form) {
  const parts = [];
  for (const field of form.elements) {
    const value = field.dataset?.label && field.value.trim();
    if (!value) continue;
    if (field.dataset.label === "initials") parts.push(initials(value));
    else if (field.dataset.label === "last3") parts.push(`•••${value.replace(/\D/g, "").slice(-3)}`);
    else if (field.dataset.label === "people") parts.push(`${value} người`);
    else parts.push(field.tagName === "SELECT" ? field.selectedOptions[0].text : value);
  }
  return parts.join(" · ");
}

/** `Nguyễn Thị Mẫu` as `N.T.M…`. */
export const initials = (name) => `${name.split(/\s+/).map((word) => [...word][0].toUpperCase()).join(".")}…`;
