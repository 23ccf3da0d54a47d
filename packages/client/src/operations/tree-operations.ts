import { getAllChildrenNumber as countOperation, getEphemerals as ephemeralsOperation } from "@conclave/protocol";
import type { ConsistencyOptions, EphemeralsOptions } from "../api/operation-options.js";
import { argumentError, badArguments } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";

/** Implements `ZooKeeper.getAllChildrenNumber`. */
export function getAllChildrenNumber(
  { chroot, submit, linearizableReads }: OperationContext,
  path: string,
  { linearizable: needsSync = linearizableReads, signal }: ConsistencyOptions,
): Promise<number> {
  const error = argumentError("getAllChildrenNumber", path);
  if (error !== undefined) return Promise.reject(error);
  return submit({
    operation: countOperation,
    request: { path: chroot.toServer(path) },
    path,
    isWrite: false,
    signal,
    needsSync,
    onResponse: ({ totalNumber }) => totalNumber,
  });
}

/** Implements `ZooKeeper.getEphemerals`. */
export function getEphemerals(
  { chroot, submit, linearizableReads }: OperationContext,
  { prefix = "/", linearizable: needsSync = linearizableReads, signal }: EphemeralsOptions,
): Promise<string[]> {
  if (typeof prefix !== "string" || !prefix.startsWith("/")) {
    return Promise.reject(badArguments("getEphemerals", prefix, 'the prefix must begin with "/"'));
  }
  return submit({
    operation: ephemeralsOperation,
    request: { prefixPath: chroot.toServerPrefix(prefix) },
    path: prefix,
    isWrite: false,
    signal,
    needsSync,
    onResponse: ({ ephemerals }) => ephemerals.map((path) => chroot.toCaller(path)),
  });
}
