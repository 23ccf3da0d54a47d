import { AsyncLocalStorage } from "node:async_hooks";
import type { ZooKeeper } from "@conclave/client";
import type { Grant } from "@conclave/recipes";

/** What a lock is held on: by its kind and its names, in one connection. */
export interface Holding {
  readonly client: ZooKeeper;
  readonly kind: string;
  readonly names: readonly string[];
  /** The calls within that go on under the same grant, while they run. */
  readonly within: Set<Promise<unknown>>;
}

/** A grant, and what it is held on. */
export interface Held {
  readonly grant: Grant;
  readonly holding: Holding;
}

/** A call that runs under a grant, within those that called it. */
interface Frame {
  readonly grant: Grant;
  readonly holding: Holding | undefined;
  readonly outer: Frame | undefined;
}

const storage = new AsyncLocalStorage<Frame>();

/**
 * The grant under which the caller runs: inside a guarded method (`@LeaderOnly`, `@Locked`, `@Semaphore`, …), an
 * `@OnElected` or `@OnRevoked` method and whatever those call, also after an `await`. Of several, the innermost. Elsewhere
 * it throws: code that runs either way asks `ConclaveService.election(name)` for its `current`.
 *
 * It stays there after it was lost: ask its `signal`, and give its `fencingToken` along with what you write.
 */
export function currentGrant(): Grant {
  const frame = storage.getStore();
  if (frame !== undefined) return frame.grant;
  throw new Error(
    "currentGrant() is for methods that are guarded, by @LeaderOnly, @Locked, …, and what they call: here is none",
  );
}

/** Runs `call` under a grant; `holding` says of what, where calls inside may go on under it. */
export function runUnder<T>(grant: Grant, call: () => T, holding?: Holding): T {
  return storage.run({ grant, holding, outer: storage.getStore() }, call);
}

/** Whether the caller runs under a grant that stands. */
export function isUnderGrant(): boolean {
  return framesAround().some(({ grant }) => !grant.signal.aborted);
}

/** The innermost grant of one of the `kinds` under which the caller runs, and which stands, that has `name`. */
export function heldAround(client: ZooKeeper, kinds: readonly string[], name: string): Held | undefined {
  for (const { grant, holding } of framesAround()) {
    if (grant.signal.aborted || holding === undefined || holding.client !== client) continue;
    if (kinds.includes(holding.kind) && holding.names.includes(name)) return { grant, holding };
  }
  return undefined;
}

function framesAround(): Frame[] {
  const frames: Frame[] = [];
  for (let frame = storage.getStore(); frame !== undefined; frame = frame.outer) frames.push(frame);
  return frames;
}
