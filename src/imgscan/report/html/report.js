"use strict";
// Filters findings and vulnerabilities. Without this script all of them are there and the forms are hidden.
const chosen = (form, keys) => {
  const data = new FormData(form);
  const severities = new Set(data.getAll("severity"));
  const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ node, text }) => severities.has(node.dataset.severity) &&
    keys.every((key) => !data.get(key) || data.get(key) === node.dataset[key]) &&
    words.every((word) => text.includes(word));
  return { fits, searched: words.length > 0 };
};

const marked = (items, fits) => {
  let count = 0;
  for (const item of items) {
    const shown = fits(item);
    item.node.hidden = !shown;
    count += shown;
  }
  return count;
};

const started = (form, show) => {
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
};

const counted = (form, count, all) => {
  const noun = form.dataset.noun;
  form.querySelector("[data-count]").textContent = count === all ? `${count} ${noun}` : `${count} of ${all} ${noun}`;
};

for (const form of document.querySelectorAll("[data-filter]")) {
  const list = form.parentElement.querySelector("[data-findings]");
  const items = [...list.querySelectorAll("li[data-severity]")].map((node) => ({
    node,
    text: [node.closest(".group").querySelector("summary"), node.parentElement.previousElementSibling, node]
      .map((part) => part.textContent).join(" ").toLowerCase(),
  }));
  const groups = [...list.querySelectorAll(".group")];
  const opened = new Map(groups.map((group) => [group, group.open]));

  started(form, () => {
    const { fits, searched } = chosen(form, ["analyzer", "state", "layer"]);
    const count = marked(items, fits);
    for (const group of groups) {
      const some = group.querySelector("li[data-severity]:not([hidden])") !== null;
      group.hidden = !some;
      group.open = searched ? some : opened.get(group);
    }
    for (const block of list.querySelectorAll(".severity")) {
      block.hidden = block.querySelector(".group:not([hidden])") === null;
    }
    counted(form, count, items.length);
  });
}

for (const form of document.querySelectorAll("[data-filter-rows]")) {
  const items = [...form.parentElement.querySelectorAll("tr[data-severity]")].map((node) => ({
    node,
    text: node.textContent.toLowerCase(),
  }));
  const more = form.parentElement.querySelector("details");

  started(form, () => {
    const count = marked(items, chosen(form, ["mended", "exploited"]).fits);
    // What fits may stand among those that are folded away.
    if (more) more.open = count < items.length && more.querySelector("tr[data-severity]:not([hidden])") !== null;
    counted(form, count, items.length);
  });
}

// A link to something folded unfolds it.
const reveal = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  for (let node = target; node; node = node.parentElement) {
    if (node.tagName === "DETAILS") node.open = true;
    if (node.hidden && !node.matches("form")) node.hidden = false;
  }
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();

// Paper cannot unfold anything.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details[data-printed]:not([open])")];
  for (const node of closed) node.open = true;
});
addEventListener("afterprint", () => {
  for (const node of closed) node.open = false;
});
