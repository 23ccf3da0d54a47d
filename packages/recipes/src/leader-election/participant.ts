import { isZkError, type OperationOptions, type ReadOptions, type ZooKeeper } from "@conclave/client";
import { readWaiters } from "../wait-queue/read-waiters.js";
import { candidates } from "./election-layout.js";

/** A candidate of an election: its leader or a waiting one. */
export interface Participant {
  /** Name of the participant: the `id` of its election. */
  readonly id: string;
  /** Path of its znode. */
  readonly path: string;
  /** The czxid of its znode: the token of its present or future leadership. */
  readonly fencingToken: bigint;
  /** Session that owns the znode. */
  readonly sessionId: bigint;
}

/** Reads the candidates of the election at `path`, in queue order. */
export async function readParticipants(zk: ZooKeeper, path: string, options: OperationOptions): Promise<Participant[]> {
  const names = candidates.waiters(await readWaiters(zk, path, options));
  const participants = await Promise.all(names.map((name) => readParticipant(zk, `${path}/${name}`, options)));
  return participants.filter((participant) => participant !== undefined);
}

/** Reads the first candidate of the election at `path`; `undefined` if there is none. */
export async function readFirst(
  zk: ZooKeeper,
  path: string,
  options: OperationOptions,
): Promise<Participant | undefined> {
  for (;;) {
    const [first] = candidates.waiters(await readWaiters(zk, path, options));
    if (first === undefined) return undefined;
    const participant = await readParticipant(zk, `${path}/${first}`, options);
    // The znode was deleted between the two reads: another candidate is first.
    if (participant !== undefined) return participant;
  }
}

/** Reads the candidate whose znode is at `path`; `undefined` if it does not exist. */
export async function readParticipant(
  zk: ZooKeeper,
  path: string,
  options: ReadOptions,
): Promise<Participant | undefined> {
  try {
    const { data, stat } = await zk.getData(path, options);
    return { id: data?.toString("utf8") ?? "", path, fencingToken: stat.czxid, sessionId: stat.ephemeralOwner };
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return undefined;
    throw error;
  }
}
