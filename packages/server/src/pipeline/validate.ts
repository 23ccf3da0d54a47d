import {
  CreateMode,
  type CreateRequest,
  ErrorCode,
  hasTtl,
  type Id,
  invalidPathReason,
  isEphemeral,
  isSequential,
  type MultiOperation,
  OpCode,
  Permission,
  parentPath,
  type ReconfigRequest,
  type SetACLRequest,
  type SetDataRequest,
  type VersionedPath,
} from "@conclave/protocol";
import { isAllowed, normalizeAcl } from "../tree/acl-check.js";
import { CONFIG, isSpecialPath } from "../tree/initial-znodes.js";
import type { PendingTree, ZnodeLookup } from "../tree/pending/pending-tree.js";
import type { ZnodeView } from "../tree/pending/pending-znode.js";
import type { Txn } from "../tree/txn.js";
import { isSessionOwner, MAX_TTL_MS } from "../tree/znode.js";
import type { QuotaGuard } from "./quota-guard.js";

/** The server's settings that decide on writes; the same for all requests. */
export interface WritePolicy {
  /** Allow znodes with a TTL (`extendedTypesEnabled`). */
  readonly extendedTypes: boolean;
  /** Schemes that an ACL may name: those by which clients can authenticate here. */
  readonly schemes: ReadonlySet<string>;
  /** Refuses writes that exceed a quota (`enforceQuota`); `undefined`: quotas are only counted. */
  readonly quotas: Pick<QuotaGuard, "refuses"> | undefined;
  /** Decides on new members of the ensemble; `undefined` if they are disabled (`reconfigEnabled`). */
  readonly reconfiguration?: Reconfiguration | undefined;
  /** A larger transaction is refused: recovery could not read it back. */
  readonly maxTxnBytes: number;
  /** Returns the ids that ACLs are checked against: the client's, and those that settings add. */
  rightsOf(ids: readonly Id[]): readonly Id[];
}

/** Decides on changes of the members of an ensemble. */
export interface Reconfiguration {
  /** Returns the text of the configuration that is to be proposed next, or the code of the first check that failed. */
  next(request: ReconfigRequest): Uint8Array | ErrorCode;
}

/** The client of a request, for ACLs and for the ownership of ephemerals. */
export interface Requester {
  readonly sessionId: bigint;
  readonly ids: readonly Id[];
  /** `policy.rightsOf(ids)`. */
  readonly rights: readonly Id[];
  readonly policy: WritePolicy;
}

/** A valid transaction, or the error code of the first check that failed. */
export type Validated = Txn | ErrorCode;

/*
 * From request to transaction, with the checks in the order of Apache's PrepRequestProcessor: the first that fails decides the
 * error. Each function checks against `pending`: the tree with all proposals and the earlier writes of the same multi. None
 * changes it.
 */

export function validateCreate(
  type: CreateType,
  request: CreateRequest & { readonly ttl?: bigint | undefined },
  requester: Requester,
  pending: ZnodeLookup,
): Validated {
  const { flags, ttl } = request;
  const err = createModeError(flags, ttl, requester.policy.extendedTypes);
  if (err !== undefined) return err;
  if (!isPathLike(request.path)) return ErrorCode.BAD_ARGUMENTS;
  const acl = normalizeAcl(request.acl, requester.ids, requester.policy.schemes);
  if (acl === ErrorCode.INVALID_ACL) return acl;
  const parentAt = parentPath(request.path);
  const parent = pending.get(parentAt);
  if (parent === null) return ErrorCode.NO_NODE;
  if (!isAllowed(parent.acl, Permission.CREATE, requester.rights)) return ErrorCode.NO_AUTH;
  const path = isSequential(flags) ? request.path + sequenceSuffix(parent.nextSequence) : request.path;
  if (invalidPathReason(path) !== undefined) return ErrorCode.BAD_ARGUMENTS;
  if (pending.get(path) !== null) return ErrorCode.NODE_EXISTS;
  if (isSessionOwner(parent.ephemeralOwner)) return ErrorCode.NO_CHILDREN_FOR_EPHEMERALS;
  const dataLength = request.data?.length ?? 0;
  if (requester.policy.quotas?.refuses(path, dataLength, 1)) return ErrorCode.QUOTA_EXCEEDED;
  const parentCVersion = (parent.nextSequence + 1) | 0;
  // The type of the request decides on the kind of znode, the mode on the rest, as in Apache's server.
  const { data } = request;
  if (type === OpCode.createContainer) return { type, path, data, acl, parentCVersion };
  if (type === OpCode.createTTL) return { type, path, data, acl, parentCVersion, ttl: ttl ?? 0n };
  return { type, path, data, acl, ephemeral: isEphemeral(flags), parentCVersion };
}

/** Types of requests that create a znode. */
export type CreateType =
  | typeof OpCode.create
  | typeof OpCode.create2
  | typeof OpCode.createContainer
  | typeof OpCode.createTTL;

/** Returns an error for an unknown mode, and for a TTL that the mode does not allow (EphemeralType.validateTTL). */
function createModeError(flags: number, ttl: bigint | undefined, extendedTypes: boolean): ErrorCode | undefined {
  if (flags < CreateMode.PERSISTENT || flags > CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL)
    return ErrorCode.BAD_ARGUMENTS;
  const isTtlMode = hasTtl(flags);
  if (isTtlMode && !extendedTypes) return ErrorCode.UNIMPLEMENTED;
  if (isTtlMode) return ttl !== undefined && ttl > 0n && ttl <= MAX_TTL_MS ? undefined : ErrorCode.BAD_ARGUMENTS;
  return ttl !== undefined && ttl >= 0n ? ErrorCode.BAD_ARGUMENTS : undefined;
}

export function validateDelete(request: VersionedPath, requester: Requester, pending: ZnodeLookup): Validated {
  const { path } = request;
  if (!isPathLike(path) || isSpecialPath(path)) return ErrorCode.BAD_ARGUMENTS;
  const parent = pending.get(parentPath(path));
  if (parent === null) return ErrorCode.NO_NODE;
  if (!isAllowed(parent.acl, Permission.DELETE, requester.rights)) return ErrorCode.NO_AUTH;
  const node = pending.get(path);
  if (node === null) return ErrorCode.NO_NODE;
  if (!versionMatches(node, request.version)) return ErrorCode.BAD_VERSION;
  if (node.childCount > 0) return ErrorCode.NOT_EMPTY;
  return { type: OpCode.delete, path };
}

export function validateSetData(request: SetDataRequest, requester: Requester, pending: ZnodeLookup): Validated {
  const { path } = request;
  const node = findNode(path, Permission.WRITE, requester, pending);
  if (typeof node === "number") return node;
  const dataLength = request.data?.length ?? 0;
  if (requester.policy.quotas?.refuses(path, dataLength - node.dataLength, 0)) return ErrorCode.QUOTA_EXCEEDED;
  if (!versionMatches(node, request.version)) return ErrorCode.BAD_VERSION;
  const version = (node.version + 1) | 0;
  return { type: OpCode.setData, path, data: request.data, version };
}

export function validateSetACL(request: SetACLRequest, requester: Requester, pending: ZnodeLookup): Validated {
  const { path } = request;
  if (invalidPathReason(path) !== undefined) return ErrorCode.BAD_ARGUMENTS;
  const acl = normalizeAcl(request.acl, requester.ids, requester.policy.schemes);
  if (acl === ErrorCode.INVALID_ACL) return acl;
  const node = findNode(path, Permission.ADMIN, requester, pending);
  if (typeof node === "number") return node;
  if (request.version !== -1 && request.version !== node.aversion) return ErrorCode.BAD_VERSION;
  const version = (node.aversion + 1) | 0;
  return { type: OpCode.setACL, path, acl, version };
}

/** The ACL of `/zookeeper/config` decides, which grants writing to super users only until one of them changes it. */
export function validateReconfig(request: ReconfigRequest, requester: Requester, pending: ZnodeLookup): Validated {
  const data = requester.policy.reconfiguration?.next(request) ?? ErrorCode.RECONFIG_DISABLED;
  if (typeof data === "number") return data;
  const node = findNode(CONFIG, Permission.WRITE, requester, pending);
  return typeof node === "number" ? node : { type: OpCode.reconfig, path: CONFIG, data, version: -1 };
}

/**
 * Validates the server's own delete of an expired container or TTL node. One that has children again stays.
 */
export function validateDeleteContainer(path: string, pending: ZnodeLookup): Validated {
  const node = pending.get(path);
  if (node === null) return ErrorCode.NO_NODE;
  if (node.childCount > 0) return ErrorCode.NOT_EMPTY;
  if (node.ephemeralOwner === 0n || isSessionOwner(node.ephemeralOwner)) return ErrorCode.BAD_VERSION;
  return { type: OpCode.deleteContainer, path };
}

export function validateCheck(request: VersionedPath, requester: Requester, pending: ZnodeLookup): Validated {
  const node = findNode(request.path, Permission.READ, requester, pending);
  if (typeof node === "number") return node;
  if (!versionMatches(node, request.version)) return ErrorCode.BAD_VERSION;
  return { type: OpCode.check, path: request.path, version: (node.version + 1) | 0 };
}

/**
 * Validates all writes of a multi. Always returns a transaction: a multi that fails consists of errors, 0 before the failed
 * write and `RUNTIME_INCONSISTENCY` after it.
 */
export function validateMulti(operations: readonly MultiOperation[], requester: Requester, pending: PendingTree): Txn {
  const fork = pending.fork();
  // Zxid and time are not known yet; no check reads them.
  const header = { clientId: requester.sessionId, cxid: 0, zxid: 0n, time: 0, type: OpCode.multi };
  const txns: Txn[] = [];
  for (const operation of operations) {
    const validated = validateOperation(operation, requester, fork);
    if (typeof validated === "number") return failedMulti(operations.length, txns.length, validated);
    fork.add(header, validated);
    txns.push(validated);
  }
  return { type: OpCode.multi, txns };
}

function validateOperation(operation: MultiOperation, requester: Requester, pending: ZnodeLookup): Validated {
  switch (operation.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return validateCreateWithin(operation, requester, pending);
    case OpCode.delete:
      return validateDelete(operation, requester, pending);
    case OpCode.setData:
      return validateSetData(operation, requester, pending);
    case OpCode.check:
      return validateCheck(operation, requester, pending);
  }
}

/**
 * Within a multi the mode decides on the kind of znode too: mode CONTAINER makes a container by any type of create, and a TTL
 * counts only with a TTL mode (Op.Create).
 */
function validateCreateWithin(operation: MultiCreate, requester: Requester, pending: ZnodeLookup): Validated {
  const { flags } = operation;
  const isOfItsMode = operation.type !== OpCode.createTTL || hasTtl(flags);
  const request = isOfItsMode ? operation : { ...operation, ttl: undefined };
  if (flags === CreateMode.CONTAINER) return validateCreate(OpCode.createContainer, request, requester, pending);
  return validateCreate(isOfItsMode ? operation.type : OpCode.create, request, requester, pending);
}

type MultiCreate = Extract<MultiOperation, { readonly flags: number }>;

function failedMulti(count: number, failedAt: number, err: ErrorCode): Txn {
  const errorAt = (index: number): ErrorCode => {
    if (index === failedAt) return err;
    return index < failedAt ? ErrorCode.OK : ErrorCode.RUNTIME_INCONSISTENCY;
  };
  return {
    type: OpCode.multi,
    txns: Array.from({ length: count }, (_, index) => ({ type: OpCode.error, err: errorAt(index) })),
  };
}

function findNode(path: string, permission: number, requester: Requester, pending: ZnodeLookup): ZnodeView | ErrorCode {
  if (invalidPathReason(path) !== undefined) return ErrorCode.BAD_ARGUMENTS;
  const node = pending.get(path);
  if (node === null) return ErrorCode.NO_NODE;
  return isAllowed(node.acl, permission, requester.rights) ? node : ErrorCode.NO_AUTH;
}

/** Returns true for a path with a slash and without a null character, which Apache checks first. */
function isPathLike(path: string): boolean {
  let hasSlash = false;
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at);
    if (unit === 0) return false;
    if (unit === SLASH) hasSlash = true;
  }
  return hasSlash;
}

const SLASH = 0x2f;

function versionMatches(node: ZnodeView, expected: number): boolean {
  return expected === -1 || expected === node.version;
}

/** Formats as `String.format("%010d")`: ten characters, including a minus sign after 2^31 creates. */
function sequenceSuffix(counter: number): string {
  return counter < 0 ? `-${String(-counter).padStart(9, "0")}` : String(counter).padStart(10, "0");
}
