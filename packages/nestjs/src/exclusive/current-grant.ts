import { AsyncLocalStorage } from "node:async_hooks";
import type { ZooKeeper } from "@conclave/client";
import type { Grant } from "@conclave/recipes";
import { onAbort } from "@conclave/runtime";

/** The locks or permits that one grant covers: their kind and names, on one connection. */
export interface Holding {
  readonly client: ZooKeeper;
  readonly kind: string;
  readonly names: readonly string[];
  /** Pending calls that run under the same grant, made by the method that acquired it. */
  readonly within: Set<Promise<unknown>>;
}

/** A grant together with the locks or permits that it covers. */
export interface Held {
  readonly grant: Grant;
  readonly holding: Holding;
}

/**
 * One method call that runs under a grant. The async context of a call lives on in the timers and promises that it
 * started, so the frame is marked when the call ends: from then on it holds nothing, even if the grant is kept for longer.
 */
interface Frame {
  readonly grant: Grant;
  readonly holding: Holding | undefined;
  outer: Frame | undefined;
  isRunning: boolean;
  readonly onEnd: Set<() => void>;
}

const storage = new AsyncLocalStorage<Frame>();

/**
 * Returns the grant under which the caller runs: inside a method with `@LeaderOnly`, `@Locked`, `@Semaphore`, …, inside
 * `@OnElected` and `@OnRevoked` methods, and in everything that these call, also after an `await`. Of several nested grants
 * it is the innermost. It is still returned after it was lost: check its `signal`, and pass its `fencingToken` along with
 * every write.
 *
 * Throws an `Error` elsewhere, also in timers and promises that outlive the method that started them. Code that runs in
 * both places asks `ConclaveService.election(name).current` instead.
 */
export function currentGrant(): Grant {
  const [frame] = framesAround();
  if (frame !== undefined) return frame.grant;
  throw new Error(
    storage.getStore() === undefined
      ? "currentGrant() was called outside of a method with @LeaderOnly, @Locked, …"
      : "currentGrant() was called after its method had ended: have the method await everything that needs the grant",
  );
}

/**
 * Runs `call` under a grant until the promise that it returns has settled; with `holding`, nested calls for the same names
 * share the grant. A thenable that is no promise, such as a query builder, is started here, once, and returned as a promise.
 */
export function runUnder<T>(grant: Grant, call: () => T, holding?: Holding): T {
  const frame: Frame = { grant, holding, outer: framesAround()[0], isRunning: true, onEnd: new Set() };
  const end = (): void => {
    frame.isRunning = false;
    for (const listener of frame.onEnd) listener();
  };
  try {
    const result = storage.run(frame, () => startThenable(call()));
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result;
  } catch (error) {
    end();
    throw error;
  }
}

/**
 * Returns a signal that aborts with `stop`, but not before all methods around the caller that run under a grant have ended.
 * Disposing of it removes its listeners.
 */
export function stopAfterCallers(stop: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const frames = framesAround();
  const controller = new AbortController();
  const check = (): void => {
    if (stop.aborted && frames.every(({ isRunning }) => !isRunning)) controller.abort(stop.reason);
  };
  const removeCallback = onAbort(stop, check);
  for (const { onEnd } of frames) onEnd.add(check);
  check();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      removeCallback();
      for (const { onEnd } of frames) onEnd.delete(check);
    },
  };
}

/** Returns the innermost valid grant of one of the `kinds` for `name`, among those of methods that still run around the caller. */
export function heldAround(client: ZooKeeper, kinds: readonly string[], name: string): Held | undefined {
  for (const { grant, holding } of framesAround()) {
    if (grant.signal.aborted || holding === undefined || holding.client !== client) continue;
    if (kinds.includes(holding.kind) && holding.names.includes(name)) return { grant, holding };
  }
  return undefined;
}

/** Returns the calls around the caller that still run, innermost first, and forgets those that have ended. */
function framesAround(): Frame[] {
  const frames: Frame[] = [];
  for (let frame = firstRunning(storage.getStore()); frame !== undefined; frame = frame.outer) {
    frames.push(frame);
    // A job that schedules its own next run would otherwise lengthen this chain for ever.
    frame.outer = firstRunning(frame.outer);
  }
  return frames;
}

function firstRunning(frame: Frame | undefined): Frame | undefined {
  let running = frame;
  while (running !== undefined && !running.isRunning) running = running.outer;
  return running;
}

function startThenable<T>(result: T): T {
  const isThenable = typeof result === "object" && result !== null && "then" in result;
  if (!isThenable || typeof result.then !== "function" || result instanceof Promise) return result;
  return Promise.resolve(result) as T;
}
