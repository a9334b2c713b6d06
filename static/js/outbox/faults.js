// What is missing on a slip before it is sealed, said as the server would say it. All else is checked where the books
// are: an envelope that does not fit is held there, with everything that was filled in.

import { icon, make } from "./words.js";

/** [{ control, message }] of a form, one a field. */
export function faults(form) {
  const found = new Map();
  for (const control of form.elements) {
    if (!control.name || control.type === "hidden" || found.has(control.name)) continue;
    const message = whatIsWrong(form, control);
    if (message) found.set(control.name, { control, message });
  }
  return [...found.values()];
}

function whatIsWrong(form, control) {
  const value = control.value.trim();
  const twin = control.name.endsWith("_again") && form.elements[control.name.slice(0, -6)];
  if (twin && squeezed(twin.value) !== squeezed(value)) return "Hai lần gõ khác nhau: xem lại từng số rồi gõ lại";
  if (control.required && (control.validity.valueMissing || !value)) return missing(control);
  const atLeastOne = control.closest("[data-one]");
  if (atLeastOne && !atLeastOne.querySelector("input:checked")) return atLeastOne.dataset.one;
  return "";
}

const squeezed = (text) => text.replace(/[\s.-]/g, "").toUpperCase();

function missing(control) {
  const isChoice = ["radio", "checkbox"].includes(control.type);
  const said = (isChoice ? control.closest("fieldset")?.querySelector("legend") : control.labels?.[0]) ?? control.labels?.[0];
  const words = said?.firstChild.textContent.trim() ?? "";
  const inside = words[1]?.toUpperCase() === words[1] ? words : words.charAt(0).toLowerCase() + words.slice(1);
  return `${isChoice || control.tagName === "SELECT" ? "Chọn" : "Nhập"} ${inside.replace(/[?:]$/, "")}`;
}

/** Shows them as the pages do: a summary on top, a sentence at each field; and takes away those of before. */
export function showFaults(form, wrong) {
  for (const old of form.parentElement.querySelectorAll("[data-fault]")) old.remove();
  for (const field of form.querySelectorAll(".bad")) field.classList.remove("bad");
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
  document.title = document.title.replace(/^Lỗi: /, "");
  form.parentElement.querySelector(".errsum")?.remove(); // the server's own, of an earlier try
  if (!wrong.length) return;
  document.title = `Lỗi: ${document.title}`;
  const list = make("ul", { className: "plain-l" });
  for (const { control, message } of wrong) {
    const field = control.closest(".field, fieldset");
    field?.classList.add("bad");
    control.setAttribute("aria-invalid", "true");
    const told = make("p", { className: "msg", id: `${control.id}_fault` }, ...icon("err"), message);
    told.dataset.fault = "";
    control.setAttribute("aria-describedby", told.id);
    (field?.querySelector(".hint") ?? field?.querySelector("label, legend"))?.after(told);
    list.append(make("li", {}, make("a", { href: `#${control.id}`, textContent: message })));
  }
  const heading = make("h2", { textContent: `Có ${wrong.length} chỗ cần sửa` });
  const summary = make("div", { className: "errsum", tabIndex: -1, role: "alert" }, heading, list);
  summary.dataset.fault = "";
  form.before(summary);
  summary.focus();
}
