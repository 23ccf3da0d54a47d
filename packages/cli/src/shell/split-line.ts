import { ShellError } from "./shell-error.js";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const WORD_PART = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/**
 * Splits a line of the shell into words, at white space. `'…'` keeps all characters, `"…"` and a backslash outside of quotes
 * take escapes; within `"…"`, `\n`, `\t`, `\r` and `\uXXXX` are those of JSON, so that names can be entered as they are shown.
 * Throws a {@link ShellError} for a quote that does not end.
 */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at]!)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
      continue;
    }
    WORD_PART.lastIndex = at;
    const match = WORD_PART.exec(line);
    if (match === null) throw new ShellError(`${line[at]} at character ${at + 1} does not end: add another one`);
    const [part, single, double, escaped, plain] = match;
    word = (word ?? "") + (single ?? (double === undefined ? undefined : unescaped(double)) ?? escaped ?? plain ?? "");
    at += part.length;
  }
  if (word !== undefined) words.push(word);
  return words;
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\([\s\S])/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
