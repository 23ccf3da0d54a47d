import {
  ConfigurationError,
  EnsembleConfiguration,
  type EnsembleOptions,
  type Member,
  parseMember,
} from "@conclave/server";
import { dynamicLines, OF_CONFIGURATION, type ReadText } from "./dynamic-file.js";
import type { Given } from "./given.js";
import { type Judgement, placeOf } from "./judge.js";
import type { Values } from "./settings.js";

/** Reads the file `myid` of a `dataDir`: its first line; `undefined` where there is no such file. */
export type ReadMyId = (dataDir: string) => string | undefined;

/** Membership of this server in an ensemble. */
export type Membership = Pick<EnsembleOptions, "id" | "servers" | "listenAddress" | "configFile">;

/** Files beside the configuration file. */
export interface MemberFiles {
  /** Absolute path of the configuration file. */
  readonly configFile: string;
  readonly readMyId: ReadMyId;
  readonly readText: ReadText;
}

/** Keys about the connections between servers, each with a key that it needs, and the value of that. */
const NEEDED: readonly (readonly [key: string, other: string, value: string])[] = [
  ["sslQuorum", "ssl.quorum.keyStore.location", "this server's key and certificate, as PEM or PKCS12"],
  ["portUnification", "ssl.quorum.keyStore.location", "this server's key and certificate, as PEM or PKCS12"],
  ["quorum.auth.enableSasl", "java.security.auth.login.config", "the JAAS file with the section QuorumServer"],
  ["quorum.auth.learnerRequireSasl", "quorum.auth.enableSasl", "true"],
  ["quorum.auth.serverRequireSasl", "quorum.auth.learnerRequireSasl", "true"],
];
/** Keys for ensembles that would change what clients see. */
const WITHOUT_EFFECT = ["leaderServes"];

/**
 * Judges the lines `server.N`. A single participant serves alone, as with Apache's; several servers are an ensemble, of which
 * this server is the one that the file `myid` names. It serves clients where its line says: fills in `clientPort` and
 * `clientPortAddress` from there. Returns the membership; `undefined` for a server that is alone.
 */
export function judgeMembers(
  values: Values,
  file: ReadonlyMap<string, Given>,
  files: MemberFiles,
  judgement: Judgement,
): Membership | undefined {
  const { problems, warnings } = judgement;
  const { readMyId } = files;
  const dynamic = dynamicLines(file, files.readText, judgement);
  const given = new Map([...file, ...dynamic.map((each) => [each.key, each] as const)]);
  const lines = readLines(given, judgement);
  const first = placeOf(lines[0]?.given);
  if (lines.length > 1) return judgeEnsemble(values, given, lines, files, judgement);
  if (values.reconfigEnabled === true) {
    const message = "reconfigEnabled has no effect: a standalone server has no members to change";
    warnings.push({ ...placeOf(given.get("reconfigEnabled")), message });
  }
  if (values["readonlymode.enabled"] === true) {
    const message = "readonlymode.enabled only allows the word isro: a standalone server is never read-only";
    warnings.push({ ...placeOf(given.get("readonlymode.enabled")), message });
  }
  const line = lines[0]?.line;
  if (line?.role === "observer") {
    const message = `server.${line.id} is an observer, and there is no participant: an observer cannot serve alone`;
    problems.push({ ...first, message });
    return undefined;
  }
  if (line !== undefined) {
    warnings.push({ ...first, message: `server.${line.id} is the only server: it serves alone, without a quorum` });
  }
  takeClientAddress(values, given, line, readMyId, judgement);
  return undefined;
}

function judgeEnsemble(
  values: Values,
  given: ReadonlyMap<string, Given>,
  lines: readonly GivenLine[],
  { readMyId, configFile }: MemberFiles,
  judgement: Judgement,
): Membership | undefined {
  const { problems, warnings } = judgement;
  for (const [key, other, value] of NEEDED) {
    if (given.get(key)?.value.toLowerCase() !== "true" || (given.get(other)?.value ?? "false") !== "false") continue;
    problems.push({ ...placeOf(given.get(key)), message: `${key} needs ${other}: ${value}` });
  }
  for (const each of WITHOUT_EFFECT.flatMap((key) => given.get(key) ?? [])) {
    warnings.push({ ...placeOf(each), message: `${each.key} has no effect in this version` });
  }
  if (lines.filter(({ line }) => line.role === "participant").length === 2) {
    const message =
      "two servers are no safer than one: the ensemble stops when either of them fails. Take one, or three";
    warnings.push({ ...placeOf(lines[0]?.given), message });
  }
  const myId = values.dataDir === undefined ? undefined : readMyId(values.dataDir);
  const own = lines.find(({ line }) => myId !== undefined && /^[+-]?\d+$/.test(myId) && line.id === BigInt(myId));
  if (own === undefined) {
    const found = myId === undefined ? "there is no such file" : `it holds "${myId}"`;
    const message = `the file myid in ${values.dataDir ?? "dataDir"} must hold the number of this server, one of ${lines.map(({ line }) => line.id).join(", ")}, and ${found}`;
    problems.push({ message });
    return undefined;
  }
  takeClientAddress(values, given, own.line, readMyId, judgement);
  const servers = ensembleText(given);
  const problem = problemOf(servers);
  if (problem !== undefined) problems.push({ message: problem });
  return {
    id: Number(own.line.id),
    servers,
    listenAddress: given.get("quorumListenOnAllIPs")?.value === "true" ? EVERY_ADDRESS : undefined,
    configFile: values.reconfigEnabled === true || given.has("dynamicConfigFile") ? configFile : undefined,
  };
}

const EVERY_ADDRESS = "0.0.0.0";

/** Returns the lines that describe the ensemble. */
function ensembleText(given: ReadonlyMap<string, Given>): string {
  const lines = [...given.values()].filter(({ key, line }) => line !== undefined && OF_CONFIGURATION.test(key));
  return lines.map(({ key, value }) => `${key}=${value}`).join("\n");
}

/** Returns the problem of lines that are valid each, and not together: such as a group with an unknown server. */
function problemOf(servers: string): string | undefined {
  try {
    EnsembleConfiguration.parse(servers);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

interface ClientAddress {
  readonly port: number;
  /** `undefined` for all addresses of this machine. */
  readonly address?: string;
}

/** The parts of a line about clients, each with the keys that say the same. */
const CLIENT_PARTS = [
  { portKey: "clientPort", addressKey: "clientPortAddress", part: "clientAddress", serves: "serves clients" },
  {
    portKey: "secureClientPort",
    addressKey: "secureClientPortAddress",
    part: "secureClientAddress",
    serves: "serves clients with TLS",
  },
] as const;

const clientAddressOf = (address: Member["clientAddress"]): ClientAddress | undefined =>
  address && { port: address.port, ...(address.host !== EVERY_ADDRESS && { address: address.host }) };

const isEveryAddress = (address: string | undefined): boolean =>
  address === undefined || address === "0.0.0.0" || address === "::";

interface GivenLine {
  readonly given: Given;
  readonly line: Member;
}

function readLines(given: ReadonlyMap<string, Given>, { problems }: Judgement): GivenLine[] {
  const lines: GivenLine[] = [];
  for (const each of given.values()) {
    // A system property is no member: -Dzookeeper.server.realm.
    if (each.line === undefined || !each.key.startsWith("server.")) continue;
    const number = each.key.slice("server.".length);
    const line = /^[+-]?\d{1,19}$/.test(number)
      ? parseMember(BigInt(number), each.value)
      : `${number} is not the number of a server`;
    if (typeof line === "string") problems.push({ ...placeOf(each), message: `${each.key}: ${line}` });
    else lines.push({ given: each, line });
  }
  return lines;
}

/** Applies the addresses for clients of the line, as QuorumPeerConfig.setupClientPort does, if `myid` holds its number. */
function takeClientAddress(
  values: Values,
  given: ReadonlyMap<string, Given>,
  line: Member | undefined,
  readMyId: ReadMyId,
  judgement: Judgement,
): void {
  const { problems } = judgement;
  const client = clientAddressOf(line?.clientAddress);
  const named = line?.clientAddress ?? line?.secureClientAddress;
  const myId = named === undefined || values.dataDir === undefined ? undefined : readMyId(values.dataDir);
  if (myId !== undefined && !/^[+-]?\d+$/.test(myId)) {
    problems.push({
      message: `the file myid in ${values.dataDir} holds "${myId}", and must hold the number of a server`,
    });
    return;
  }
  if (line !== undefined && myId !== undefined && BigInt(myId) === line.id) {
    for (const each of CLIENT_PARTS) takeClientPart(values, given, line, each, judgement);
    return;
  }
  if (values.clientPort !== undefined || given.has("clientPort") || given.has("secureClientPort")) return;
  const ofLine =
    client === undefined
      ? ""
      : `; the port of server.${line?.id} counts where the file myid in ${values.dataDir ?? "dataDir"} holds ${line?.id}, and ${myId === undefined ? "there is no such file" : `it holds ${myId}`}`;
  problems.push({ message: `clientPort is missing: the port for clients, usually 2181${ofLine}` });
}

function takeClientPart(
  values: Values,
  given: ReadonlyMap<string, Given>,
  line: Member,
  { portKey, addressKey, part, serves }: (typeof CLIENT_PARTS)[number],
  { problems }: Judgement,
): void {
  const client = clientAddressOf(line[part]);
  if (client === undefined) return;
  const { [portKey]: port, [addressKey]: address } = values;
  const text = `server.${line.id} ${serves} at ${client.address ?? "all addresses"}, port ${client.port}`;
  const isSame =
    (port === undefined || port === client.port) && (isEveryAddress(address) || address === client.address);
  if (!isSame) {
    const message = `${text}, but ${portKey} says ${address ?? "all addresses"}, port ${port}: leave one of them out`;
    problems.push({ ...placeOf(given.get(portKey)), message });
    return;
  }
  if (portKey === "secureClientPort" && !given.has(portKey) && !given.has("ssl.keyStore.location")) {
    const message = `${text}, and needs ssl.keyStore.location: the server's key and certificate, as PEM or PKCS12`;
    problems.push({ ...placeOf(given.get(`server.${line.id}`)), message });
    return;
  }
  values[portKey] = client.port;
  if (client.address !== undefined) values[addressKey] = client.address;
}
