// What kind of code was read, and what of it a page wants. Text in, text out: no camera and no page in here.

import { readCard } from "./idcard.js";

/** The kind of a code's text: payment (EMV, so VietQR), address, identity (the national card), or other. */
export function kindOf(text) {
  if (text.startsWith("0002")) return "payment";
  if (/^https?:/i.test(text)) return "address";
  if (/^\d{12}\|/.test(text)) return "identity";
  return "other";
}

/**
 * What to send of a code, as { value }, or as { fault } the sentence that says why it is the wrong one; of an identity
 * card, where a page expects "identity", { fields } for the form, which sends nothing by itself. Else `expects` is "payment", whose text goes on letter by letter; "any", which takes every text so (where money is
 * paid, a code of another kind is the finding); or the path that our own codes lead to: of these only the last
 * part is taken, so that what was scanned is never opened. `homes` are our origins.
 */
export function judge(text, { expects, homes }) {
  const kind = kindOf(text);
  if (expects === "identity") return ofCard(text, kind);
  if (kind === "identity") return { fault: "Đây là mã trên thẻ căn cước. Trang này không nhận: cất thẻ đi giúp chủ thẻ." };
  if (expects === "any") return { value: text };
  if (expects === "payment") return kind === "payment" ? { value: text } : { fault: NO_PAYMENT[kind] };
  if (kind === "payment") return { fault: "Đây là mã thanh toán. Hãy quét mã của cổng này." };
  const address = kind === "address" ? parsed(text) : null;
  if (!address) return { fault: "Đây không phải mã của cổng này. Xem lại có đúng mã cần quét không." };
  if (!homes.includes(address.origin)) {
    return { fault: `Mã này dẫn tới trang khác (${address.host.slice(0, 40)}), không phải cổng này. Đừng mở.` };
  }
  const value = address.pathname.startsWith(expects) && address.pathname.slice(expects.length).replace(/\/$/, "");
  if (!value || value.includes("/")) return { fault: "Mã này của cổng, nhưng để làm việc khác. Hãy quét đúng mã." };
  return { value };
}

function ofCard(text, kind) {
  if (kind !== "identity") return { fault: NO_CARD[kind] };
  const fields = readCard(text);
  return fields ? { fields } : { fault: "Chưa đọc được thẻ này. Gõ theo thẻ giúp." };
}

const NO_CARD = {
  payment: "Đây là mã thanh toán. Hãy quét mã trên thẻ căn cước.",
  address: "Đây là mã địa chỉ web, không phải thẻ căn cước. Hãy quét mã trên thẻ.",
  other: "Đây không phải mã trên thẻ căn cước. Lật thẻ tìm mã vuông rồi quét lại.",
};

const NO_PAYMENT = {
  address: "Đây là mã địa chỉ web, không phải mã thanh toán. Hãy quét mã nhận tiền.",
  other: "Đây không phải mã thanh toán. Hãy quét mã nhận tiền.",
};

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
