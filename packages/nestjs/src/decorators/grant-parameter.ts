import "reflect-metadata";
import type { Grant as GrantOfRecipe } from "@conclave/recipes";

/** Grant of an exclusive or leader-only method, whatever its decorator. */
export type Grant = GrantOfRecipe;

const PARAMETERS = Symbol.for("conclave:grant-parameters");

/**
 * Passes the grant to the decorated parameter of an exclusive or leader-only method; with several decorators, the innermost
 * grant. It is the grant that `currentGrant()` returns. Callers and frameworks leave that parameter out, so declare it after
 * the parameters that they pass.
 */
export function Grant(): ParameterDecorator {
  return (prototype, method, index) => {
    if (method === undefined) throw new TypeError("@Grant() must be on a parameter of a method");
    Reflect.defineMetadata(PARAMETERS, [...parametersOf(prototype, method), index], prototype, method);
  };
}

/** Returns the indexes of the parameters that take the grant. */
export function parametersOf(prototype: object, method: string | symbol): readonly number[] {
  return (Reflect.getOwnMetadata(PARAMETERS, prototype, method) as readonly number[] | undefined) ?? [];
}

/** Returns the arguments of a call with the grant at these indexes. */
export function withGrant(args: readonly unknown[], at: readonly number[], grant: Grant): readonly unknown[] {
  if (at.length === 0) return args;
  const all = [...args];
  for (const index of at) all[index] = grant;
  return all;
}
