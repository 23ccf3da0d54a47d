import { isZkError, type ZooKeeper } from "@conclave/client";
import type { Logger } from "@conclave/runtime";
import type { QueueSnapshot } from "../wait-queue/waiter.js";
import { readParticipants } from "./participant.js";

/*
 * A leader that transfers its leadership writes the name of the nominee's znode to the data of the election's znode, and
 * releases. A candidate that is first but not the nominee moves to the end of the queue. Without a nomination this costs no
 * request: the length of the data is returned with the list of children. A nomination of a znode that does not exist is
 * ignored.
 */
const NOMINATION = /^next: ([^/]+)$/;

/** Reads the queue, and its nominee if that is in the queue. */
export async function readNomination(zk: ZooKeeper, path: string): Promise<QueueSnapshot> {
  const { children, stat } = await zk.getChildren2(path);
  if (stat.dataLength === 0) return { children, nominee: undefined };
  const { data } = await zk.getData(path);
  const name = NOMINATION.exec(data?.toString("utf8") ?? "")?.[1];
  return { children, nominee: name !== undefined && children.includes(name) ? name : undefined };
}

/**
 * Nominates the participant `id` as successor of the candidate `own`. Rejects with a `TypeError` if no waiting participant
 * has this id.
 */
export async function nominate(zk: ZooKeeper, path: string, id: string, own: string): Promise<void> {
  await zk.sync(path);
  const waiting = (await readParticipants(zk, path, {})).filter((participant) => participant.path !== `${path}/${own}`);
  const next = waiting.find((participant) => participant.id === id);
  if (next === undefined) {
    const ids = waiting.map((participant) => participant.id).join(", ");
    throw new TypeError(
      `no participant called ${id} waits in the election at ${path}; waiting: ${ids === "" ? "none" : ids}`,
    );
  }
  await zk.setData(path, `next: ${next.path.slice(path.length + 1)}`);
}

/** Removes the nomination of the candidate `own`, which is now the leader. In the background; a failure leaves it there. */
export function withdrawNomination(zk: ZooKeeper, path: string, own: string, logger: Logger): void {
  const withdraw = async (): Promise<void> => {
    const { data, stat } = await zk.getData(path);
    if (data?.toString("utf8") === `next: ${own}`) await zk.setData(path, null, { version: stat.version });
  };
  withdraw().catch((error: unknown) => {
    if (!isZkError(error, "CONNECTION_LOSS", "BAD_VERSION", "NO_NODE"))
      logger.debug(`removing the nomination at ${path} failed`, { error });
  });
}
