import { type Codec, isZkError, type OperationOptions, type Stat, type ZooKeeper } from "@conclave/client";
import type { Logger } from "@conclave/runtime";

/** A znode that was left out of a list or a view, because the ACL does not allow to read it or the codec cannot decode it. */
export interface Unreadable {
  /** Last component of its path. */
  readonly name: string;
  readonly path: string;
  /** Error of the codec, or `ZkError` of the read. */
  readonly error: unknown;
}

/** Option of a recipe that leaves out znodes that it cannot read. */
export interface UnreadableSettings {
  /**
   * Called with each znode that is left out, because the ACL does not allow to read it or the codec cannot decode it: for each
   * list, and in a view once for each state of the znode. The znode is also logged as a warning. An error that the callback
   * throws is logged.
   * @default none
   */
  readonly onUnreadable?: ((unreadable: Unreadable) => void) | undefined;
}

/** Reports a znode that is left out. */
export type ReportUnreadable = (path: string, error: unknown) => void;

/** Returns a function that logs a warning, which begins with `what`, and calls `onUnreadable`. */
export function unreadableReport(what: string, logger: Logger, { onUnreadable }: UnreadableSettings): ReportUnreadable {
  return (path, error) => {
    logger.warn(`${what} cannot be read and is left out`, { path, error });
    try {
      onUnreadable?.({ name: path.slice(path.lastIndexOf("/") + 1), path, error });
    } catch (thrown) {
      logger.error("onUnreadable threw", { path, error: thrown });
    }
  };
}

/** A child that was read and decoded. */
export interface ReadChild<T> {
  readonly name: string;
  readonly path: string;
  readonly data: T;
  readonly stat: Stat;
}

/**
 * Reads the children of `path`, sorted by name, as this client's server knows them; none if the znode does not exist. Leaves
 * out children that are deleted during the call, and reports and leaves out those that cannot be read.
 */
export async function readChildren<T>(
  zk: ZooKeeper,
  path: string,
  codec: Codec<T>,
  report: ReportUnreadable,
  options: OperationOptions,
): Promise<ReadChild<T>[]> {
  const names = await zk.getChildren(path, options).catch((error: unknown): string[] => {
    if (isZkError(error, "NO_NODE")) return [];
    throw error;
  });
  const read = async (name: string): Promise<ReadChild<T> | undefined> => {
    const child = `${path}/${name}`;
    let found: Awaited<ReturnType<ZooKeeper["getData"]>>;
    try {
      found = await zk.getData(child, options);
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return undefined;
      if (!isZkError(error, "NO_AUTH")) throw error;
      report(child, error);
      return undefined;
    }
    try {
      return { name, path: child, data: await codec.decode(found.data), stat: found.stat };
    } catch (error) {
      report(child, error);
      return undefined;
    }
  };
  return (await Promise.all(names.sort().map(read))).filter((child) => child !== undefined);
}
