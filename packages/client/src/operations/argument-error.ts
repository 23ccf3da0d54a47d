import { CreateMode, invalidPathReason, isSequential } from "@conclave/protocol";
import type { ZnodeData } from "../api/operation-options.js";
import { ZkError } from "../api/zk-error.js";

/*
 * Checks of arguments before a request is sent. The types cover most of them; callers without types get an error of the
 * operation that they called, instead of a request with another meaning (NaN as a version would be sent as 0).
 */

/** Returns the error for invalid arguments of an operation; `undefined` if they are valid. */
export function argumentError(operation: string, path: string, version = -1, data?: ZnodeData): ZkError | undefined {
  const reason = pathReason(path, "") ?? versionReason(version) ?? (data === undefined ? undefined : dataReason(data));
  return reason === undefined ? undefined : badArguments(operation, path, reason);
}

/**
 * Does the same as {@link argumentError} for a znode to create: a sequential path is checked with the number that it
 * will get.
 */
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

/** Suffix that a server appends to a sequential path. */
const DIGITS = "0000000000";

function pathReason(path: unknown, suffix: string): string | undefined {
  const reason = typeof path === "string" ? invalidPathReason(path + suffix) : "it is not a string";
  return reason === undefined ? undefined : `invalid path: ${reason}`;
}

function versionReason(version: unknown): string | undefined {
  // The counter of versions overflows, so there are valid versions below -1.
  return (version as number) === ((version as number) | 0) ? undefined : `${String(version)} is not a valid version`;
}

function dataReason(data: unknown): string | undefined {
  const isData = data === null || typeof data === "string" || data instanceof Uint8Array;
  return isData ? undefined : "the data must be a string, bytes or null";
}

function modeReason(mode: unknown): string | undefined {
  const isMode = Number.isInteger(mode) && (mode as number) >= CreateMode.PERSISTENT;
  return isMode && (mode as number) <= CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
    ? undefined
    : `${String(mode)} is not a valid mode`;
}

function ttlReason(mode: number, ttlMs: unknown): string | undefined {
  const wantsTtl = mode >= CreateMode.PERSISTENT_WITH_TTL;
  if (!wantsTtl) return ttlMs === undefined ? undefined : "ttlMs requires a mode with TTL";
  const isTtl = Number.isInteger(ttlMs) && (ttlMs as number) >= 1 && (ttlMs as number) <= LONGEST_TTL_MS;
  return isTtl ? undefined : `ttlMs must be a whole number from 1 to ${LONGEST_TTL_MS}, not ${String(ttlMs)}`;
}

/**
 * Largest number that fits into the five bytes in which servers store the TTL
 * (org.apache.zookeeper.server.EphemeralType).
 */
const LONGEST_TTL_MS = 2 ** 40 - 1;

/** Creates the error for arguments that must not be sent. */
export function badArguments(operation: string, path: unknown, reason: string): ZkError {
  const text = String(path);
  return new ZkError("BAD_ARGUMENTS", `${operation} "${text}": ${reason}`, { outcome: "not-applied", path: text });
}

/** Returns the error for invalid credentials; `undefined` if they are valid. */
export function authError(scheme: unknown, auth: unknown): ZkError | undefined {
  if (typeof scheme === "string" && (typeof auth === "string" || auth instanceof Uint8Array)) return undefined;
  const message = "addAuth: the scheme must be a string, and the credentials a string or bytes";
  return new ZkError("BAD_ARGUMENTS", message, { outcome: "not-applied" });
}
