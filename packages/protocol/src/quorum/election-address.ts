import { ProtocolError } from "../protocol-error.js";

/** Address of a server's election port. */
export interface ElectionAddress {
  /** A name or an address; an IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** `name:port`, `1.2.3.4:port` or `[IPv6]:port`, where an IPv6 address may end with `%zone`. */
const ADDRESS = /^(?:\[([0-9a-f:.]+(?:%[^\s\]]+)?)\]|([^\s[\]:]+)):(\d{1,5})$/i;

/** Any spelling of 0.0.0.0 or ::, the address of every interface of a server. */
const WILDCARD = /^[0:.]+$/;

/** Returns addresses as the hello carries them, separated by `|`. */
export function formatElectionAddresses(addresses: readonly ElectionAddress[]): string {
  return addresses.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join("|");
}

/**
 * Reads the addresses of a hello. Wildcard addresses, which cannot be dialed, are left out.
 * @throws ProtocolError for text in another form, or a port out of range.
 */
export function parseElectionAddresses(text: string): readonly ElectionAddress[] {
  return text
    .split("|")
    .map(parseElectionAddress)
    .filter(({ host }) => !WILDCARD.test(host));
}

function parseElectionAddress(text: string): ElectionAddress {
  const match = ADDRESS.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ProtocolError("malformed", `election address ${JSON.stringify(text)}, expected host:port`);
  }
  return { host, port };
}
