import { ReadWriteLock } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { onlyName } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/**
 * Has a method run while nobody writes under the same key: calls of `@ReadLocked` methods run together, in all processes,
 * and none beside one of a `@WriteLocked`. Readers and writers stand in one line, in the order of asking. Within a writer of
 * the same key it goes on under the writer's grant. Otherwise as `@Locked`.
 */
export function ReadLocked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
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
export function WriteLocked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
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
