import { onAbort } from "@conclave/runtime";
import type { WatchOptions } from "../api/operation-options.js";
import type { PersistentWatchEvent } from "../api/watch-event.js";
import type { WatchHandle } from "../api/watch-handle.js";
import { ZkError } from "../api/zk-error.js";
import { addWatch } from "./add-watch.js";
import type { OperationContext } from "./operation-context.js";

const MAX_BUFFERED = 1_024;

type Result = IteratorResult<PersistentWatchEvent, undefined>;

/** Implements `ZooKeeper.watch`: a persistent watch as an async iterator. Sends nothing before the first `next`. */
export class WatchIterator implements AsyncIterableIterator<PersistentWatchEvent, undefined> {
  readonly #context: OperationContext;
  readonly #path: string;
  readonly #options: WatchOptions;
  readonly #maxBuffered: number;
  readonly #buffered: PersistentWatchEvent[] = [];
  readonly #waitingReaders: { resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #handle: Promise<WatchHandle> | undefined;
  #isOver = false;
  /** Error for the next call of `next`; reported once. */
  #failure: { readonly error: unknown } | undefined;
  #unbindSignal: (() => void) | undefined;

  constructor(context: OperationContext, path: string, options: WatchOptions) {
    this.#context = context;
    this.#path = path;
    this.#options = options;
    this.#maxBuffered = Math.max(1, options.maxBuffered ?? MAX_BUFFERED);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    this.#start();
    const value = this.#buffered.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure.error);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waitingReaders.push({ resolve, reject }));
  }

  async return(): Promise<Result> {
    this.#buffered.length = 0;
    this.#finish();
    const handle = await this.#handle?.catch(() => undefined);
    // A consumer that leaves the loop has no use for an error of the removal.
    await handle?.remove().catch(() => {});
    return { done: true, value: undefined };
  }

  #start(): void {
    if (this.#handle !== undefined || this.#isOver) return;
    const { recursive, signal } = this.#options;
    const path = this.#path;
    this.#handle = addWatch(this.#context, path, (event) => this.#onEvent(event), { recursive, signal });
    this.#handle.then(
      () => {
        if (signal !== undefined && !this.#isOver) this.#bindSignal(signal);
        this.#deliver({ type: "gap", path, reason: "started" });
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #bindSignal(signal: AbortSignal): void {
    const abort = (): void => {
      const options = { outcome: "not-applied", path: this.#path, cause: signal.reason } as const;
      this.#fail(new ZkError("ABORTED", `watch ${this.#path}: aborted by the caller`, options));
      void this.return();
    };
    this.#unbindSignal = onAbort(signal, abort);
  }

  #onEvent(event: PersistentWatchEvent): void {
    this.#deliver(event);
    if (event.type === "sessionEnded") this.#finish();
  }

  #deliver(event: PersistentWatchEvent): void {
    if (this.#isOver) return;
    const reader = this.#waitingReaders.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: event });
      return;
    }
    // The last event is always delivered; if others were dropped for it, a gap precedes it.
    if (this.#buffered.length >= this.#maxBuffered) {
      this.#buffered.length = 0;
      this.#buffered.push({ type: "gap", path: this.#path, reason: "overflow" });
      if (event.type !== "sessionEnded") return;
    }
    this.#buffered.push(event);
  }

  #fail(error: unknown): void {
    const reader = this.#waitingReaders.shift();
    if (reader !== undefined) reader.reject(error);
    else this.#failure = { error };
    this.#finish();
  }

  #finish(): void {
    this.#isOver = true;
    this.#unbindSignal?.();
    this.#unbindSignal = undefined;
    for (const { resolve } of this.#waitingReaders.splice(0)) resolve({ done: true, value: undefined });
  }
}
