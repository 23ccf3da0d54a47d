/** Characters that are not shown, or that change the direction or the lines in which other text is shown. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** Returns a text that another process wrote in a form to show: characters such as U+202E as escapes, `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => character.replace(/[\s\S]/g, escapeUnit));
}

/** Returns a value as JSON in which strings hold characters such as U+202E as escapes. It is read as the same value. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
