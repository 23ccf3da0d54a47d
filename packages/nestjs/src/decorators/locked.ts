import { MultiLock, Mutex } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/**
 * Runs the method under a distributed lock: one call at a time per key, across processes. The key is a name, several that are
 * held together, or a function of the call's arguments.
 *
 *     @Locked((account: string) => `account-${account}`)
 *     async pay(account: string, cents: number, @Grant() grant?: Grant) { … }
 *
 * The lock is the `Mutex` of that name, so it excludes other holders of that mutex too, also Curator's
 * `InterProcessMutex`. It has no lease: it is held until the method has ended, for as long as the session lives. When it is
 * lost, the grant's `signal` aborts; results and errors of the method reach the caller unchanged. A nested call for the same
 * key shares the grant while the method runs. Calls return promises; they reject with a {@link BusyError} as `otherwise` and
 * `timeoutMs` say.
 */
export function Locked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
    {
      decorator: "@Locked",
      noun: "lock",
      busy: "is not free",
      kind: "lock",
      coveredBy: ["lock"],
      deadlocksUnder: [],
      recipe: ({ client, settings }, names) => {
        const [first, ...others] = names.map((name) => new Mutex(client, { ...settings, name }));
        return first !== undefined && others.length === 0 ? first : new MultiLock(first ? [first, ...others] : []);
      },
    },
    key,
    options,
  );
}
