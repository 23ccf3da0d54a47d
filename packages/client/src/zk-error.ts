import { ErrorCode, type ErrorName, errorName } from "@conclave/protocol";

/**
 * What an error's `code` can be: the server's own names, and those that a client adds: `ABORTED` (the caller's
 * signal), `CLOSED` (the client was closed), `UNKNOWN_CODE` (a number that this version has no name for).
 */
export type ZkErrorCode = ErrorName | "ABORTED" | "CLOSED" | "UNKNOWN_CODE";

/**
 * Whether the operation that failed was done.
 *
 * - `not-applied`: certainly not: it was never sent, or it is a read, which changes nothing. It may be tried again.
 * - `rejected`: the server refused it, so it was not done; the same again is refused again unless something changes.
 * - `unknown`: a write was sent, and no answer came: it was done once or not at all.
 */
export type Outcome = "not-applied" | "rejected" | "unknown";

/** What a {@link ZkError} is made of besides its code and message. */
export interface ZkErrorOptions {
  readonly outcome: Outcome;
  readonly path?: string | undefined;
  readonly cause?: unknown;
  /** What the server sent, where it sent something. */
  readonly errno?: number | undefined;
}

const BRAND = Symbol.for("conclave.ZkError");

/** Every failure of an operation. Branch on {@link code}; before trying again, ask {@link outcome}. */
export class ZkError extends Error {
  override readonly name: string = "ZkError";
  readonly code: ZkErrorCode;
  readonly outcome: Outcome;
  /** The path of the operation that failed, as the caller wrote it (without the chroot). */
  readonly path: string | undefined;
  /** The result code on the wire; `undefined` for errors of the client's own. */
  readonly errno: number | undefined;
  readonly [BRAND] = true;

  constructor(code: ZkErrorCode, message: string, options: ZkErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome;
    this.path = options.path;
    this.errno = options.errno ?? (code in ErrorCode ? ErrorCode[code as ErrorName] : undefined);
  }

  /** Also true for errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /** The error for a result code that a server sent in reply to `operation`; `advice` says what to do about it. */
  static fromReply(errno: number, operation: string, path?: string, advice?: string): ZkError {
    const code = errorName(errno) ?? "UNKNOWN_CODE";
    const where = path === undefined ? "" : ` ${path}`;
    const what = advice === undefined ? "" : `: ${advice}`;
    return new ZkError(code, `${operation}${where}: ${code} (${errno})${what}`, { outcome: "rejected", path, errno });
  }
}

/** Whether `error` is a {@link ZkError}, and one of `codes` where some are given. */
export function isZkError(error: unknown, ...codes: ZkErrorCode[]): error is ZkError {
  return error instanceof ZkError && (codes.length === 0 || codes.includes(error.code));
}
