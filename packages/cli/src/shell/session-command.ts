import { isZkError, walk } from "@conclave/client";
import { shownText } from "@conclave/runtime";
import { hex } from "../json-line.js";
import { type MemberReading, memberName } from "../members/member-reading.js";
import { quotedIfNeeded } from "../quoted.js";
import { purposeOf } from "../recipes/recipe-kinds.js";
import { shownDuration } from "../shown-duration.js";
import type { ShellCall } from "./shell-call.js";

/** Longest data of a recipe's znode that are shown as an id. */
const LONGEST_ID = 200;

/** A session, as far as znodes and servers show it. */
interface ShownSession {
  readonly sessionId: bigint;
  /** Id of the process in its locks, elections and groups, or else the host of its connection. */
  client?: string | undefined;
  readonly ephemerals: string[];
  connection?: ShownConnection;
}

interface ShownConnection {
  readonly remote: string;
  readonly server: string;
  readonly timeoutMs: number | undefined;
  /** Age of the connection in milliseconds. */
  readonly ageMs: number | undefined;
  readonly averageLatencyMs: number | undefined;
}

/** Prints the sessions by client: those that own ephemeral znodes, and without a path those that are only connected. */
export async function showSessions(call: ShellCall): Promise<void> {
  const [sessions, servers] = await Promise.all([owners(call), call.readServers(call.signal)]);
  for (const [sessionId, connection] of connectionsOf(servers)) {
    // The session of this command itself.
    if (sessionId === call.zk.sessionId) continue;
    const isShown = sessions.has(sessionId) || call.text(0) === undefined;
    if (isShown) sessionOf(sessions, sessionId).connection = connection;
  }
  for (const session of sessions.values()) session.client ??= hostOf(session.connection?.remote);
  const sorted = [...sessions.values()].sort(byClient);
  for (const session of sorted) {
    const { sessionId, client, ephemerals, connection } = session;
    const count = `${ephemerals.length} ephemeral ${ephemerals.length === 1 ? "znode" : "znodes"}`;
    const title = [hex(sessionId), ...(client === undefined ? [] : [quotedIfNeeded(client)]), count];
    await call.print(
      { sessionId, client, ephemerals, connection },
      [...title, ...(connection === undefined ? [] : [connectionText(connection)])].join("  "),
      ...ephemerals.map(ephemeralLine),
    );
  }
  const silent = servers.filter(({ connections }) => connections === undefined);
  if (sorted.length === 0 || silent.length === 0 || call.output.asJson) return;
  const names = silent.map((each) => quotedIfNeeded(memberName(each))).join(", ");
  await call.print(undefined, `addresses of clients are not shown: add cons to 4lw.commands.whitelist of ${names}`);
}

/** Returns the owners of the ephemeral znodes at and below the path. */
async function owners(call: ShellCall): Promise<Map<bigint, ShownSession>> {
  const sessions = new Map<bigint, ShownSession>();
  for await (const { path, stat } of walk(call.zk, call.path(0), { signal: call.signal })) {
    const owner = stat.ephemeralOwner;
    if (owner === 0n || isSpecialOwner(owner)) continue;
    const session = sessionOf(sessions, owner);
    session.ephemerals.push(path);
    const purpose = purposeOf(path);
    if (purpose === undefined || session.client !== undefined) continue;
    const id = purpose === "group" ? path.slice(path.lastIndexOf("/") + 1) : await idAt(call, path);
    if (id !== undefined) session.client = id;
  }
  return sessions;
}

function sessionOf(sessions: Map<bigint, ShownSession>, sessionId: bigint): ShownSession {
  const known = sessions.get(sessionId) ?? { sessionId, ephemerals: [] };
  sessions.set(sessionId, known);
  return known;
}

/** Containers and znodes with a TTL have the first bit or the first byte set in place of a session id (EphemeralType). */
function isSpecialOwner(owner: bigint): boolean {
  const bits = BigInt.asUintN(64, owner);
  return bits === 1n << 63n || bits >> 56n === 0xffn;
}

async function idAt({ zk, signal }: ShellCall, path: string): Promise<string | undefined> {
  try {
    const { data } = await zk.getData(path, { signal });
    return data === null || data.length === 0 || data.length > LONGEST_ID ? undefined : data.toString("utf8");
  } catch (error) {
    if (isZkError(error, "NO_NODE") || isZkError(error, "NO_AUTH")) return undefined;
    throw error;
  }
}

function connectionsOf(servers: readonly MemberReading[]): ReadonlyMap<bigint, ShownConnection> {
  const found = new Map<bigint, ShownConnection>();
  for (const server of servers) {
    for (const { remote, sessionId, timeoutMs, establishedAt, averageLatencyMs } of server.connections ?? []) {
      if (sessionId === undefined) continue;
      const ageMs = establishedAt === undefined ? undefined : Math.max(0, Date.now() - establishedAt);
      found.set(sessionId, { remote, server: memberName(server), timeoutMs, ageMs, averageLatencyMs });
    }
  }
  return found;
}

const hostOf = (remote: string | undefined): string | undefined => remote?.slice(0, remote.lastIndexOf(":"));

/** Sessions of one client are together; then the one with most znodes comes first. */
function byClient(a: ShownSession, b: ShownSession): number {
  if (a.client !== b.client) {
    if (a.client === undefined || b.client === undefined) return a.client === undefined ? 1 : -1;
    return a.client < b.client ? -1 : 1;
  }
  return b.ephemerals.length - a.ephemerals.length;
}

function connectionText({ remote, server, timeoutMs, ageMs, averageLatencyMs }: ShownConnection): string {
  const parts = [`${remote} to ${server}`];
  if (timeoutMs !== undefined) parts.push(`timeout ${timeoutMs} ms`);
  if (ageMs !== undefined) parts.push(`connected for ${shownDuration(ageMs)}`);
  if (averageLatencyMs !== undefined) parts.push(`latency ${averageLatencyMs} ms`);
  return shownText(`(${parts.join(", ")})`);
}

function ephemeralLine(path: string): string {
  const purpose = purposeOf(path);
  return `  ${quotedIfNeeded(path)}${purpose === undefined ? "" : `  (${purpose})`}`;
}
