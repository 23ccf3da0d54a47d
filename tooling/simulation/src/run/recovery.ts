import { OpCode } from "@conclave/protocol";
import type { DataTree, Role, TxnRecord } from "@conclave/server/simulation";
import type { Configurations } from "../check/configurations.ts";
import { demand, zxidText } from "../check/violation.ts";
import type { World } from "../world/world.ts";

/** Virtual time in which a healed ensemble has to be whole. */
const RECOVERY_MS = 90_000;
const LONG_CALM_MS = 10_000;

/**
 * After the last fault: within a bounded time all members serve under one leader, clients write, and in the end all members have
 * the same tree, which is that of the committed history. Returns the time until then in milliseconds.
 */
export function checkRecovery(world: World): number {
  const { scheduler, clients, history, settings } = world;
  const { configurations } = history;
  const members = () => world.nodes.filter(({ id }) => configurations.current.members.has(BigInt(id)));
  const healedAt = scheduler.now;
  world.note("world", "all faults end");
  const modes = () =>
    members()
      .map(({ id, member }) => `${id} ${member?.role?.mode ?? "serves none"}`)
      .join(", ");
  const isWhole = (): boolean =>
    members().every(({ id, member }) => member?.role !== undefined && isInRole(configurations, id, member.role)) &&
    members().filter(({ member }) => member?.role?.mode === "leader").length === 1;
  world.run(healedAt + RECOVERY_MS, isWhole);
  demand(isWhole(), () => `the ensemble did not recover within ${RECOVERY_MS} ms: ${modes()}`);
  const recoveryMs = scheduler.now - healedAt;
  const before = clients.map(({ acknowledged }) => acknowledged);
  const hasWritten = (): boolean => clients.every(({ acknowledged }, i) => acknowledged > before[i]!);
  world.run(scheduler.now + RECOVERY_MS, hasWritten);
  demand(hasWritten(), () => `not every client could write within ${RECOVERY_MS} ms after the recovery: ${modes()}`);
  for (const client of clients) client.rest();
  history.onCommitted = (record) => checkExpiry(world, record);
  world.run(scheduler.now + settings.calmMs);
  const { version } = configurations.current;
  const settled = (): boolean =>
    members().every(
      ({ member }) =>
        member?.state?.database.tree.lastZxid === history.last && member.state.quorums.active.version === version,
    );
  world.run(scheduler.now + RECOVERY_MS, () => settled() && clients.every(({ isIdle }) => isIdle));
  for (const { id, member } of members()) {
    const tree = member?.state?.database.tree;
    const last = tree?.lastZxid ?? -1n;
    demand(
      last === history.last,
      () => `member ${id} has ${zxidText(last)}, and not ${zxidText(history.last)}: ${modes()}`,
    );
    const active = member?.state?.quorums.active.version ?? -1n;
    demand(active === version, () => `member ${id} has configuration ${zxidText(active)}, not ${zxidText(version)}`);
    const wrong = difference(contentOf(tree!), contentOf(history.tree));
    demand(wrong === undefined, () => `the tree of member ${id} is not that of the history: ${wrong}`);
  }
  checkOldSessions(world);
  return recoveryMs;
}

/** Returns true if a member serves in a role that its configuration gives it. */
function isInRole({ current }: Configurations, id: number, { mode }: Role): boolean {
  const { role } = current.members.get(BigInt(id))!;
  return role === "observer" ? mode === "observer" : mode === "follower" || mode === "leader";
}

/** While no fault happens, no session of a connected client expires. */
function checkExpiry({ clients, scheduler }: World, { header, txn }: TxnRecord): void {
  if (txn.type !== OpCode.closeSession || header.cxid !== 0) return;
  const client = clients.find(({ session }) => session?.id === header.clientId);
  if (client?.session === undefined || client.connectedSince === undefined) return;
  const connectedMs = scheduler.now - client.connectedSince;
  demand(
    connectedMs < client.session.timeoutMs,
    () => `the session of ${client.host} expired although it was connected for ${connectedMs} ms`,
  );
}

/** After a calm that is longer than every session, the sessions of clients that are no more have expired. */
function checkOldSessions({ clients, history, settings }: World): void {
  if (settings.calmMs < LONG_CALM_MS) return;
  const live = new Set(clients.map(({ session }) => session?.id));
  const old = [...history.tree.sessions.keys()].filter((id) => !live.has(id));
  demand(
    old.length === 0,
    () => `sessions without a client did not expire: ${old.map((id) => `0x${id.toString(16)}`).join(", ")}`,
  );
}

/** Returns the content of a tree as lines. */
function contentOf(tree: DataTree): Set<string> {
  const { sessions, nodes } = tree.snapshotSource();
  const lines = new Set<string>();
  for (const { id, timeoutMs } of sessions) lines.add(`session 0x${id.toString(16)} ${timeoutMs}`);
  for (const { path, data, stat } of nodes) {
    // Its Stat depends on the moment in which a member learned of the configuration.
    if (path === "/zookeeper/config") continue;
    const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid } = stat;
    const numbers = [czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid].join(" ");
    lines.add(`${path} ${Buffer.from(data ?? []).toString("hex")} ${numbers}`);
  }
  return lines;
}

/** Returns the lines that only one of them has; `undefined` if they are the same. */
function difference(found: ReadonlySet<string>, expected: ReadonlySet<string>): string | undefined {
  const more = [...found].filter((line) => !expected.has(line));
  const missing = [...expected].filter((line) => !found.has(line));
  return more.length + missing.length === 0 ? undefined : `it has ${more.join("; ")}, and not ${missing.join("; ")}`;
}
