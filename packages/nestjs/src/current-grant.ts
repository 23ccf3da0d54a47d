import { AsyncLocalStorage } from "node:async_hooks";
import type { Leadership } from "@conclave/recipes";

const storage = new AsyncLocalStorage<Leadership>();

/**
 * The leadership under which the caller runs: inside a `@LeaderOnly`, `@OnElected` or `@OnRevoked` method and whatever
 * that calls, also after an `await`. `undefined` elsewhere.
 *
 * It stays there after it was lost: ask its `signal`, and give its `fencingToken` along with what you write.
 */
export function currentGrant(): Leadership | undefined {
  return storage.getStore();
}

/** Runs `call` under a leadership. */
export function runUnder<T>(leadership: Leadership, call: () => T): T {
  return storage.run(leadership, call);
}
