/*
 * UTF-8 as Java reads it (java.lang.String with StandardCharsets.UTF_8): like the Encoding standard except for surrogates.
 * Java's client writes each half of a surrogate pair as three bytes, ED A0..BF 80..BF; Java reads these as one U+FFFD,
 * the standard as three. Our server must read the same strings as Apache's, so this follows Java.
 */

// A leading U+FEFF is part of a name, not a mark to take off.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

const REPLACEMENT = "\ufffd";

/** Returns the string that Java reads from `bytes[start..end)`. Never throws: an invalid sequence becomes U+FFFD. */
export function decodeJavaUtf8(bytes: Uint8Array, start: number, end: number): string {
  const text = utf8.decode(bytes.subarray(start, end));
  return text.includes(REPLACEMENT) ? decodeAroundSurrogates(bytes, start, end) : text;
}

/** ED never continues a sequence, so the bytes before and after an encoded surrogate can be decoded on their own. */
function decodeAroundSurrogates(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let from = start;
  for (let at = start; at + 1 < end; at++) {
    if (bytes[at] !== 0xed || bytes[at + 1]! < 0xa0 || !isContinuation(bytes[at + 1]!)) continue;
    text += utf8.decode(bytes.subarray(from, at)) + REPLACEMENT;
    // A third byte beyond the end leaves nothing to decode, like the end itself.
    from = at + (isContinuation(bytes[at + 2]!) ? 3 : 2);
  }
  return text + utf8.decode(bytes.subarray(from, end));
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
