import { isZkError, type ZooKeeper } from "@conclave/client";
import { type Clock, type Logger, pause, type Random } from "@conclave/runtime";
import { backoffMs } from "./backoff.js";

/** Dependencies of a guaranteed deletion. */
export interface DeletionTools {
  readonly zk: ZooKeeper;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Deletes a znode of this session and retries until it no longer exists or the client has ended: at once after a lost
 * connection, with growing pauses after other errors. (The znode can block other clients for as long as the session lives.)
 * Resolves when the deletion is done, or postponed to the background. Never rejects.
 */
export function deleteForSure(path: string, tools: DeletionTools): Promise<void> {
  return persist(`delete ${path}`, tools, () => deleteIfThere(tools.zk, path));
}

/**
 * Deletes like {@link deleteForSure} a znode whose name other sessions may use too: only an ephemeral of this session and,
 * if `czxid` is given, only the one with this czxid.
 */
export function deleteOwnForSure(path: string, tools: DeletionTools, czxid?: bigint): Promise<void> {
  return persist(`delete ${path}`, tools, () => deleteIfOwn(tools.zk, path, czxid));
}

/**
 * Deletes like {@link deleteOwnForSure} a znode that was seen to be ours at `version` on this connection, under a watch that
 * has not fired. That is as recent as another read, and saves one.
 */
export function deleteWatchedForSure(path: string, version: number, tools: DeletionTools): Promise<void> {
  const { zk } = tools;
  let mayTrust = true;
  return persist(`delete ${path}`, tools, async () => {
    const mustLook = !mayTrust;
    mayTrust = false;
    if (mustLook || !(await deleteAt(zk, path, version))) await deleteIfOwn(zk, path);
  });
}

/** Deletes like {@link deleteForSure} every child of `parent` with a name that starts with `marker`. */
export function cleanUpForSure(parent: string, marker: string, tools: DeletionTools): Promise<void> {
  const { zk } = tools;
  return persist(`delete ${parent}/${marker}*`, tools, async () => {
    // The creation may be under way in the ensemble still, ahead of this server: sync waits until it is here.
    const [, children] = await Promise.all([zk.sync(parent), childrenIfThere(zk, parent)]);
    const ours = children.filter((child) => child.startsWith(marker));
    await Promise.all(ours.map((child) => deleteIfThere(zk, `${parent}/${child}`)));
  });
}

function persist(what: string, tools: DeletionTools, attempt: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    // Without a connection the attempt waits for one; the caller does not.
    if (tools.zk.state !== "connected") resolve();
    void keepTrying(what, tools, attempt, resolve).then(resolve);
  });
}

async function keepTrying(
  what: string,
  { zk, logger, clock, random }: DeletionTools,
  attempt: () => Promise<void>,
  onPostponed: () => void,
): Promise<void> {
  for (let failures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (isZkError(error, "SESSION_EXPIRED", "CLOSED") || zk.state === "closed") return;
      onPostponed();
      if (isZkError(error, "CONNECTION_LOSS")) continue;
      const delayMs = backoffMs(++failures, random);
      logger.warn(`${what} failed; retrying`, { error, delayMs });
      await untilClosed(zk, (closed) => pause(clock, delayMs, closed));
    }
  }
}

/** Hands `wait` a signal that aborts when the client is closed. */
async function untilClosed(zk: ZooKeeper, wait: (closed: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const onState = (): void => {
    if (zk.state === "closed") controller.abort();
  };
  zk.on("state", onState);
  await wait(controller.signal);
  zk.off("state", onState);
}

async function deleteIfOwn(zk: ZooKeeper, path: string, czxid?: bigint): Promise<void> {
  // Its creation may be under way in the ensemble still, ahead of this server: sync waits until it is here.
  const [, stat] = await Promise.all([zk.sync(path), zk.exists(path)]);
  const isOwn = stat !== null && stat.ephemeralOwner === zk.sessionId && (czxid ?? stat.czxid) === stat.czxid;
  if (isOwn) await deleteIfThere(zk, path);
}

/** Resolves with true if the znode had this version or did not exist. */
async function deleteAt(zk: ZooKeeper, path: string, version: number): Promise<boolean> {
  try {
    await zk.delete(path, { version });
    return true;
  } catch (error) {
    if (isZkError(error, "BAD_VERSION")) return false;
    if (isZkError(error, "NO_NODE")) return true;
    throw error;
  }
}

async function deleteIfThere(zk: ZooKeeper, path: string): Promise<void> {
  try {
    await zk.delete(path);
  } catch (error) {
    if (!isZkError(error, "NO_NODE")) throw error;
  }
}

async function childrenIfThere(zk: ZooKeeper, parent: string): Promise<string[]> {
  try {
    return await zk.getChildren(parent);
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return [];
    throw error;
  }
}
