/** The bytes of an IPv4 (4) or IPv6 (16) address in text form; `undefined` if it is neither. IPv4 in IPv6 becomes IPv4. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  if (mapped !== null) return parseIpv4(mapped[1]!);
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** A block of addresses in CIDR notation; without the number of bits it is one address. */
export interface IpBlock {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

export function parseIpBlock(text: string): IpBlock | undefined {
  const [address, bitsText, ...rest] = text.split("/");
  const bytes = parseIpAddress(address!);
  if (bytes === undefined || rest.length > 0) return undefined;
  const all = bytes.length * 8;
  const bits = bitsText === undefined ? all : DECIMAL.test(bitsText) ? Number(bitsText) : -1;
  return bits >= 0 && bits <= all ? { bytes, bits } : undefined;
}

export function isInBlock(block: IpBlock, address: Uint8Array): boolean {
  if (address.length !== block.bytes.length) return false;
  for (let i = 0, left = block.bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : 0xff & (0xff << (8 - left));
    if (((address[i]! ^ block.bytes[i]!) & mask) !== 0) return false;
  }
  return true;
}

/** Parses a number as Java's `Integer.parseInt` does, which Apache uses. */
const DECIMAL = /^[+-]?\d{1,10}$/;

function isByte(part: string): boolean {
  return DECIMAL.test(part) && Number(part) >= 0 && Number(part) <= 255;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every(isByte)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** Eight groups of hex, one run of zero groups left out by "::". */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const head = groups[0]!;
  const tail = groups[1] ?? [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...new Array<string>(missing).fill("0"), ...tail];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}
