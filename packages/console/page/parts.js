/** Characters that would be invisible, or make one text look like another. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const HIDDEN_IN_LINES = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escaped = (character) =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Returns text that another program wrote with escapes for what cannot be seen. */
export const shown = (text) => String(text).replace(HIDDEN, escaped);
export const shownLines = (text) => String(text).replace(HIDDEN_IN_LINES, escaped);

/** True if text can be edited without a change of what is shown as an escape. */
export const isPlain = (text) => text.search(HIDDEN_IN_LINES) === -1;

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

/** Makes an element. */
export const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** Makes an element of a drawing. */
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** Returns a duration in words. */
export const duration = (ms) => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
};

/** Returns the class of the colour of a name: the same on every page. */
export const colour = (name) => {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return `c${sum % 6}`;
};

/** Element with the time since a moment; `tick` keeps it true. */
export const since = (moment) =>
  h("time", { datetime: new Date(moment).toISOString(), "data-since": String(moment) }, "");

/** Writes the ages of all `since` elements. */
export const tick = (now) => {
  for (const each of document.querySelectorAll("[data-since]")) {
    each.textContent = duration(now - Number(each.dataset.since));
  }
};
