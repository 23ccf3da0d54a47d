import type { Id, JuteReader } from "@conclave/protocol";
import type { TxnResult } from "../tree/txn.js";

/**
 * A client's write as one server can hand it to another (ZooKeeper's Request): without connection, session object and reply.
 * The types are the keys of the table in prepare.ts, and `sync`.
 */
export interface WriteRequest {
  readonly sessionId: bigint;
  /** The client's xid. */
  readonly cxid: number;
  readonly type: number;
  /** The request after its header. Valid until `submit` returns; a server that forwards the request copies it. */
  readonly body: JuteReader;
  /** Ids that the client has authenticated. */
  readonly ids: readonly Id[];
}

/** Waits for a transaction, or for a place in the order of transactions. */
export interface Waiter {
  /** Called right after the transaction was applied, before anything later is. `zxid` is that of the last applied one. */
  applied(result: TxnResult, zxid: bigint): void;
}

/** Accepts the writes of this server's clients. How they become transactions depends on the server's role. */
export interface WritePath {
  /** Proposes a write, or its refusal. */
  submit(request: WriteRequest, waiter: Waiter): void;
  /** Closes a session and deletes its ephemerals; it accepts nothing from now on. */
  closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void;
  /** Calls the waiter when everything submitted before, by any client of the ensemble, is applied here. */
  sync(request: WriteRequest, waiter: Waiter): void;
}
