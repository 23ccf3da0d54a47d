import type { Stat } from "@conclave/protocol";
import type { CreateOptions, ReadOptions, VersionOptions } from "./operation-options.js";
import type { RetryPolicy } from "./retry-policy.js";

/** Value, and the Stat of the znode that holds it. */
export interface ValueAndStat<T> {
  readonly data: T;
  readonly stat: Stat;
}

/**
 * Data operations with values instead of bytes. They behave as those of `ZooKeeper`, and reject with a `CodecError` if
 * a value cannot be encoded (nothing is sent) or the data cannot be decoded (a watch is left all the same).
 */
export interface TypedZooKeeper<T> {
  /** Works as `ZooKeeper.create`. */
  create(path: string, value: T, options?: CreateOptions): Promise<string>;
  /** Works as `ZooKeeper.create2`. */
  create2(path: string, value: T, options?: CreateOptions): Promise<{ path: string; stat: Stat }>;
  /** Works as `ZooKeeper.getData`. */
  getData(path: string, options?: ReadOptions): Promise<ValueAndStat<T>>;
  /** Works as `ZooKeeper.setData`. */
  setData(path: string, value: T, options?: VersionOptions): Promise<Stat>;
  /**
   * Reads, changes and writes a value until no other client has written in between: `change` receives the value and
   * returns the next one, and is called again after each conflict. Writes exactly once, even if answers are lost.
   * Resolves with the written value.
   */
  update(path: string, change: (value: T) => T | Promise<T>, policy?: RetryPolicy): Promise<ValueAndStat<T>>;
}
