import type { Stat } from "@conclave/protocol";
import type { CreateOptions, ReadOptions, VersionOptions } from "../operation-options.js";
import type { RetryPolicy } from "../retry/retry-policy.js";

/** A value, and the Stat of the znode that holds it. */
export interface ValueAndStat<T> {
  readonly data: T;
  readonly stat: Stat;
}

/**
 * The operations on data, with values instead of bytes. Everything else as in `ZooKeeper`, and a `CodecError` where a value
 * cannot be written (then nothing is sent) or a znode holds something else (a watch is left all the same).
 */
export interface TypedZooKeeper<T> {
  /** As `ZooKeeper.create`. */
  create(path: string, value: T, options?: CreateOptions): Promise<string>;
  /** As `ZooKeeper.create2`. */
  create2(path: string, value: T, options?: CreateOptions): Promise<{ path: string; stat: Stat }>;
  /** As `ZooKeeper.getData`. */
  getData(path: string, options?: ReadOptions): Promise<ValueAndStat<T>>;
  /** As `ZooKeeper.setData`. */
  setData(path: string, value: T, options?: VersionOptions): Promise<Stat>;
  /**
   * Reads, changes and writes until nobody came between: `change` gets the value and gives the next one, and is called again
   * where another was first. Writes once, also where answers are lost. Resolves with what was written.
   */
  update(path: string, change: (value: T) => T | Promise<T>, policy?: RetryPolicy): Promise<ValueAndStat<T>>;
}
