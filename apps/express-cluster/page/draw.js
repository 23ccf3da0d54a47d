import { printable, show } from "./printable.js";

/** Colours far from each other for names with numbers that are close: by the golden angle. */
const hueOf = (id) => {
  const number = Number(/\d+/.exec(id ?? "")?.[0] ?? 0);
  return Math.round((215 + number * 137.5) % 360);
};

const STATES = {
  up: (keys) => `serves · owns ${keys}`,
  draining: () => "drains: it is asked for nothing new",
  silent: (keys) => `does not answer · a member, with ${keys}, until its session ends`,
};

const element = (name, { textContent = "", ariaLabel, ...properties } = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  if (ariaLabel !== undefined) made.ariaLabel = printable(ariaLabel);
  show(made, textContent);
  made.append(...children.map((child) => (typeof child === "string" ? printable(child) : child)));
  return made;
};

/** Redraws a list in place: an element is kept, with the focus on it, for as long as its key is listed. */
const keep = (list, items, keyOf, make, fill) => {
  const there = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const child = there.get(key) ?? make(item);
    child.dataset.key = key;
    fill(child, item);
    there.delete(key);
    return child;
  });
  for (const child of there.values()) child.remove();
  wanted.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
};

/** Draws the cards of the members. `silent` holds the ids of those that do not answer. */
export function drawMembers(list, { members, leader }, { owners, silent, drain, kill }) {
  const make = ({ id, url, metadata }) => {
    const name = element("span", { textContent: id });
    const role = element("span", { className: "role" });
    const link = element("a", { href: url, textContent: new URL(url).host });
    const buttons = [
      element("button", { type: "button", textContent: "Drain", ariaLabel: `Drain ${id}`, onclick: () => drain(url) }),
      element("button", { type: "button", textContent: "Kill", ariaLabel: `Kill ${id}`, onclick: () => kill(url) }),
    ];
    const card = element(
      "li",
      { className: "member" },
      element("h3", {}, name, role),
      element("p", { className: "quiet" }, link, ` · pid ${metadata.pid ?? "unknown"}`),
      element("p", { className: "quiet state" }),
      element("div", { className: "actions" }, ...buttons),
    );
    card.style.setProperty("--hue", hueOf(id));
    return card;
  };
  const fill = (card, { id, status, leads }) => {
    const state = silent.has(id) ? "silent" : status;
    const count = Object.values(owners).filter((owner) => owner === id).length;
    card.dataset.state = state;
    show(card.querySelector(".role"), leader === id ? `★ leads · token ${leads}` : "");
    show(card.querySelector(".state"), STATES[state](count === 1 ? "1 key" : `${count} keys`));
    for (const button of card.querySelectorAll("button")) button.disabled = state !== "up";
  };
  keep(list, members, ({ id }) => id, make, fill);
}

/** Draws the keys, each with its owner; `moved` holds those that have just changed hands. */
export function drawKeys(list, owners, moved, ask) {
  const make = ([key]) => {
    const button = element(
      "button",
      { type: "button", className: "key", onclick: () => ask(key) },
      element("span", { textContent: key }),
      element("span", { className: "owner" }),
    );
    return element("li", {}, button);
  };
  const fill = (item, [key, owner]) => {
    const button = item.firstElementChild;
    button.style.setProperty("--hue", hueOf(owner));
    button.classList.toggle("moved", moved.has(key));
    show(button.querySelector(".owner"), owner ?? "none");
  };
  keep(list, Object.entries(owners), ([key]) => key, make, fill);
}

/** Adds a sentence on top of the story, which keeps the last ones. */
export function tell(list, sentence, atMost = 14) {
  const time = element("time", { textContent: new Date().toLocaleTimeString("en-GB") });
  list.prepend(element("li", {}, time, element("span", { textContent: sentence })));
  while (list.children.length > atMost) list.lastElementChild.remove();
}
