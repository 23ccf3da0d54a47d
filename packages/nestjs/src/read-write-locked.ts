import { ReadWriteLock } from "@conclave/recipes";
import type { GuardKey } from "./guard-key.js";
import type { GuardOptions } from "./guard-options.js";
import { guardedMethod } from "./guarded-method.js";
import { onlyName } from "./only-name.js";

/**
 * Has a method run while nobody writes under the same key: calls of `@ReadLocked` methods run together, in all processes,
 * and none beside one of a `@WriteLocked`. Readers and writers stand in one line, in the order of asking. Within a writer of
 * the same key it goes on under the writer's grant. Otherwise as `@Locked`.
 */
export function ReadLocked(key: GuardKey, options: GuardOptions = {}): MethodDecorator {
  return guardedMethod(
    {
      decorator: "@ReadLocked",
      noun: "read lock",
      busy: "is not free",
      kind: "read",
      coveredBy: ["read", "write"],
      stuckUnder: [],
      recipe: ({ client, settings }, names) => new ReadWriteLock(client, { ...settings, name: onlyName(names) }).read,
    },
    key,
    options,
  );
}

/**
 * Has a method run while nobody else reads or writes under the same key: see {@link ReadLocked}. Within a reader of the same
 * key it throws, for it would wait for that one for ever.
 */
export function WriteLocked(key: GuardKey, options: GuardOptions = {}): MethodDecorator {
  return guardedMethod(
    {
      decorator: "@WriteLocked",
      noun: "write lock",
      busy: "is not free",
      kind: "write",
      coveredBy: ["write"],
      stuckUnder: ["read"],
      recipe: ({ client, settings }, names) => new ReadWriteLock(client, { ...settings, name: onlyName(names) }).write,
    },
    key,
    options,
  );
}
