import { lookup, resolveSrv } from "node:dns/promises";
import { hostname } from "node:os";

/** Address of a replica's discovery port. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Source of the addresses of all replicas. Called before each round of questions; this replica's own address may be among them. */
export type PeerSource = () => Promise<readonly PeerAddress[]>;

/** Default number of the discovery port. */
export const DISCOVERY_PORT = 2887;

/** Options of {@link dnsPeers}. */
export interface DnsPeersOptions {
  /**
   * Discovery port of all replicas. SRV records name ports themselves.
   * @default 2887
   */
  readonly port?: number | undefined;
}

/**
 * Returns a source that resolves a name at each call: A and AAAA records of a name such as a headless service of Kubernetes, SRV
 * records of a name that begins with an underscore. A name without records has no peers yet. The source rejects with Node.js's error
 * if the name server fails.
 */
export function dnsPeers(name: string, { port = DISCOVERY_PORT }: DnsPeersOptions = {}): PeerSource {
  return async () => {
    try {
      if (name.startsWith("_")) return (await resolveSrv(name)).map((each) => ({ host: each.name, port: each.port }));
      return (await lookup(name, { all: true })).map(({ address }) => ({ host: address, port }));
    } catch (error) {
      if (NO_RECORDS.has((error as NodeJS.ErrnoException).code ?? "")) return [];
      throw error;
    }
  };
}

const NO_RECORDS: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** Returns a source of fixed addresses: `host` or `host:port`. Throws a `RangeError` if one is neither. */
export function fixedPeers(addresses: readonly string[]): PeerSource {
  const peers = addresses.map(parsePeer);
  return async () => peers;
}

function parsePeer(text: string): PeerAddress {
  const [match, inBrackets, name, port] = PEER.exec(text) ?? [];
  const number = port === undefined ? DISCOVERY_PORT : Number(port);
  if (match === undefined || number < 1 || number > 65_535) {
    throw new RangeError(`peers: "${text}" is not an address; write host, host:port or [IPv6 address]:port`);
  }
  return { host: inBrackets ?? name ?? "", port: number };
}

const PEER = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/;

/**
 * Returns the id of a replica from its host name: the number at its end plus one, as a StatefulSet of Kubernetes numbers its pods from
 * 0. Throws a `RangeError` if there is no number.
 */
export function idFromHostname(name: string = hostname()): number {
  const [, ordinal] = /-(\d+)$/.exec(name.split(".")[0] ?? "") ?? [];
  if (ordinal === undefined) {
    throw new RangeError(
      `the host name "${name}" has no number at its end, so it gives no id: set id, a different one for each replica`,
    );
  }
  return Number(ordinal) + 1;
}
