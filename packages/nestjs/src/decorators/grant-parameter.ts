import "reflect-metadata";
import type { Grant as GrantOfRecipe } from "@conclave/recipes";

/** What a guarded method runs under, whichever decorator guards it. */
export type Grant = GrantOfRecipe;

const PARAMETERS = Symbol.for("conclave:grant-parameters");

/**
 * Hands the grant to a guarded method, in the place of the parameter that it stands on; of several guards that of the
 * innermost. It is what `currentGrant()` gives there. Frameworks and callers leave that parameter out, so it stands
 * behind those that they pass.
 */
export function Grant(): ParameterDecorator {
  return (prototype, method, index) => {
    if (method === undefined) throw new TypeError("@Grant() stands on a parameter of a guarded method");
    Reflect.defineMetadata(PARAMETERS, [...parametersOf(prototype, method), index], prototype, method);
  };
}

/** Where a method takes its grant. */
export function parametersOf(prototype: object, method: string | symbol): readonly number[] {
  return (Reflect.getOwnMetadata(PARAMETERS, prototype, method) as readonly number[] | undefined) ?? [];
}

/** The arguments of a call, with the grant where it is taken. */
export function withGrant(args: readonly unknown[], at: readonly number[], grant: Grant): readonly unknown[] {
  if (at.length === 0) return args;
  const all = [...args];
  for (const index of at) all[index] = grant;
  return all;
}
