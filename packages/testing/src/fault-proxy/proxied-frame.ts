import { JuteReader, OpCode, readReplyHeader, readRequestHeader, Xid } from "@conclave/protocol";

/** Name of an operation in ZooKeeper: `create2`, `setData`, `multi`, … */
export type OperationName = keyof typeof OpCode;

/** A request that a {@link FaultProxy} saw. */
export interface ProxiedRequest {
  /**
   * Client's transaction id of the request; negative for requests that a client sends by itself: pings, credentials,
   * watches.
   */
  readonly xid: number;
  /** Undefined for an unknown operation. */
  readonly operation: OperationName | undefined;
  /** Path on the server, including the chroot; undefined if the request has none or several. */
  readonly path: string | undefined;
}

/** Server frame: a reply to a request, or a watch notification. */
export type ProxiedAnswer = { readonly kind: "reply"; readonly xid: number } | { readonly kind: "notification" };

const LENGTH_BYTES = 4;
const operationNames = new Map<number, OperationName>(
  Object.entries(OpCode).map(([name, code]) => [code, name as OperationName]),
);

/** Operations with a request that starts with its path. */
const startWithPath: ReadonlySet<OperationName | undefined> = new Set<OperationName>([
  "create",
  "create2",
  "createContainer",
  "createTTL",
  "delete",
  "exists",
  "getData",
  "setData",
  "getACL",
  "setACL",
  "getChildren",
  "getChildren2",
  "sync",
  "addWatch",
  "removeWatches",
]);

/** Reads a client's frame after the handshake; returns `undefined` if it is not a request. */
export function readProxiedRequest(frame: Buffer): ProxiedRequest | undefined {
  try {
    const input = new JuteReader().reset(frame, LENGTH_BYTES, frame.length);
    const { xid, type } = readRequestHeader(input);
    const operation = operationNames.get(type);
    return { xid, operation, path: startWithPath.has(operation) ? input.readString() : undefined };
  } catch {
    return undefined;
  }
}

/** Reads a server's frame after the handshake; returns `undefined` if it is not one. */
export function readProxiedAnswer(frame: Buffer): ProxiedAnswer | undefined {
  try {
    const { xid } = readReplyHeader(new JuteReader().reset(frame, LENGTH_BYTES, frame.length));
    return xid === Xid.notification ? { kind: "notification" } : { kind: "reply", xid };
  } catch {
    return undefined;
  }
}
