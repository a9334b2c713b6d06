// What is missing on a slip before it is sealed, said as the server would say it. All else is checked where the books
// are: an envelope that does not fit is held there, with everything that was filled in.

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
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  form.parentElement.querySelector(".errsum")?.remove(); // the server's own, of an earlier try
  if (!wrong.length) return;
  const list = Object.assign(document.createElement("ul"), { className: "plain-l" });
  for (const { control, message } of wrong) {
    const field = control.closest(".field, fieldset");
    field?.classList.add("bad");
    control.setAttribute("aria-invalid", "true");
    const told = Object.assign(document.createElement("p"), { className: "msg", textContent: message });
    told.dataset.fault = "";
    (field?.querySelector(".hint") ?? field?.querySelector("label, legend"))?.after(told);
    const link = Object.assign(document.createElement("a"), { href: `#${control.id}`, textContent: message });
    const line = document.createElement("li");
    line.append(link);
    list.append(line);
  }
  const summary = Object.assign(document.createElement("div"), { className: "errsum", tabIndex: -1 });
  summary.dataset.fault = "";
  summary.setAttribute("role", "alert");
  summary.append(Object.assign(document.createElement("h2"), { textContent: `Có ${wrong.length} chỗ cần sửa` }), list);
  form.before(summary);
  summary.focus();
}
