import type { Stat } from "@conclave/protocol";
import type { CreateOptions, OperationOptions, ZnodeData } from "./operation-options.js";

/**
 * Several writes of which the server applies all or none. Each call adds a write and returns the same transaction,
 * typed with the result of that write. `check` and `delete` have no result.
 */
export interface Transaction<Results extends readonly unknown[] = []> {
  /** Result: the path of the created znode. */
  create(path: string, data?: ZnodeData, options?: Omit<CreateOptions, "signal">): Transaction<[...Results, string]>;
  /** Result: the path of the created znode and its Stat, which servers before 3.8.2 do not return. */
  create2(
    path: string,
    data?: ZnodeData,
    options?: Omit<CreateOptions, "signal">,
  ): Transaction<[...Results, { readonly path: string; readonly stat: Stat | undefined }]>;
  /** Result: the new Stat of the znode. */
  setData(path: string, data: ZnodeData, version?: number): Transaction<[...Results, Stat]>;
  delete(path: string, version?: number): Transaction<Results>;
  /** Fails the whole transaction unless the znode has this version (-1: unless it exists). */
  check(path: string, version?: number): Transaction<Results>;
  /**
   * Sends the transaction; can be called once. Rejects with the error of the first write that failed, with its path in
   * `path` (no write was applied), or with `CONNECTION_LOSS` and the outcome `unknown` (all writes were applied, or
   * none).
   */
  commit(options?: OperationOptions): Promise<Results>;
}
