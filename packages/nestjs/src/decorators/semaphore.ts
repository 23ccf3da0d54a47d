import { Semaphore as SemaphoreRecipe } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { onlyName } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/** Options of `@Semaphore`. */
export interface SemaphoreOptions extends ExclusiveOptions {
  /** Largest number of calls that run at a time, across processes. All methods that share the key must give the same number. */
  readonly permits: number;
}

/**
 * Runs at most `permits` calls of the method at a time per key, across processes. A nested call for the same key shares the
 * permit. Otherwise as `@Locked`.
 */
export function Semaphore(key: ExclusiveKey, { permits, ...options }: SemaphoreOptions): MethodDecorator {
  if (!(Number.isSafeInteger(permits) && permits >= 1)) {
    throw new TypeError(`@Semaphore: permits must be a whole number, 1 or more, not ${String(permits)}`);
  }
  return exclusiveMethod(
    {
      decorator: "@Semaphore",
      noun: "semaphore",
      busy: "has no free permit",
      kind: "semaphore",
      coveredBy: ["semaphore"],
      deadlocksUnder: [],
      recipe: ({ client, settings }, names) =>
        new SemaphoreRecipe(client, { ...settings, name: onlyName(names), permits }),
    },
    key,
    options,
  );
}
