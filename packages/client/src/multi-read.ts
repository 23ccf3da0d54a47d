import type { OperationOptions } from "./operation-options.js";
import type { DataAndStat } from "./read-results.js";
import type { ZkError } from "./zk-error.js";

/**
 * Several reads in one request. Each call adds one and returns the same, typed with the result that it adds: what was read,
 * or the error of that one read.
 */
export interface MultiRead<Results extends readonly unknown[] = []> {
  getData(path: string): MultiRead<[...Results, DataAndStat | ZkError]>;
  /** Result: names, not paths, in no order. */
  getChildren(path: string): MultiRead<[...Results, string[] | ZkError]>;
  /**
   * Sends it, once. One read that fails leaves the others as they are; the whole rejects where none was answered. The
   * server does them one after the other: a write may come between two.
   */
  read(options?: OperationOptions): Promise<Results>;
}
