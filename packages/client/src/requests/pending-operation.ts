import { ErrorCode, type JuteReader, JuteWriter, type Operation } from "@conclave/protocol";
import { onAbort } from "@conclave/runtime";
import { ZkError } from "../api/zk-error.js";
import { type LossCode, type Pending, UNSENT } from "./pending.js";

/** Parts of an operation's codec that the client uses. */
export type SentOperation<Request, Response> = Pick<
  Operation<Request, Response>,
  "name" | "type" | "writeRequest" | "readResponse"
>;

/** One call: the request, and the conversion of its answer. */
export interface Call<Request, Response, Result> {
  readonly operation: SentOperation<Request, Response>;
  readonly request: Request;
  /** Path as the caller wrote it, for errors. */
  readonly path: string | undefined;
  /** True if the operation may have changed something when its answer is lost. */
  readonly isWrite: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly reservedXid?: number | undefined;
  /** True for a linearizable read. */
  readonly needsSync?: boolean | undefined;
  /** See {@link Pending.needsSession}. */
  readonly needsSession?: boolean | undefined;
  /**
   * Converts the response to the caller's result. Runs while the reply is in the socket's buffer: bytes that the caller
   * keeps must be copied. May throw a {@link ZkError}, which rejects the call.
   */
  readonly onResponse: (response: Response) => Result;
  /** Returns the result for the answer `NO_NODE`; without this function that answer is an error. */
  readonly onAbsent?: (() => Result) | undefined;
}

const LOSS_REASONS: { readonly [C in LossCode]: string } = {
  CONNECTION_LOSS: "the connection was lost",
  SESSION_EXPIRED: "the session has expired",
  CLOSED: "the client is closed",
};

/** Pending call: holds its promise, settles it exactly once, and reports the true outcome. */
export class PendingOperation<Request, Response, Result> implements Pending {
  readonly promise: Promise<Result>;
  xid = 0;
  sentAtMs: number = UNSENT;
  frameStart = 0;
  frameEnd = 0;
  onAbandoned: (() => void) | undefined = undefined;
  readonly #call: Call<Request, Response, Result>;
  #resolve!: (result: Result) => void;
  #reject!: (error: ZkError) => void;
  #settled = false;
  #frozen: Uint8Array | undefined = undefined;
  /** Result code of the `sync` before this read, if it failed. */
  #syncErrno: number | undefined = undefined;
  /** Removes the callback on the caller's signal. */
  #unbindSignal: (() => void) | undefined = undefined;

  constructor(call: Call<Request, Response, Result>) {
    this.#call = call;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (call.signal !== undefined) this.#bindSignal(call.signal);
  }

  get type(): number {
    return this.#call.operation.type;
  }

  get reservedXid(): number | undefined {
    return this.#call.reservedXid;
  }

  get needsSync(): boolean {
    return this.#call.needsSync === true;
  }

  get needsSession(): boolean {
    return this.#call.needsSession === true;
  }

  get settled(): boolean {
    return this.#settled;
  }

  write(out: JuteWriter): void {
    if (this.#frozen === undefined) this.#call.operation.writeRequest(out, this.#call.request);
    else out.writeRaw(this.#frozen);
  }

  freeze(): void {
    const out = new JuteWriter();
    this.#call.operation.writeRequest(out, this.#call.request);
    this.#frozen = out.take();
  }

  resolveFrom(input: JuteReader): void {
    if (this.#settled) return;
    let result: Result;
    try {
      const response = this.#call.operation.readResponse(input);
      if (this.#syncErrno !== undefined) {
        this.#failBySync(this.#syncErrno);
        return;
      }
      result = this.#call.onResponse(response);
    } catch (error) {
      if (!(error instanceof ZkError)) throw error;
      this.#fail(error);
      return;
    }
    this.#settle();
    this.#resolve(result);
  }

  rejectWith(errno: number, advice?: string): void {
    if (this.#settled) return;
    if (this.#syncErrno !== undefined) {
      this.#failBySync(this.#syncErrno);
      return;
    }
    const { onAbsent, operation, path } = this.#call;
    if (onAbsent === undefined || errno !== ErrorCode.NO_NODE) {
      this.#fail(ZkError.fromReply(errno, operation.name, path, advice));
      return;
    }
    const result = onAbsent();
    this.#settle();
    this.#resolve(result);
  }

  rejectTooLong(bytes: number, maxReplyBytes: number): void {
    if (this.#syncErrno !== undefined) {
      this.#failBySync(this.#syncErrno);
      return;
    }
    const reason = `the reply has ${bytes} bytes, more than maxReplyBytes (${maxReplyBytes}); raise maxReplyBytes to read it`;
    const outcome = this.#call.isWrite ? "unknown" : "rejected";
    this.#fail(new ZkError("REPLY_TOO_LARGE", `${this.#title()}: ${reason}`, { outcome, path: this.#call.path }));
  }

  syncFailed(errno: number): void {
    this.#syncErrno = errno;
  }

  failWith(code: LossCode, cause?: unknown): void {
    const outcome = this.#outcomeOfNoAnswer();
    const moment = this.sentAtMs === UNSENT ? "before it was sent" : "before the answer";
    this.#fail(
      new ZkError(code, `${this.#title()}: ${LOSS_REASONS[code]} ${moment}`, { outcome, ...this.#errorDetails(cause) }),
    );
  }

  reject(reason: string, cause?: unknown): void {
    const options = { outcome: "not-applied", ...this.#errorDetails(cause) } as const;
    this.#fail(new ZkError("BAD_ARGUMENTS", `${this.#title()}: ${reason}`, options));
  }

  #failBySync(errno: number): void {
    const { operation, path } = this.#call;
    this.#fail(ZkError.fromReply(errno, operation.name, path, "the sync before this linearizable read failed"));
  }

  #outcomeOfNoAnswer(): "unknown" | "not-applied" {
    return this.sentAtMs !== UNSENT && this.#call.isWrite ? "unknown" : "not-applied";
  }

  #errorDetails(cause: unknown): { path: string | undefined; cause: unknown } {
    return { path: this.#call.path, cause };
  }

  #title(): string {
    const { operation, path } = this.#call;
    return path === undefined ? operation.name : `${operation.name} ${path}`;
  }

  #bindSignal(signal: AbortSignal): void {
    const abort = (): void => {
      const options = { outcome: this.#outcomeOfNoAnswer(), ...this.#errorDetails(signal.reason) };
      this.#fail(new ZkError("ABORTED", `${this.#title()}: aborted by the caller`, options));
      this.onAbandoned?.();
    };
    this.#unbindSignal = onAbort(signal, abort);
  }

  #fail(error: ZkError): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    this.#unbindSignal?.();
    this.#unbindSignal = undefined;
  }
}
