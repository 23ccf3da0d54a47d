import "reflect-metadata";
import type { Codec } from "@conclave/client";
import { decoratedMethod } from "./replace-method.js";

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

/** A decorator that notes a role of the method that it stands on. It throws a `TypeError` on anything else. */
export function roleDecorator(role: Omit<Role, "method">): MethodDecorator {
  return (prototype, method, descriptor) => {
    decoratedMethod(decoratorOf(role), prototype, method, descriptor);
    addRole(prototype, { ...role, method });
  };
}

/** The decorator that notes a role, as it is written. */
export function decoratorOf({ kind, name }: Pick<Role, "kind" | "name">): string {
  return `@${kind.charAt(0).toUpperCase()}${kind.slice(1)}("${name}")`;
}

/** The roles of the methods of a class, its own and those that it inherits. */
export function rolesOf(type: object): readonly Role[] {
  return (Reflect.getMetadata(ROLES, type) as readonly Role[] | undefined) ?? [];
}

/** How a method is bound that Conclave calls. */
export interface HandlerOptions {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}
