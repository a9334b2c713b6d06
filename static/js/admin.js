// Names for screen readers what the stock admin leaves unnamed. What one sees stays as it is.

const CONTROLS = "input:not([type=hidden]), select, textarea";

function nameInlineCells() {
  for (const table of document.querySelectorAll(".tabular table")) {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    for (const row of table.tBodies[0].rows) {
      [...row.cells].forEach((cell, column) => {
        for (const control of cell.querySelectorAll(CONTROLS)) {
          if (!control.labels.length) control.setAttribute("aria-label", heads[column]);
        }
      });
    }
    for (const head of table.querySelectorAll("thead th")) {
      if (head.textContent.trim()) continue; // a head without words is no head
      head.replaceWith(Object.assign(document.createElement("td"), { className: head.className }));
    }
  }
}

function nameAutocompletes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    const value = box?.querySelector(".select2-selection__rendered");
    if (!value) continue;
    value.removeAttribute("role");
    value.removeAttribute("aria-readonly");
    const label = select.labels[0];
    if (label) {
      label.id ||= `${select.id}-label`;
      box.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
    } else {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", select.getAttribute("aria-label") ?? "");
    }
  }
}

function nameOpenedAutocomplete({ target: select }) {
  const box = select.nextElementSibling.querySelector(".select2-selection");
  const words = select.labels[0]?.textContent.trim() ?? select.getAttribute("aria-label");
  box.setAttribute("aria-controls", box.getAttribute("aria-owns"));
  const list = document.querySelector("body > .select2-container--open");
  list.setAttribute("role", "region");
  list.setAttribute("aria-label", words);
  list.querySelector(".select2-search__field")?.setAttribute("aria-label", words);
}

function nameCalendars() {
  for (const box of document.querySelectorAll(".calendarbox, .clockbox")) {
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", box.classList.contains("calendarbox") ? "Chọn ngày" : "Chọn giờ");
  }
}

function nameAll() {
  nameInlineCells();
  nameAutocompletes();
  nameCalendars();
}

const jQuery = window.django?.jQuery; // only pages with a form bring it
jQuery?.(nameAutocompletes); // after the admin's own, which jQuery calls when it sees fit
jQuery?.(document).on("select2:open", nameOpenedAutocomplete);
document.addEventListener("formset:added", nameAll);
addEventListener("load", nameAll);
