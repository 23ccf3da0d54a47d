import { createHmac, timingSafeEqual } from "node:crypto";

/*
 * Signatures of requests and answers between replicas. Without a secret nothing is signed or checked. A request has a signature over its
 * method, path, time, nonce and body; its answer one over the request's nonce and the body, so that an old answer is not taken for a
 * new one. Nothing is encrypted: addresses and ids are no secrets, and data passes through the quorum ports only.
 */

/** Greatest difference between the clocks of two replicas, in milliseconds. A signed request is of no use after it. */
const MAX_SKEW_MS = 5 * 60_000;

export interface RequestSeal {
  readonly time: string;
  readonly nonce: string;
  readonly signature: string;
}

export interface SealedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Signs with a shared secret, or not at all. */
export class Seals {
  readonly #secret: string | undefined;

  constructor(secret: string | undefined) {
    this.#secret = secret;
  }

  request({ method, path, body }: SealedRequest, time: string, nonce: string): string {
    return this.#sign("request", method, path, time, nonce, body);
  }

  answer(nonce: string, body: string): string {
    return this.#sign("answer", nonce, body);
  }

  /** Returns true if the request was signed with the secret, not long ago. */
  isRequest(request: SealedRequest, { time, nonce, signature }: RequestSeal, now: number): boolean {
    if (this.#secret === undefined) return true;
    if (!(Math.abs(now - Number(time)) <= MAX_SKEW_MS)) return false;
    return isSame(signature, this.request(request, time, nonce));
  }

  /** Returns true if the answer to the request with this nonce was signed with the secret. */
  isAnswer(nonce: string, body: string, signature: string): boolean {
    return this.#secret === undefined || isSame(signature, this.answer(nonce, body));
  }

  #sign(...parts: readonly string[]): string {
    if (this.#secret === undefined) return "";
    return createHmac("sha256", this.#secret).update(JSON.stringify(parts)).digest("hex");
  }
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
