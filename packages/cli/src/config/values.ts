import { decodeJavaNumber, parseJavaNumber } from "./java-number.js";

/**
 * Reads one value. The result `allowed` refuses the value and describes valid ones; `ignored` holds the reason why Apache, and
 * so this server, uses the default instead.
 */
export type ReadValue<T> = (
  text: string,
) => { readonly value: T } | { readonly allowed: string } | { readonly ignored: string };

/** One more number that is allowed, with a meaning of its own. */
interface OneMore {
  readonly value: number;
  readonly meaning: string;
}

const inRange = (min: number, max: number, also: OneMore | undefined) => {
  const allowed = `a whole number from ${min} to ${max}${also === undefined ? "" : `, or ${also.value} ${also.meaning}`}`;
  return (value: number): { readonly value: number } | { readonly allowed: string } =>
    (value >= min && value <= max) || value === also?.value ? { value } : { allowed };
};

/** A whole number from `min` to `max` that Apache reads by `Integer.parseInt`: decimal digits only. */
export function wholeNumber(min: number, max: number, also?: OneMore): ReadValue<number> {
  const check = inRange(min, max, also);
  return (text) => check(parseJavaNumber(text));
}

const MAX_INT = 2 ** 31 - 1;
const MAX_LONG = 2 ** 63;

/**
 * A whole number from `min` to `max` that Apache reads by `Integer.getInteger`: decimal, hexadecimal (`0x`, `#`) or octal
 * (`0`). Java ignores a text that is no number, and a number that an int cannot hold.
 */
export function decodedInt(min: number, max: number, also?: OneMore): ReadValue<number> {
  return decoded(min, max, also, MAX_INT);
}

/** A {@link decodedInt} that Apache reads by `Long.getLong`; a number beyond `max` counts as `max`. */
export function decodedLong(min: number, max: number): ReadValue<number> {
  const read = decoded(min, Number.POSITIVE_INFINITY, undefined, MAX_LONG);
  return (text) => {
    const result = read(text);
    return "value" in result ? { value: Math.min(result.value, max) } : result;
  };
}

function decoded(min: number, max: number, also: OneMore | undefined, maxOfType: number): ReadValue<number> {
  const check = inRange(min, max, also);
  return (text) => {
    const value = decodeJavaNumber(text);
    const isRead = value <= maxOfType && value >= -maxOfType - 1;
    return isRead ? check(value) : { ignored: "Java cannot read it as a number" };
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

/** Compression of snapshots (Java's SnapStream.StreamMode). */
export const compression: ReadValue<"none" | "gz"> = (text) => {
  if (text === "gz") return { value: "gz" };
  return text === "" || text === "CHECKED"
    ? { value: "none" }
    : { allowed: "gz, or empty for none: Snappy is not implemented" };
};

/** Any text except an empty one. */
export const someText: ReadValue<string> = (text) => (text === "" ? { allowed: "not empty" } : { value: text });

/** Words, separated by commas. */
export const words: ReadValue<readonly string[]> = (text) => ({ value: listed(text) });

/** Names, separated by commas; `*` for any. */
export const namesOrAny: ReadValue<readonly string[] | "*"> = (text) => {
  const names = listed(text);
  return { value: names.includes("*") ? "*" : names };
};

const MIN_SECRET_LENGTH = 16;

/** `true` or `false`, or a text that is long enough for a secret. */
export const secret: ReadValue<boolean | string> = (text) => {
  const word = flag(text);
  if ("value" in word) return word;
  return text.length >= MIN_SECRET_LENGTH
    ? { value: text }
    : { allowed: `true, false, or a text of ${MIN_SECRET_LENGTH} characters or more` };
};

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
