import { ErrorCode, type ErrorName, errorName } from "@conclave/protocol";

/**
 * Value of an error's `code`: the server's names, and those of the client: `ABORTED` (by the caller's signal), `CLOSED`
 * (the client is closed), `REPLY_TOO_LARGE` (the answer was longer than `maxReplyBytes` and was discarded), `UNKNOWN_CODE`
 * (a number that this version does not know).
 */
export type ZkErrorCode = ErrorName | "ABORTED" | "CLOSED" | "REPLY_TOO_LARGE" | "UNKNOWN_CODE";

/**
 * Outcome of a failed operation.
 *
 * - `not-applied`: it certainly changed nothing: it was never sent, or it is a read. It may be retried.
 * - `rejected`: the server refused it, so it changed nothing. It will be refused again unless something changes.
 * - `unknown`: a write was sent and not answered: it was applied once, or not at all.
 */
export type Outcome = "not-applied" | "rejected" | "unknown";

/** Properties of a {@link ZkError} in addition to its code and message. */
export interface ZkErrorOptions {
  readonly outcome: Outcome;
  readonly path?: string | undefined;
  readonly cause?: unknown;
  /** Result code from the server, if it sent one. */
  readonly errno?: number | undefined;
}

/** Next steps for the result codes whose name does not show one. */
const ADVICE: { readonly [C in ZkErrorCode]?: string } = {
  NOT_READ_ONLY:
    "the server has no quorum and only answers reads; call it when the state is connected, or on readWrite, which waits",
};

const BRAND = Symbol.for("conclave.ZkError");

/** Error of an operation. Branch on {@link code}; check {@link outcome} before you retry. */
export class ZkError extends Error {
  declare readonly name: string;
  readonly code: ZkErrorCode;
  readonly outcome: Outcome;
  /** Path of the failed operation, as the caller wrote it (without the chroot). */
  readonly path: string | undefined;
  /** Result code on the wire; `undefined` for errors that the client adds. */
  readonly errno: number | undefined;
  declare readonly [BRAND]: true;

  constructor(code: ZkErrorCode, message: string, options: ZkErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome;
    this.path = options.path;
    this.errno = options.errno ?? (code in ErrorCode ? ErrorCode[code as ErrorName] : undefined);
  }

  /** Also recognizes errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /**
   * Creates the error for a result code that a server sent in reply to `operation`; `advice` is added to the message.
   */
  static fromReply(errno: number, operation: string, path?: string, advice?: string): ZkError {
    const code = errorName(errno) ?? "UNKNOWN_CODE";
    const where = path === undefined ? "" : ` ${path}`;
    const text = advice ?? ADVICE[code];
    const what = text === undefined ? "" : `: ${text}`;
    return new ZkError(code, `${operation}${where}: ${code} (${errno})${what}`, { outcome: "rejected", path, errno });
  }
}

// On the prototype: the stack begins with "ZkError: ", and `console.log` shows no field that is the same in every error.
Object.defineProperty(ZkError.prototype, "name", { value: "ZkError", writable: true, configurable: true });
Object.defineProperty(ZkError.prototype, BRAND, { value: true });

/** Returns true if `error` is a {@link ZkError}, with one of `codes` if any are given. */
export function isZkError(error: unknown, ...codes: ZkErrorCode[]): error is ZkError {
  return error instanceof ZkError && (codes.length === 0 || codes.includes(error.code));
}
