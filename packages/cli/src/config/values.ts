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

/** A number from 0 to 1. */
export const fraction: ReadValue<number> = (text) => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 1 ? { value } : { allowed: "a number from 0 to 1" };
};

/** One of two words, in any letter case. */
export function either(yes: string, no: string): ReadValue<boolean> {
  return (text) => {
    const word = text.toLowerCase();
    return word === yes || word === no ? { value: word === yes } : { allowed: `${yes} or ${no}` };
  };
}

export const flag: ReadValue<boolean> = either("true", "false");

/** One of the names of `values`. */
export function anyOf<T>(values: Readonly<Record<string, T>>): ReadValue<T> {
  return (text) => {
    const value = Object.hasOwn(values, text) ? values[text] : undefined;
    return value === undefined ? { allowed: `one of ${Object.keys(values).join(", ")}` } : { value };
  };
}

/** How snapshots are compressed (Java's SnapStream.StreamMode). */
export const compression: ReadValue<"none" | "gz"> = (text) => {
  if (text === "gz") return { value: "gz" };
  return text === "" || text === "CHECKED"
    ? { value: "none" }
    : { allowed: "gz, or empty for none: Snappy is not written" };
};

/** Any text but none. */
export const someText: ReadValue<string> = (text) => (text === "" ? { allowed: "not empty" } : { value: text });

/** Words, separated by commas. */
export const words: ReadValue<readonly string[]> = (text) => ({ value: listed(text) });

/** A comma-separated list of four-letter words; `*` for all. */
export const fourLetterWords: ReadValue<readonly string[] | "*"> = (text) => {
  const list = listed(text);
  if (list.includes("*")) return { value: "*" };
  return list.every((word) => /^[a-z]{4}$/.test(word))
    ? { value: list }
    : { allowed: "four-letter words, separated by commas, or *" };
};

function listed(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
