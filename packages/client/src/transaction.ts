import type { Stat } from "@conclave/protocol";
import type { CreateOptions, OperationOptions, ZnodeData } from "./operation-options.js";

/**
 * Several writes that are all done or none. Each call adds one and returns the same transaction, typed with the
 * result that it adds. `check` and `delete` have nothing to tell: they add none.
 */
export interface Transaction<Results extends readonly unknown[] = []> {
  /** Result: the path made. */
  create(path: string, data?: ZnodeData, options?: Omit<CreateOptions, "signal">): Transaction<[...Results, string]>;
  /** Result: the path made, and its Stat, which servers before 3.8.2 do not tell. */
  create2(
    path: string,
    data?: ZnodeData,
    options?: Omit<CreateOptions, "signal">,
  ): Transaction<[...Results, { readonly path: string; readonly stat: Stat | undefined }]>;
  /** Result: the znode's new Stat. */
  setData(path: string, data: ZnodeData, version?: number): Transaction<[...Results, Stat]>;
  delete(path: string, version?: number): Transaction<Results>;
  /** Fails the whole transaction unless the znode has this version (-1: exists at all). */
  check(path: string, version?: number): Transaction<Results>;
  /**
   * Sends it, once. Rejects with the error of the first write that failed, whose `path` says which (then none was
   * done), or with `CONNECTION_LOSS` and the outcome `unknown` (then all were or none).
   */
  commit(options?: OperationOptions): Promise<Results>;
}
