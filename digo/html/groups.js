"use strict";
// Search, filters, and what the keyboard and paper need. Without this script all is there, and each group opens.
const groups = [...document.querySelectorAll("details[data-verb]")].map(group => ({
  group, verb: group.dataset.verb, sample: group.querySelector(".sample"), opened: group.open,
  tables: [...group.querySelectorAll("table")].map(table => (
    { part: table.parentElement, rows: [...table.tBodies[0].rows], texts: null }
  )),
}));
const total = groups.flatMap(one => one.tables).reduce((sum, one) => sum + one.rows.length, 0);
const filters = [...document.querySelectorAll(".filters button")];
const search = document.getElementById("search");
const shown = document.getElementById("shown");

function texts(one) {
  // The label of a cell is no part of what somebody looks for.
  one.texts ??= one.rows.map(row => [...row.cells].map(cell => {
    const label = cell.firstElementChild;
    return cell.textContent.slice(label?.tagName === "I" ? label.textContent.length : 0);
  }).join("\n").toLowerCase());
  return one.texts;
}

// Hides the rows of a table that lack one of the words, and returns how many stay.
function keep(one, words) {
  const all = words.length ? texts(one) : [];
  let fits = 0;
  one.rows.forEach((row, at) => {
    const hidden = !words.every(word => all[at].includes(word));
    if (row.hidden !== hidden) row.hidden = hidden;
    fits += !hidden;
  });
  one.part.hidden = !fits;
  return fits;
}

function show() {
  const verbs = new Set(filters.filter(one => one.getAttribute("aria-pressed") === "true").map(one => one.dataset.verb));
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of groups) {
    const wanted = !verbs.size || verbs.has(one.verb);
    const fits = wanted ? one.tables.reduce((sum, table) => sum + keep(table, words), 0) : 0;
    one.group.hidden = !fits;
    if (one.sample) one.sample.hidden = words.length > 0;
    one.group.open = words.length > 0 || one.opened;
    count += fits;
  }
  const number = value => value.toLocaleString("en");
  shown.textContent = words.length || verbs.size ? `${number(count)} of ${number(total)} shown` : "";
}

// Only what a person does is kept: a search opens groups for as long as it lasts.
for (const one of groups) {
  one.group.querySelector("summary").addEventListener("click", () => {
    if (!search.value.trim()) one.opened = !one.group.open;
  });
}
for (const button of filters) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    show();
  });
}
for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => {
    for (const one of groups) one.group.open = one.opened = button.dataset.open === "all";
  });
}
let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  if (total > 2000) waiting = setTimeout(show, 150);
  else show();
});
document.addEventListener("keydown", event => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === "Escape" && (search.value || filters.some(one => one.getAttribute("aria-pressed") === "true"))) {
    search.value = "";
    for (const one of filters) one.setAttribute("aria-pressed", "false");
    show();
  }
});
// Most browsers print closed groups open by the style alone; the others need this.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of closed) one.open = false;
});
for (const one of document.querySelectorAll(".controls")) one.hidden = false;
