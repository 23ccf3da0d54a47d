/** Controls, and characters that change how the text around them is shown: such as U+202E, behind which it runs backwards. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text that a client chose, such as a path, for people to read: hidden characters as `\uXXXX`. */
export function shownText(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character.split("").reduce((all, unit) => `${all}\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`, ""),
  );
}
