import type { Given } from "./given.js";
import { type Judgement, placeOf } from "./judge.js";
import { parseServerLine, type ServerLine } from "./server-line.js";
import type { Values } from "./settings.js";

/** Reads the file `myid` of a `dataDir`: its first line; `undefined` where there is no such file. */
export type ReadMyId = (dataDir: string) => string | undefined;

const WHAT_IS_SUPPORTED =
  "this version serves alone, and cannot be a member of an ensemble. Take Apache ZooKeeper for the ensemble " +
  "(clients of Conclave work with it, by a connect string of all its servers), or leave only the line of this server to serve alone.";

/**
 * Judges the lines `server.N`. A single participant serves alone, as with Apache's: where the file `myid` names it, it
 * serves clients where its line says. Fills in `clientPort` and `clientPortAddress` from there.
 */
export function judgeMembers(
  values: Values,
  given: ReadonlyMap<string, Given>,
  readMyId: ReadMyId,
  judgement: Judgement,
): void {
  const { problems, warnings } = judgement;
  const dynamic = given.get("dynamicConfigFile");
  if (dynamic !== undefined) {
    problems.push({ ...placeOf(dynamic), message: `a dynamicConfigFile: ${WHAT_IS_SUPPORTED}` });
    return;
  }
  const lines = readLines(given, judgement);
  const first = placeOf(lines[0]?.given);
  if (lines.length > 1) {
    problems.push({ ...first, message: `${lines.length} servers: ${WHAT_IS_SUPPORTED}` });
    return;
  }
  const line = lines[0]?.line;
  if (line?.isObserver) {
    const message = `server.${line.id} is an observer, and there is no participant: an observer cannot serve alone`;
    problems.push({ ...first, message });
    return;
  }
  if (line !== undefined) {
    warnings.push({ ...first, message: `server.${line.id} is the only server: it serves alone, without a quorum` });
  }
  takeClientAddress(values, given, line, readMyId, judgement);
}

const isEveryAddress = (address: string | undefined): boolean =>
  address === undefined || address === "0.0.0.0" || address === "::";

interface GivenLine {
  readonly given: Given;
  readonly line: ServerLine;
}

function readLines(given: ReadonlyMap<string, Given>, { problems }: Judgement): GivenLine[] {
  const lines: GivenLine[] = [];
  for (const each of given.values()) {
    // A system property is no member: -Dzookeeper.server.realm.
    if (each.line === undefined || !each.key.startsWith("server.")) continue;
    const line = parseServerLine(each.key.slice("server.".length), each.value);
    if (typeof line === "string") problems.push({ ...placeOf(each), message: line });
    else lines.push({ given: each, line });
  }
  return lines;
}

/** Applies the client address of the line, as QuorumPeerConfig.setupClientPort does, if `myid` holds the number of the line. */
function takeClientAddress(
  values: Values,
  given: ReadonlyMap<string, Given>,
  line: ServerLine | undefined,
  readMyId: ReadMyId,
  { problems }: Judgement,
): void {
  const client = line?.client;
  const myId = client === undefined || values.dataDir === undefined ? undefined : readMyId(values.dataDir);
  if (myId !== undefined && !/^[+-]?\d+$/.test(myId)) {
    problems.push({
      message: `the file myid in ${values.dataDir} holds "${myId}", and must hold the number of a server`,
    });
    return;
  }
  if (client !== undefined && myId !== undefined && BigInt(myId) === line?.id) {
    const { clientPort, clientPortAddress } = values;
    const isSame =
      (clientPort === undefined || clientPort === client.port) &&
      (isEveryAddress(clientPortAddress) || clientPortAddress === client.address);
    if (!isSame) {
      const where = `${clientPortAddress ?? "all addresses"}, port ${clientPort}`;
      const message = `server.${line.id} serves clients at ${client.address ?? "all addresses"}, port ${client.port}, but clientPort says ${where}: leave one of them out`;
      problems.push({ ...placeOf(given.get("clientPort")), message });
      return;
    }
    values.clientPort = client.port;
    if (client.address !== undefined) values.clientPortAddress = client.address;
    return;
  }
  if (values.clientPort !== undefined || given.has("clientPort") || given.has("secureClientPort")) return;
  const ofLine =
    client === undefined
      ? ""
      : `; the port of server.${line?.id} counts where the file myid in ${values.dataDir ?? "dataDir"} holds ${line?.id}, and ${myId === undefined ? "there is no such file" : `it holds ${myId}`}`;
  problems.push({ message: `clientPort is missing: the port for clients, usually 2181${ofLine}` });
}
