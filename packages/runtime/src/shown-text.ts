/*
 * Text that another program wrote is shown to people: paths, ids, messages of errors. Control characters could move the cursor of
 * a terminal; format characters (bidirectional controls, zero width) make one text look like another; half of a surrogate pair
 * is shown as any other half.
 */

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const HIDDEN_IN_LINES = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Returns the text with an escape in place of each control character, format character, line or paragraph separator and lone
 * surrogate: `\u202e`. A character beyond U+FFFF becomes two escapes, as in JSON. JSON on one line stays JSON of the same value. Other text
 * is not changed, backslashes neither: an escape in the result may be one that the text itself contains.
 */
export function shownText(text: string): string {
  return text.replace(HIDDEN, escapeUnits);
}

/** Returns {@link shownText} of a text that keeps its line breaks and tabs, as the stack of an error. */
export function shownLines(text: string): string {
  return text.replace(HIDDEN_IN_LINES, escapeUnits);
}

/**
 * Returns a value as JSON on one line that shows each character, by {@link shownText}; it is read as the same value. The value
 * is one that `JSON.stringify` turns into text.
 */
export function shownJson(value: unknown): string {
  return shownText(JSON.stringify(value));
}

function escapeUnits(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
