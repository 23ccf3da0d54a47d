import { JuteReader, OpCode, readReplyHeader, readRequestHeader, Xid } from "@conclave/protocol";

/** An operation by ZooKeeper's own name for it: `create2`, `setData`, `multi`, … */
export type OperationName = keyof typeof OpCode;

/** A request that a {@link FaultProxy} saw. */
export interface ProxiedRequest {
  /** The client's number of the request; below zero for what a client sends by itself: pings, credentials, watches. */
  readonly xid: number;
  /** `undefined` for an operation without a name here. */
  readonly operation: OperationName | undefined;
  /** The path on the server, chroot included; `undefined` where the request has not just one. */
  readonly path: string | undefined;
}

/** What the server said in a frame. */
export type ProxiedAnswer = { readonly kind: "reply"; readonly xid: number } | { readonly kind: "notification" };

const LENGTH_BYTES = 4;
const operationNames = new Map<number, OperationName>(
  Object.entries(OpCode).map(([name, code]) => [code, name as OperationName]),
);

/** The operations whose request starts with its path. */
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

/** Reads a frame of a client behind the handshake; `undefined` if it is none. */
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

/** Reads a frame of a server behind the handshake; `undefined` if it is none. */
export function readProxiedAnswer(frame: Buffer): ProxiedAnswer | undefined {
  try {
    const { xid } = readReplyHeader(new JuteReader().reset(frame, LENGTH_BYTES, frame.length));
    return xid === Xid.notification ? { kind: "notification" } : { kind: "reply", xid };
  } catch {
    return undefined;
  }
}
