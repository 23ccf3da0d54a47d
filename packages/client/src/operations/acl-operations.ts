import { type Acl, getACL as getOperation, type Stat, setACL as setOperation } from "@conclave/protocol";
import type { ConsistencyOptions, VersionOptions } from "../api/operation-options.js";
import type { AclAndStat } from "../api/read-results.js";
import { argumentError, badArguments } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";

/** Implements `ZooKeeper.getACL`. */
export function getACL(
  { chroot, submit, linearizableReads }: OperationContext,
  path: string,
  { linearizable: needsSync = linearizableReads, signal }: ConsistencyOptions,
): Promise<AclAndStat> {
  const error = argumentError("getACL", path);
  if (error !== undefined) return Promise.reject(error);
  const request = { path: chroot.toServer(path) };
  const onResponse = (response: unknown): AclAndStat => response as AclAndStat;
  return submit({ operation: getOperation, request, path, isWrite: false, signal, needsSync, onResponse });
}

/** Implements `ZooKeeper.setACL`. */
export function setACL(
  { chroot, submit }: OperationContext,
  path: string,
  acl: readonly Acl[],
  { version = -1, signal }: VersionOptions,
): Promise<Stat> {
  const error = argumentError("setACL", path, version) ?? listError(path, acl);
  if (error !== undefined) return Promise.reject(error);
  const request = { path: chroot.toServer(path), acl, version };
  return submit({ operation: setOperation, request, path, isWrite: true, signal, onResponse: ({ stat }) => stat });
}

function listError(path: string, acl: unknown): Error | undefined {
  return Array.isArray(acl) ? undefined : badArguments("setACL", path, "the ACL is not an array");
}
