import { type Address, canonicalHost, shownAddress, shownHost } from "./address.js";

/** `participant`: votes, and may lead. `observer`: follows the leader without a vote. */
export type Role = "participant" | "observer";

/** One host of a server, with its ports for the other servers. */
export interface ServerAddress {
  readonly host: string;
  /** Port on which a leader listens for learners. */
  readonly quorumPort: number;
  /** Port for the leader election. */
  readonly electionPort: number;
}

/** Server of an ensemble: one `server.N=…` of its configuration. */
export interface Member {
  /** N: 64 bits, signed. */
  readonly id: bigint;
  readonly role: Role;
  /** At least one, sorted by host; more than one if the server is reachable through several networks. */
  readonly addresses: readonly ServerAddress[];
  /** Address for clients, if the configuration names it. */
  readonly clientAddress?: Address | undefined;
  /** Address for clients that use TLS, if the configuration names it. */
  readonly secureClientAddress?: Address | undefined;
}

/*
 * host:quorumPort:electionPort[:role][|host:quorumPort:electionPort[:role]]…[;[[clientHost:]clientPort][;[host:]port]]
 *
 * IPv6 addresses are in brackets. The second client part is for TLS. (QuorumPeer.QuorumServer)
 */
const HOST = String.raw`(?:\[([^\]]*)\]|([^:;|[\]]*))`;
const SERVER = new RegExp(String.raw`^${HOST}:(\d+):(\d+)(?::\s*(\w+))?$`);
const CLIENT = new RegExp(String.raw`^(?:${HOST}:)?(\d+)$`);
const FORM =
  "write host:quorumPort:electionPort, then optionally :participant or :observer, then optionally ;host:clientPort";
const ANY_HOST = "0.0.0.0";

/**
 * Reads the part after the `=` of a `server.N` line.
 *
 * @returns a string with the problem and its remedy if the text is invalid
 */
export function parseMember(id: bigint, text: string): Member | string {
  const [servers = "", client = "", secure = "", ...more] = text.split(";").map((part) => part.trim());
  if (more.length > 0) return `it has more than two client parts; ${FORM}`;
  const parts = servers.split("|").map((part) => parseServerAddress(part.trim()));
  const problem = parts.find((part) => typeof part === "string") ?? problemOfAll(parts.filter(isParsed));
  if (problem !== undefined) return problem as string;
  const clientAddress = parseClientAddress(client);
  const secureClientAddress = parseClientAddress(secure);
  if (typeof clientAddress === "string") return clientAddress;
  if (typeof secureClientAddress === "string") return secureClientAddress;
  const parsed = parts.filter(isParsed);
  return {
    id,
    role: parsed.find(({ role }) => role !== undefined)?.role ?? "participant",
    addresses: parsed.map(({ address }) => address).sort(byHost),
    ...(clientAddress && { clientAddress }),
    ...(secureClientAddress && { secureClientAddress }),
  };
}

interface ParsedServer {
  readonly address: ServerAddress;
  readonly role: Role | undefined;
}

function isParsed(part: ParsedServer | string): part is ParsedServer {
  return typeof part !== "string";
}

function parseServerAddress(text: string): ParsedServer | string {
  const [match, inBrackets, name, quorumPort, electionPort, role] = SERVER.exec(text) ?? [];
  if (match === undefined) return `"${text}" is not a server's address; ${FORM}`;
  const host = canonicalHost(inBrackets ?? name ?? "");
  if (host === undefined)
    return `"${inBrackets ?? name}" is not a host; write a host name, an IPv4 address or [IPv6 address]`;
  const address = { host, quorumPort: Number(quorumPort), electionPort: Number(electionPort) };
  for (const port of [address.quorumPort, address.electionPort]) {
    if (port < 1 || port > 65_535) return `${port} is not a port; write a number from 1 to 65535`;
  }
  if (address.quorumPort === address.electionPort) {
    return `port ${address.quorumPort} is both its quorum port and its election port; choose two different ports`;
  }
  const lower = role?.toLowerCase();
  if (lower !== undefined && lower !== "participant" && lower !== "observer") {
    return `"${role}" is not a role; write participant or observer`;
  }
  return { address, role: lower };
}

function problemOfAll(parts: readonly ParsedServer[]): string | undefined {
  if (new Set(parts.map(({ role }) => role).filter((role) => role !== undefined)).size > 1) {
    return "its addresses have different roles; give all of them the same role";
  }
  const hosts = parts.map(({ address }) => address.host);
  const twice = hosts.find((host, i) => hosts.indexOf(host) !== i);
  return twice === undefined ? undefined : `it names the host ${twice} twice; remove one of the two addresses`;
}

function parseClientAddress(text: string): Address | string | undefined {
  if (text === "") return undefined;
  const [match, inBrackets, name, port] = CLIENT.exec(text) ?? [];
  if (match === undefined || Number(port) > 65_535) {
    return `"${text}" is not an address for clients; write ;port or ;host:port`;
  }
  const host = canonicalHost(inBrackets ?? name ?? ANY_HOST);
  return host === undefined
    ? `"${inBrackets ?? name}" is not a host for clients; write ;port or ;host:port`
    : { host, port: Number(port) };
}

function byHost(a: ServerAddress, b: ServerAddress): number {
  return a.host < b.host ? -1 : 1;
}

/** Returns the part after the `=` of a `server.N` line, exactly as Apache writes it. */
export function memberText({ addresses, role, clientAddress, secureClientAddress }: Member): string {
  const servers = addresses.map(
    (each) => `${shownHost({ host: each.host, port: 0 })}:${each.quorumPort}:${each.electionPort}`,
  );
  const client = clientAddress === undefined ? "" : `;${shownAddress(clientAddress)}`;
  const secure = secureClientAddress === undefined ? "" : `;${shownAddress(secureClientAddress)}`;
  return `${servers.join("|")}:${role}${client}${secure !== "" && client === "" ? ";" : ""}${secure}`;
}
