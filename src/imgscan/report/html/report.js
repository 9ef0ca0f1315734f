"use strict";
// Filters findings. Without this script all of them are there and the form is hidden.
for (const form of document.querySelectorAll("[data-filter]")) {
  const list = form.parentElement.querySelector("[data-findings]");
  const status = form.querySelector("[data-count]");
  const items = [...list.querySelectorAll("li[data-severity]")].map((node) => ({
    node,
    text: [node.closest(".group").querySelector("summary"), node.parentElement.previousElementSibling, node]
      .map((part) => part.textContent).join(" ").toLowerCase(),
  }));
  const groups = [...list.querySelectorAll(".group")];
  const opened = new Map(groups.map((group) => [group, group.open]));

  const show = () => {
    const data = new FormData(form);
    const severities = new Set(data.getAll("severity"));
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { node, text } of items) {
      const shown = severities.has(node.dataset.severity) &&
        ["analyzer", "state", "layer"].every((key) => !data.get(key) || data.get(key) === node.dataset[key]) &&
        words.every((word) => text.includes(word));
      node.hidden = !shown;
      count += shown;
    }
    for (const group of groups) {
      const some = group.querySelector("li[data-severity]:not([hidden])") !== null;
      group.hidden = !some;
      group.open = words.length > 0 ? some : opened.get(group);
    }
    for (const block of list.querySelectorAll(".severity")) {
      block.hidden = block.querySelector(".group:not([hidden])") === null;
    }
    status.textContent = count === items.length ? `${count} findings` : `${count} of ${items.length} findings`;
  };

  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
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
