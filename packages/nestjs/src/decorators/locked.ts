import { MultiLock, Mutex } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/**
 * Has a method run in one process, and one call, at a time for each key: a name, or what a function of the call's arguments
 * makes of them. Several names are held together, all or none.
 *
 *     @Locked((account: string) => `account-${account}`)
 *     async pay(account: string, cents: number, @Grant() grant?: Grant) { … }
 *
 * It is the `Mutex` of that name, so whoever holds that excludes this too, also a Curator's `InterProcessMutex`. There is
 * no lease to run out: it is held until the method has ended, for as long as the session lives. When it is lost, the
 * grant's `signal` aborts; result and errors stay the method's own. A call of the same key within goes on under the same
 * grant. Calls return promises.
 */
export function Locked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
    {
      decorator: "@Locked",
      noun: "lock",
      busy: "is not free",
      kind: "lock",
      coveredBy: ["lock"],
      stuckUnder: [],
      recipe: ({ client, settings }, names) => {
        const [first, ...others] = names.map((name) => new Mutex(client, { ...settings, name }));
        return first !== undefined && others.length === 0 ? first : new MultiLock(first ? [first, ...others] : []);
      },
    },
    key,
    options,
  );
}
