import type { ConsistencyOptions } from "./operation-options.js";
import type { DataAndStat } from "./read-results.js";
import type { ZkError } from "./zk-error.js";

/**
 * Several reads in one request. Each call adds a read and returns the same object, typed with the result of that read:
 * a value or an error.
 */
export interface MultiRead<Results extends readonly unknown[] = []> {
  getData(path: string): MultiRead<[...Results, DataAndStat | ZkError]>;
  /** Result: names, not paths, in no particular order. */
  getChildren(path: string): MultiRead<[...Results, string[] | ZkError]>;
  /**
   * Sends the reads; can be called once. A read that fails does not affect the others; the promise rejects only if the
   * server answered none. The server runs the reads one after the other, so a write may come between two of them.
   */
  read(options?: ConsistencyOptions): Promise<Results>;
}
