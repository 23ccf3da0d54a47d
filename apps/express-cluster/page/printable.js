/**
 * Returns a text that another process wrote in a form to show: controls, and characters that change the direction of other text,
 * as escapes such as `\u202e`.
 */
export const printable = (text) =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );

/** Shows a text in an element. */
export const show = (element, text) => {
  element.textContent = printable(text);
};
