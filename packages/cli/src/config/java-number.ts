/*
 * Two ways in which Apache reads a whole number: Integer.parseInt (QuorumPeerConfig: clientPort, tickTime, …), and
 * Integer.decode (Integer.getInteger and Long.getLong of a system property: jute.maxbuffer, snapCount, …).
 */

const DECIMAL = /^[+-]?[0-9]+$/;
const DECODED = /^([+-]?)(?:(?:0[xX]|#)([0-9a-fA-F]+)|0([0-7]+)|(0|[1-9][0-9]*))$/;

/** Reads decimal digits with an optional sign, like `Integer.parseInt` and `Long.parseLong`; NaN for anything else. */
export function parseJavaNumber(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/**
 * Reads a number like `Integer.decode` and `Long.decode`: an optional sign, then decimal digits, hexadecimal ones after `0x`,
 * `0X` or `#`, or octal ones after `0`. NaN for anything else. The caller checks the range.
 */
export function decodeJavaNumber(text: string): number {
  const match = DECODED.exec(text);
  if (match === null) return Number.NaN;
  const [, sign, hexadecimal, octal, decimal] = match;
  const value =
    hexadecimal !== undefined
      ? Number.parseInt(hexadecimal, 16)
      : octal !== undefined
        ? Number.parseInt(octal, 8)
        : Number(decimal);
  return sign === "-" ? -value : value;
}
