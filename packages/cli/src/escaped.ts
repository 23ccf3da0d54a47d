/*
 * Text of clients is shown to people: paths, ids of ACLs. Control characters could move the cursor of a terminal, and
 * format characters (bidirectional controls, zero width) make a text look like another.
 */

const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const NOT_SHOWN_IN_LINES = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const PLAIN = /^[!-+\--~]+$/;

/** Returns the text with each control and format character as `\uXXXX`. JSON stays JSON of the same value. */
export function escaped(text: string): string {
  return text.replace(NOT_SHOWN, byNumber);
}

/** Returns {@link escaped} text, but for line breaks and tabs: for stacks of errors. */
export function escapedLines(text: string): string {
  return text.replace(NOT_SHOWN_IN_LINES, byNumber);
}

/** Returns the text in quotes, as JSON that shows each character. */
export function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** Returns the text as it is where it is visible ASCII without a comma, otherwise in quotes. */
export function quotedIfNeeded(text: string): string {
  return PLAIN.test(text) ? text : quoted(text);
}

function byNumber(character: string): string {
  let numbers = "";
  for (let at = 0; at < character.length; at++) {
    numbers += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return numbers;
}
