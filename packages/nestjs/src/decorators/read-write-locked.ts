import { ReadWriteLock } from "@conclave/recipes";
import type { ExclusiveOptions } from "../exclusive/exclusive-options.js";
import type { ExclusiveKey } from "./exclusive-key.js";
import { onlyName } from "./exclusive-key.js";
import { exclusiveMethod } from "./exclusive-method.js";

/**
 * Runs the method under a read lock: together with other `@ReadLocked` calls of the key, across processes, and never during
 * a `@WriteLocked` call. Readers and writers share one wait queue, first come, first served. A call nested in a writer of the
 * same key shares the writer's grant. Otherwise as `@Locked`.
 */
export function ReadLocked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
    {
      decorator: "@ReadLocked",
      noun: "read lock",
      busy: "is not free",
      kind: "read",
      coveredBy: ["read", "write"],
      deadlocksUnder: [],
      recipe: ({ client, settings }, names) => new ReadWriteLock(client, { ...settings, name: onlyName(names) }).read,
    },
    key,
    options,
  );
}

/**
 * Runs the method under a write lock: no other reader or writer of the key runs at the time. A call nested in a reader of the
 * same key rejects, because it would wait for that reader for ever. Otherwise as {@link ReadLocked}.
 */
export function WriteLocked(key: ExclusiveKey, options: ExclusiveOptions = {}): MethodDecorator {
  return exclusiveMethod(
    {
      decorator: "@WriteLocked",
      noun: "write lock",
      busy: "is not free",
      kind: "write",
      coveredBy: ["write"],
      deadlocksUnder: ["read"],
      recipe: ({ client, settings }, names) => new ReadWriteLock(client, { ...settings, name: onlyName(names) }).write,
    },
    key,
    options,
  );
}
