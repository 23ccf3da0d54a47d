import "reflect-metadata";

/** What a method has to do with an election. */
export interface ElectionRole {
  readonly kind: "leaderOnly" | "onElected" | "onRevoked";
  readonly election: string;
  readonly connection: string | undefined;
  readonly method: string | symbol;
}

const ROLES = Symbol.for("conclave:election-roles");

/**
 * Notes a role. It is kept with the class, not with the function: a decorator above may replace the function, and a
 * subclass inherits it.
 */
export function addRole(prototype: object, role: ElectionRole): void {
  const type = prototype.constructor;
  Reflect.defineMetadata(ROLES, [...rolesOf(type), role], type);
}

/** The roles of the methods of a class, its own and those that it inherits. */
export function rolesOf(type: object): readonly ElectionRole[] {
  return (Reflect.getMetadata(ROLES, type) as readonly ElectionRole[] | undefined) ?? [];
}
