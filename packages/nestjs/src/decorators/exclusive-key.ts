import { inspect } from "node:util";

/** Names of an exclusive method's locks: one, several, or a function of the call's arguments and `this` that returns them. */
export type ExclusiveKey = string | readonly string[] | ((...args: never[]) => string | readonly string[]);

/** Returns the names for a call. Throws a `TypeError` if its key gives none, or invalid ones. */
export type NamesOf = (instance: object, args: readonly unknown[]) => readonly string[];

/** Reads a key; one that is no function is checked immediately. `label` names the decorator and method in messages. */
export function readExclusiveKey(label: string, key: ExclusiveKey): NamesOf {
  if (typeof key === "function") return (instance, args) => checkedNames(label, key.apply(instance, args as never[]));
  const names = checkedNames(label, key);
  return () => names;
}

function checkedNames(label: string, key: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(key) ? key : [key];
  const areNames = names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
  if (areNames && new Set(names).size === names.length) return names as readonly string[];
  throw new TypeError(`${label}: the key must be a non-empty name, or several different ones, not ${inspect(key)}`);
}

/** Returns the only name of a key. Throws a `TypeError` if it has several: only `@Locked` holds several together. */
export function onlyName(names: readonly string[]): string {
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new TypeError(`one name is expected, not ${JSON.stringify(names)}: only @Locked holds several together`);
}
