import type { Waiter } from "../pipeline/write-request.js";
import type { TxnHeader } from "../tree/txn.js";

/** A request that was forwarded. */
export interface Forwarded {
  readonly cxid: number;
  /** Body of a multi; `undefined` for any other request. */
  readonly multi: Uint8Array | undefined;
  readonly waiter: Waiter;
}

/**
 * Requests that were forwarded to the leader, until the leader proposes them. The leader proposes the requests of one session
 * in the order in which they were forwarded, so only the first of a session can be next.
 */
export class ForwardedRequests {
  readonly #bySession = new Map<bigint, Forwarded[]>();
  #size = 0;

  /** Number of requests that the leader has not proposed yet. */
  get size(): number {
    return this.#size;
  }

  add(sessionId: bigint, request: Forwarded): void {
    const forwarded = this.#bySession.get(sessionId);
    if (forwarded === undefined) this.#bySession.set(sessionId, [request]);
    else forwarded.push(request);
    this.#size++;
  }

  /** Removes the request that a proposal answers, and returns it; `undefined` if another server forwarded it. */
  take({ clientId, cxid }: Pick<TxnHeader, "clientId" | "cxid">): Forwarded | undefined {
    const forwarded = this.#bySession.get(clientId);
    if (forwarded?.[0]?.cxid !== cxid) return undefined;
    const request = forwarded.shift();
    this.#size--;
    if (forwarded.length === 0) this.#bySession.delete(clientId);
    return request;
  }
}
