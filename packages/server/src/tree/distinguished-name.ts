/**
 * Returns true if a text is a distinguished name of RFC 2253: parts of `NAME=value` between commas. A comma within a
 * value is quoted or follows a backslash.
 */
export function isDistinguishedName(text: string): boolean {
  return text.trim() === "" || partsOf(text).every((part) => /^\s*[\w.-]+\s*=/.test(part));
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if ((character === "," || character === "+") && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
