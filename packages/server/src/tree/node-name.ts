/*
 * Names of znodes as bytes: each UTF-16 unit encoded by itself as in UTF-8, so every text can be decoded exactly. For
 * valid paths this is their UTF-8, as in logs and snapshots.
 */

/** Writes `text[start..]` at the beginning of `into`, which has room for three bytes of each unit. Returns the length. */
export function encodeName(text: string, start: number, into: Uint8Array): number {
  let at = 0;
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      into[at++] = unit;
    } else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6);
      into[at++] = 0x80 | (unit & 0x3f);
    } else {
      into[at++] = 0xe0 | (unit >> 12);
      into[at++] = 0x80 | ((unit >> 6) & 0x3f);
      into[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/** Returns true if `bytes[at..at + length)` is the name `text[start..end)`. */
export function isName(
  bytes: Uint8Array,
  at: number,
  length: number,
  text: string,
  start: number,
  end: number,
): boolean {
  const stop = at + length;
  let i = start;
  for (; i < end && at < stop; i++) {
    const unit = unitAt(bytes, at);
    if (unit !== text.charCodeAt(i)) return false;
    at += bytesOf(unit);
  }
  return i === end && at === stop;
}

/** The name that is `bytes[at..at + length)`. */
export function decodeName(bytes: Uint8Array, at: number, length: number): string {
  const stop = at + length;
  let name = "";
  while (at < stop) {
    const unit = unitAt(bytes, at);
    name += String.fromCharCode(unit);
    at += bytesOf(unit);
  }
  return name;
}

function unitAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first;
  if (first < 0xe0) return ((first & 0x1f) << 6) | (bytes[at + 1]! & 0x3f);
  return ((first & 0xf) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
}

function bytesOf(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 ? 2 : 3;
}
