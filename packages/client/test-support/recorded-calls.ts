import { JuteReader, JuteWriter, type Operation } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import type { SessionState } from "../src/api/zookeeper-events.js";
import type { OperationContext } from "../src/operations/operation-context.js";
import { Chroot } from "../src/paths/chroot.js";
import type { LossCode } from "../src/requests/pending.js";
import { type Call, PendingOperation } from "../src/requests/pending-operation.js";
import { WatchRegistry } from "../src/watches/watch-registry.js";

/** Request of an operation, and the parts of its call that its errors show. */
export interface RecordedCall {
  readonly operation: string;
  readonly request: unknown;
  readonly path: string | undefined;
  readonly isWrite: boolean;
}

/** Context of operations without a connection: it records the requests, and the test answers them in their order. */
export class RecordedCalls {
  readonly calls: RecordedCall[] = [];
  readonly watches: WatchRegistry;
  readonly context: OperationContext;
  state: SessionState = "connected";
  readonly #unanswered: { readonly operation: Operation<unknown, unknown>; readonly pending: AnyPending }[] = [];

  constructor(prefix = "") {
    const chroot = new Chroot(prefix);
    this.watches = new WatchRegistry(chroot, silentLogger);
    this.context = {
      ...{ chroot, watches: this.watches, linearizableReads: false },
      ...{ submit: (call) => this.#submit(call), state: () => this.state },
    };
  }

  /** Answers the oldest request, with the bytes that a server would send for `response`. */
  answer(response: unknown): void {
    const { operation, pending } = this.#oldest();
    const out = new JuteWriter();
    operation.writeResponse(out, response);
    pending.resolveFrom(new JuteReader(out.take()));
  }

  /** Answers the oldest request with the server's error. */
  refuse(errno: number): void {
    this.#oldest().pending.rejectWith(errno);
  }

  /** Fails the oldest request, to which no answer will come. */
  lose(code: LossCode): void {
    this.#oldest().pending.failWith(code);
  }

  #submit<Request, Response, Result>(call: Call<Request, Response, Result>): Promise<Result> {
    const pending = new PendingOperation(call);
    if (pending.settled) return pending.promise;
    pending.sentAtMs = 1;
    const { operation, request, path, isWrite } = call;
    this.calls.push({ operation: operation.name, request, path, isWrite });
    this.#unanswered.push({ operation: operation as unknown as Operation<unknown, unknown>, pending });
    return pending.promise;
  }

  #oldest(): { readonly operation: Operation<unknown, unknown>; readonly pending: AnyPending } {
    const oldest = this.#unanswered.shift();
    if (oldest === undefined) throw new Error("no request is unanswered");
    return oldest;
  }
}

interface AnyPending {
  resolveFrom(input: JuteReader): void;
  rejectWith(errno: number): void;
  failWith(code: LossCode): void;
}

/** Resolves when the continuations of settled promises, and those that they start, have run. */
export const continued = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
