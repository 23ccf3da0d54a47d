import {
  type CreateRequest,
  create,
  create2,
  createContainer,
  createTTL,
  deleteNode,
  ErrorCode,
  type JuteReader,
  multi,
  OpCode,
  type Operation,
  ProtocolError,
  reconfig,
  setACL,
  setData,
} from "@conclave/protocol";
import type { PendingTree } from "../tree/pending/pending-tree.js";
import type { Txn } from "../tree/txn.js";
import { txnBytes } from "../tree/txn-size.js";
import {
  type CreateType,
  type Requester,
  type Validated,
  validateCreate,
  validateDelete,
  validateMulti,
  validateReconfig,
  validateSetACL,
  validateSetData,
  type WritePolicy,
} from "./validate.js";
import type { WriteRequest } from "./write-request.js";

/** A type of write: its decoder, and its validation. */
interface WriteKind<Request> {
  read(input: JuteReader): Request;
  validate(request: Request, requester: Requester, pending: PendingTree): Validated;
}

// biome-ignore lint/suspicious/noExplicitAny: each write has its own request type, and validates only what it decoded itself
type AnyWriteKind = WriteKind<any>;

function creating<Request extends CreateRequest>(
  type: CreateType,
  { readRequest: read }: Pick<Operation<Request, unknown>, "readRequest">,
): [number, AnyWriteKind] {
  return [type, { read, validate: (request, requester, pending) => validateCreate(type, request, requester, pending) }];
}

/** A write that this server always refuses. */
const refused = (err: ErrorCode): AnyWriteKind => ({ read: () => ({}), validate: () => err });

const kinds: ReadonlyMap<number, AnyWriteKind> = new Map<number, AnyWriteKind>([
  creating(OpCode.create, create),
  creating(OpCode.create2, create2),
  creating(OpCode.createContainer, createContainer),
  creating(OpCode.createTTL, createTTL),
  [OpCode.delete, { read: deleteNode.readRequest, validate: validateDelete }],
  [OpCode.setData, { read: setData.readRequest, validate: validateSetData }],
  [OpCode.setACL, { read: setACL.readRequest, validate: validateSetACL }],
  // Only the server itself deletes containers. Apache takes the frame's header for a part of the path.
  [OpCode.deleteContainer, refused(ErrorCode.BAD_ARGUMENTS)],
  [OpCode.reconfig, { read: reconfig.readRequest, validate: validateReconfig }],
  [OpCode.multi, { read: multi.readRequest, validate: validateMulti }],
]);

/** Returns true if requests of this type are writes. */
export function isWrite(type: number): boolean {
  return kinds.has(type);
}

/** Decodes the body of a write. Throws {@link ProtocolError} if it is malformed. */
export function decodeWrite(type: number, body: JuteReader): unknown {
  return kinds.get(type)!.read(body);
}

/**
 * Returns the transaction for a write, to be proposed next; a refused write is an `error` transaction. Changes nothing. Its
 * only inputs are the request, the pending tree and the policy, so any server of an ensemble comes to the same result
 * (PrepRequestProcessor.pRequest2Txn).
 */
export function prepare(request: WriteRequest, pending: PendingTree, policy: WritePolicy): Txn {
  const validated = validate(request, pending, policy);
  if (typeof validated === "number") return refusal(validated);
  // ACLs can be far longer than the request: `auth` is replaced by every id of the client.
  return txnBytes(validated) > policy.maxTxnBytes ? refusal(ErrorCode.MARSHALLING_ERROR) : validated;
}

/** Returns the transaction of a refused write. */
export function refusal(err: ErrorCode): Txn {
  return { type: OpCode.error, err };
}

function validate(request: WriteRequest, pending: PendingTree, policy: WritePolicy): Validated {
  const { sessionId, type, body, ids } = request;
  const kind = kinds.get(type)!;
  try {
    const rights = policy.rightsOf(ids);
    return kind.validate(kind.read(body), { sessionId, ids, rights, policy }, pending);
  } catch (error) {
    return marshallingError(error);
  }
}

/** Returns the code for a body that cannot be decoded. Throws any other error again. */
export function marshallingError(error: unknown): ErrorCode {
  if (error instanceof ProtocolError) return ErrorCode.MARSHALLING_ERROR;
  throw error;
}
