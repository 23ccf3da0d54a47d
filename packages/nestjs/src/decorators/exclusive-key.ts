import { inspect } from "node:util";

/** What a method is guarded by: a name, several, or a function of the call's arguments, and of `this`. */
export type ExclusiveKey = string | readonly string[] | ((...args: never[]) => string | readonly string[]);

/** The names under which a call is guarded. Throws a `TypeError` where its key gives none. */
export type NamesOf = (instance: object, args: readonly unknown[]) => readonly string[];

/** Reads a key: at once, where it is no function. `what` names its decorator and method in messages. */
export function readExclusiveKey(what: string, key: ExclusiveKey): NamesOf {
  if (typeof key === "function") return (instance, args) => checkedNames(what, key.apply(instance, args as never[]));
  const names = checkedNames(what, key);
  return () => names;
}

function checkedNames(what: string, key: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(key) ? key : [key];
  const areNames = names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
  if (areNames && new Set(names).size === names.length) return names as readonly string[];
  throw new TypeError(`${what}: a key is a name, or several that differ, and not ${inspect(key)}`);
}

/** The one name of a guard that cannot hold several. Throws a `TypeError` for another number of them. */
export function onlyName(names: readonly string[]): string {
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new TypeError(`one key is asked for, not ${JSON.stringify(names)}: only @Locked holds several together`);
}
