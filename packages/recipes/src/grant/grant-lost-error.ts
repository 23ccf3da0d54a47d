/**
 * Reason why a grant ended.
 *
 * - `RELEASED`: its holder released it.
 * - `SUSPENDED`: the connection was lost, and `onSuspended` is `revoke`.
 * - `EXPIRED`: the session has expired.
 * - `CLOSED`: the client was closed.
 * - `GONE`: the znode of the grant was deleted or changed by another client.
 * - `REFUSED`: the ACL does not allow the holder to read the znode of the grant, so its deletion would not be noticed; `cause`
 *   is the error of the read.
 */
export type GrantLostCode = "RELEASED" | "SUSPENDED" | "EXPIRED" | "CLOSED" | "GONE" | "REFUSED";

const BRAND = Symbol.for("conclave.GrantLostError");

/** The reason with which the signal of a grant aborts. */
export class GrantLostError extends Error {
  override readonly name: string = "GrantLostError";
  readonly code: GrantLostCode;
  readonly [BRAND] = true;

  constructor(code: GrantLostCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Makes `instanceof` true also for errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
