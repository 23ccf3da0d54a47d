/**
 * Control characters, and characters that change the display of others, such as U+202E, which reverses the text after
 * it.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text that a client chose, such as a path, for people to read: hidden characters as `\uXXXX`. */
export function shownText(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character.split("").reduce((all, unit) => `${all}\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`, ""),
  );
}
