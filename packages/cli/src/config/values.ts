/** Reads one value; a string in return says what is allowed. */
export type ReadValue<T> = (text: string) => { readonly value: T } | { readonly allowed: string };

/** A whole number from `min` to `max`, and, where given, one more number with a meaning of its own. */
export function wholeNumber(
  min: number,
  max: number,
  also?: { readonly value: number; readonly meaning: string },
): ReadValue<number> {
  const allowed = `a whole number from ${min} to ${max}${also === undefined ? "" : `, or ${also.value} ${also.meaning}`}`;
  return (text) => {
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return (value >= min && value <= max) || value === also?.value ? { value } : { allowed };
  };
}

/** One of two words, in any letter case. */
export function either(yes: string, no: string): ReadValue<boolean> {
  return (text) => {
    const word = text.toLowerCase();
    return word === yes || word === no ? { value: word === yes } : { allowed: `${yes} or ${no}` };
  };
}

/** Any text but none. */
export const someText: ReadValue<string> = (text) => (text === "" ? { allowed: "not empty" } : { value: text });

/** A comma-separated list of four-letter words; `*` for all. */
export const fourLetterWords: ReadValue<readonly string[] | "*"> = (text) => {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (words.includes("*")) return { value: "*" };
  return words.every((word) => /^[a-z]{4}$/.test(word))
    ? { value: words }
    : { allowed: "four-letter words, separated by commas, or *" };
};
