import { AsyncLocalStorage } from "node:async_hooks";
import type { Grant } from "../grant/grant.js";

/**
 * One task that runs under a grant. Timers and promises that the task started keep its asynchronous context after it has
 * settled, so `isRunning` tells if the grant is still held on their behalf.
 */
interface Frame<G> {
  readonly grant: G;
  /** Tasks that were started under the same grant by `nest`, and have not settled. */
  readonly nested: Set<Promise<unknown>>;
  outer: Frame<G> | undefined;
  isRunning: boolean;
}

/** Tracks the tasks that run under the grants of one lock, by their asynchronous context. */
export class RunContext<G extends Grant> {
  readonly #storage = new AsyncLocalStorage<Frame<G>>();

  /** The valid grant under which the caller runs; `undefined` once its task has settled. */
  get current(): G | undefined {
    const frame = running(this.#storage.getStore());
    return frame?.grant.signal.aborted === false ? frame.grant : undefined;
  }

  /** Runs `task` under `grant`. Settles as the task does, after all tasks that were nested in it have settled. */
  async run<T>(grant: G, task: () => Promise<T> | T): Promise<T> {
    const nested = new Set<Promise<unknown>>();
    try {
      return await this.#run({ grant, nested, outer: undefined, isRunning: true }, task);
    } finally {
      while (nested.size > 0) await Promise.allSettled(nested);
    }
  }

  /** Runs `task` under the grant of the caller, which is not released before the task has settled. */
  nest<T>(task: () => Promise<T> | T): Promise<T> {
    const outer = running(this.#storage.getStore());
    if (outer === undefined) throw new Error("nest() was called by a task that does not run under a grant");
    const { grant, nested } = outer;
    const result = this.#run({ grant, nested, outer, isRunning: true }, task);
    nested.add(result);
    const forget = (): void => void nested.delete(result);
    result.then(forget, forget);
    return result;
  }

  async #run<T>(frame: Frame<G>, task: () => Promise<T> | T): Promise<T> {
    try {
      return await this.#storage.run(frame, task);
    } finally {
      frame.isRunning = false;
    }
  }
}

/** Returns the innermost running frame; unlinks ended ones, so that a task that starts its own successor builds no chain. */
function running<G>(frame: Frame<G> | undefined): Frame<G> | undefined {
  if (frame === undefined || frame.isRunning) return frame;
  frame.outer = running(frame.outer);
  return frame.outer;
}
