import { AsyncLocalStorage } from "node:async_hooks";
import type { Leadership } from "@conclave/recipes";

const storage = new AsyncLocalStorage<Leadership>();

/**
 * The leadership under which the caller runs: inside a `@LeaderOnly`, `@OnElected` or `@OnRevoked` method and whatever
 * that calls, also after an `await`. Elsewhere it throws: code that runs either way asks `ConclaveService.election(name)`
 * for its `current`.
 *
 * It stays there after it was lost: ask its `signal`, and give its `fencingToken` along with what you write.
 */
export function currentGrant(): Leadership {
  const leadership = storage.getStore();
  if (leadership !== undefined) return leadership;
  throw new Error(
    "currentGrant() is for @LeaderOnly, @OnElected and @OnRevoked methods and what they call: here is none",
  );
}

/** Runs `call` under a leadership. */
export function runUnder<T>(leadership: Leadership, call: () => T): T {
  return storage.run(leadership, call);
}
