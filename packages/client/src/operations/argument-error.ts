import { CreateMode, invalidPathReason, isSequential } from "@conclave/protocol";
import type { ZnodeData } from "../operation-options.js";
import { ZkError } from "../zk-error.js";

/*
 * What no server should be asked. Types say most of it; callers without them get an error of their own operation, not
 * a request that means something else (NaN as a version would be sent as 0).
 */

/** What is wrong with the arguments of an operation; `undefined` where nothing is. */
export function argumentError(operation: string, path: string, version = -1, data?: ZnodeData): ZkError | undefined {
  const reason = pathReason(path, "") ?? versionReason(version) ?? (data === undefined ? undefined : dataReason(data));
  return reason === undefined ? undefined : badArguments(operation, path, reason);
}

/** As {@link argumentError}, for a znode to be made: a sequential path is judged with the number that it will get. */
export function createArgumentError(
  operation: string,
  path: string,
  data: ZnodeData,
  mode: number,
  ttlMs: number | undefined,
): ZkError | undefined {
  const reason =
    pathReason(path, isSequential(mode) ? DIGITS : "") ??
    dataReason(data) ??
    modeReason(mode) ??
    ttlReason(mode, ttlMs);
  return reason === undefined ? undefined : badArguments(operation, path, reason);
}

/** What a server appends to a sequential path. */
const DIGITS = "0000000000";

function pathReason(path: unknown, suffix: string): string | undefined {
  const reason = typeof path === "string" ? invalidPathReason(path + suffix) : "it is not a string";
  return reason === undefined ? undefined : `not a path: ${reason}`;
}

function versionReason(version: unknown): string | undefined {
  // Versions wrap: below -1 there are some, too.
  return (version as number) === ((version as number) | 0) ? undefined : `${String(version)} is not a version`;
}

function dataReason(data: unknown): string | undefined {
  const isData = data === null || typeof data === "string" || data instanceof Uint8Array;
  return isData ? undefined : "the data is neither a string, nor bytes, nor null";
}

function modeReason(mode: unknown): string | undefined {
  const isMode = Number.isInteger(mode) && (mode as number) >= CreateMode.PERSISTENT;
  return isMode && (mode as number) <= CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
    ? undefined
    : `${String(mode)} is not a mode`;
}

function ttlReason(mode: number, ttlMs: unknown): string | undefined {
  const wantsTtl = mode >= CreateMode.PERSISTENT_WITH_TTL;
  if (!wantsTtl) return ttlMs === undefined ? undefined : "ttlMs needs a mode with TTL";
  const isTtl = Number.isInteger(ttlMs) && (ttlMs as number) >= 1 && (ttlMs as number) <= LONGEST_TTL_MS;
  return isTtl ? undefined : `ttlMs must be a whole number from 1 to ${LONGEST_TTL_MS}, not ${String(ttlMs)}`;
}

/** What fits into the five bytes that servers keep it in (org.apache.zookeeper.server.EphemeralType). */
const LONGEST_TTL_MS = 2 ** 40 - 1;

/** The error for arguments that no server should be asked with. */
export function badArguments(operation: string, path: unknown, reason: string): ZkError {
  const text = String(path);
  return new ZkError("BAD_ARGUMENTS", `${operation} "${text}": ${reason}`, { outcome: "not-applied", path: text });
}

/** What is wrong with credentials. */
export function authError(scheme: unknown, auth: unknown): ZkError | undefined {
  if (typeof scheme === "string" && (typeof auth === "string" || auth instanceof Uint8Array)) return undefined;
  const message = "addAuth: a scheme (string) and what proves it (string or bytes) are wanted";
  return new ZkError("BAD_ARGUMENTS", message, { outcome: "not-applied" });
}
