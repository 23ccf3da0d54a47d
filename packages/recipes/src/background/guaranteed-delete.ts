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
 * Deletes a znode of this session, which may block other clients until it is deleted. Retries until it no longer exists or the
 * client has ended: at once after a lost connection, with increasing delays after other errors. Resolves when the znode is
 * deleted, or when the deletion continues in the background. Never rejects.
 */
export function deleteForSure(path: string, tools: DeletionTools): Promise<void> {
  return retryInBackground(`delete ${path}`, tools, () => deleteIfThere(tools.zk, path));
}

/**
 * Deletes a znode as {@link deleteForSure} does, at a path where other sessions may create one too: only an ephemeral of this
 * session and, if `czxid` is given, only with this czxid.
 */
export function deleteOwnForSure(path: string, tools: DeletionTools, czxid?: bigint): Promise<void> {
  return retryInBackground(`delete ${path}`, tools, () => deleteIfOwn(tools.zk, path, czxid));
}

/**
 * Deletes a znode as {@link deleteOwnForSure} does, but saves its read. The caller has read on this connection that this
 * session owns the znode at `version`, and the watch of that read has not fired.
 */
export function deleteWatchedForSure(path: string, version: number, tools: DeletionTools): Promise<void> {
  const { zk } = tools;
  let isFirst = true;
  return retryInBackground(`delete ${path}`, tools, async () => {
    const mayDelete = isFirst;
    isFirst = false;
    if (!mayDelete || !(await deleteAt(zk, path, version))) await deleteIfOwn(zk, path);
  });
}

/** Deletes every child of `parent` whose name starts with `marker`, as {@link deleteForSure} does. */
export function cleanUpForSure(parent: string, marker: string, tools: DeletionTools): Promise<void> {
  const { zk } = tools;
  return retryInBackground(`delete ${parent}/${marker}*`, tools, async () => {
    // This server may not have applied the creation yet: sync waits until it has.
    const [, children] = await Promise.all([zk.sync(parent), childrenIfThere(zk, parent)]);
    const marked = children.filter((child) => child.startsWith(marker));
    await Promise.all(marked.map((child) => deleteIfThere(zk, `${parent}/${child}`)));
  });
}

function retryInBackground(what: string, tools: DeletionTools, attempt: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    // Without a connection the attempt waits for one, in the background.
    if (tools.zk.state !== "connected") resolve();
    void retryUntilDone(what, tools, attempt, resolve).then(resolve);
  });
}

async function retryUntilDone(
  what: string,
  { zk, logger, clock, random }: DeletionTools,
  attempt: () => Promise<void>,
  onPostponed: () => void,
): Promise<void> {
  for (let failures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (isZkError(error, "SESSION_EXPIRED", "CLOSED")) return;
      onPostponed();
      if (isZkError(error, "CONNECTION_LOSS")) continue;
      const delayMs = backoffMs(++failures, random);
      logger.warn(`${what} failed; retrying`, { error, delayMs });
      await untilClosed(zk, (closed) => pause(clock, delayMs, closed));
    }
  }
}

/** Runs `wait` with a signal that aborts when the client is closed. */
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
  // This server may not have applied the creation yet: sync waits until it has.
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
