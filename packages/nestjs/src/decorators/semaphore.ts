import { Semaphore as SemaphoreRecipe } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { onlyName } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/** How a method behaves that a semaphore guards. */
export interface SemaphoreOptions extends ExclusiveOptions {
  /** How many calls may run at a time, in all processes together. All who share the key have to say the same. */
  readonly permits: number;
}

/**
 * Has at most so many calls of a method run at a time, in all processes together, for each key. A call of the same key
 * within goes on under the permit that is held. Otherwise as `@Locked`.
 */
export function Semaphore(key: ExclusiveKey, { permits, ...options }: SemaphoreOptions): MethodDecorator {
  if (!(Number.isSafeInteger(permits) && permits >= 1)) {
    throw new TypeError(`@Semaphore: permits is a whole number, 1 or more, not ${String(permits)}`);
  }
  return exclusiveMethod(
    {
      decorator: "@Semaphore",
      noun: "semaphore",
      busy: "has no free permit",
      kind: "semaphore",
      coveredBy: ["semaphore"],
      stuckUnder: [],
      recipe: ({ client, settings }, names) =>
        new SemaphoreRecipe(client, { ...settings, name: onlyName(names), permits }),
    },
    key,
    options,
  );
}
