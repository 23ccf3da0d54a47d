import type { ZooKeeper } from "@conclave/client";
import type { Lock } from "../lock/lock.js";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";
import { type LockOptions, resolveLock } from "../lock/lock-options.js";
import { QueuedLock } from "../lock/queued-lock.js";
import { waiterOrder } from "../wait-queue/waiter-order.js";
import { HeldWriteLock, type WriteLockGrant } from "./write-lock-grant.js";

/*
 * Layout of Curator's InterProcessReadWriteLock: readers and writers in one queue.
 *
 *     <path>/_c_<uuid>-__READ__<sequence number>     ephemeral; its data is the contender's id, in UTF-8
 *     <path>/_c_<uuid>-__WRIT__<sequence number>
 */
const READER = "__READ__";
const WRITER = "__WRIT__";
const order = waiterOrder(READER, WRITER);

/** Options of {@link ReadWriteLock}. A name means the path `/conclave/read-write-locks/<name>`. */
export type ReadWriteLockOptions = LockOptions;

/**
 * A lock that many readers hold at a time, or one writer. Fair: all contenders share one queue, in which a reader waits for the
 * writers before it and a writer for all contenders before it, so that neither kind starves the other.
 */
export class ReadWriteLock {
  /** Path of the znode that holds the queue. */
  readonly path: string;
  readonly read: Lock;
  readonly write: Lock<WriteLockGrant>;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: ReadWriteLockOptions) {
    const resolved = resolveLock("read-write lock", "read-write-locks", options);
    const shared = { ...resolved, zk, order };
    const read = new QueuedLock<HeldLock>({
      ...shared,
      what: `the read lock ${resolved.label}`,
      stem: READER,
      ahead: (children, name) => writersBefore(children, name),
      grant: (parameters) => new HeldLock(parameters),
    });
    this.path = resolved.path;
    this.read = read;
    this.write = new QueuedLock<HeldWriteLock>({
      ...shared,
      what: `the write lock ${resolved.label}`,
      stem: WRITER,
      ahead: order.earlierThan,
      grant: (parameters) => {
        const own = parameters.path.slice(resolved.path.length + 1);
        const shareWith = (): Promise<LockGrant | undefined> =>
          read.tryAcquire({}, (children, name) => writersBefore(children, name).filter((writer) => writer !== own));
        return new HeldWriteLock(parameters, shareWith);
      },
    });
  }
}

function writersBefore(children: readonly string[], name: string): string[] {
  return order.earlierThan(children, name).filter((each) => each.includes(WRITER));
}
