import "reflect-metadata";
import type { Codec } from "@conclave/client";

/** What a method has to do with an election, a group or a znode. */
export interface Role {
  readonly kind: "leaderOnly" | "onElected" | "onRevoked" | "onMembershipChange" | "watchNode";
  /** Of the election or the group; the path of the znode. */
  readonly name: string;
  readonly connection: string | undefined;
  readonly method: string | symbol;
  /** What a znode that is watched holds. */
  readonly codec?: Codec<unknown> | undefined;
}

const ROLES = Symbol.for("conclave:roles");

/**
 * Notes a role. It is kept with the class, not with the function: a decorator above may replace the function, and a
 * subclass inherits it.
 */
export function addRole(prototype: object, role: Role): void {
  const type = prototype.constructor;
  Reflect.defineMetadata(ROLES, [...rolesOf(type), role], type);
}

/** The roles of the methods of a class, its own and those that it inherits. */
export function rolesOf(type: object): readonly Role[] {
  return (Reflect.getMetadata(ROLES, type) as readonly Role[] | undefined) ?? [];
}
