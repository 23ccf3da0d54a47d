/** One `server.N=…` of a configuration (QuorumPeer.QuorumServer). */
export interface ServerLine {
  /** N. */
  readonly id: bigint;
  readonly isObserver: boolean;
  /** Address for clients: the part after the `;`. */
  readonly client?: { readonly address?: string; readonly port: number };
}

/*
 * host:quorumPort:electionPort[:role][|host:port:port[:role]]…[;[clientAddress:]clientPort]
 *
 * IPv6 addresses are in brackets.
 */
const HOST = String.raw`(?:\[[^\]]*\]|[^:;|[\]]*)`;
const ADDRESS = new RegExp(String.raw`^${HOST}:(\d+):(\d+)(?::(\w+))?$`);
const CLIENT = new RegExp(String.raw`^(?:(${HOST}):)?(\d+)$`);
const FORM = "host:port:port, host:port:port:role, either followed by ;port or ;address:port";

/** Reads the number and the value of a `server.N` key; returns a string with the problem if it is invalid. */
export function parseServerLine(number: string, value: string): ServerLine | string {
  if (!/^[+-]?\d+$/.test(number)) return `server.${number}: ${number} is not the number of a server`;
  const [servers = "", client, ...more] = value.split(";");
  const addresses = servers.split("|").map((each) => ADDRESS.exec(each.trim()));
  const roles = addresses.map((match) => match?.[3]?.toLowerCase() ?? "participant");
  if (addresses.includes(null) || more.length > 0) return `server.${number} is "${value}", and must be ${FORM}`;
  const wrong = roles.find((role) => role !== "participant" && role !== "observer");
  if (wrong !== undefined) return `server.${number} has the role ${wrong}, and must be a participant or an observer`;
  if (addresses.some((match) => match![1] === match![2])) {
    return `server.${number} has the same port for its quorum and its election: they must differ`;
  }
  const line = { id: BigInt(number), isObserver: roles.at(-1) === "observer" };
  if (client === undefined || client === "") return line;
  const [, address, port] = CLIENT.exec(client.trim()) ?? [];
  if (port === undefined || Number(port) > 65_535) return `server.${number} is "${value}", and must be ${FORM}`;
  return { ...line, client: { port: Number(port), ...withAddress(address) } };
}

/** No address, and `0.0.0.0`, which Java takes for no address, mean all of this machine. */
function withAddress(address: string | undefined): { readonly address?: string } {
  const bare = address?.replace(/^\[|\]$/g, "");
  return bare === undefined || bare === "" || bare === "0.0.0.0" ? {} : { address: bare };
}
