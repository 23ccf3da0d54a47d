import { parseIpAddress } from "../../tree/ip-address.js";

/** Host and TCP port. The host is a name, or an IP address in the form that Apache prints, without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns a host as Java's InetSocketAddress prints it: eight groups for an IPv6 address, dots for an IPv4 address within
 * an IPv6 address, names unchanged; undefined if it is neither a name nor an address.
 */
export function canonicalHost(text: string): string | undefined {
  if (!text.includes(":")) return /^[^\s[\]|;=]+$/.test(text) ? text : undefined;
  const [address = "", ...scope] = text.split("%");
  const bytes = parseIpAddress(address);
  if (bytes === undefined || scope.length > 1) return undefined;
  const isMapped = bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && sees(bytes, 10, 0xffff);
  if (bytes.length === 4 || isMapped) return bytes.subarray(-4).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return [groups.join(":"), ...scope].join("%");
}

function sees(bytes: Uint8Array, at: number, group: number): boolean {
  return ((bytes[at]! << 8) | bytes[at + 1]!) === group;
}

/** Returns the host as it is written before a port: an IPv6 address in brackets. */
export function shownHost({ host }: Address): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Returns `host:port`, an IPv6 address in brackets. */
export function shownAddress(address: Address): string {
  return `${shownHost(address)}:${address.port}`;
}
