import "reflect-metadata";
import type { Codec } from "@conclave/client";
import { decoratedMethod } from "./replace-method.js";

/** Relation of a method to an election, a group or a znode, as its decorator states it. */
export interface Role {
  readonly kind: "leaderOnly" | "onElected" | "onRevoked" | "onMembershipChange" | "watchNode";
  /** Name of the election or group, or path of the znode. */
  readonly name: string;
  readonly connection: string | undefined;
  readonly method: string | symbol;
  /** Codec of a watched znode. */
  readonly codec?: Codec<unknown> | undefined;
}

const ROLES = Symbol.for("conclave:roles");

/**
 * Adds a role to the class of a method. It is kept with the class rather than the function, because another decorator may
 * replace the function, and subclasses inherit it.
 */
export function addRole(prototype: object, role: Role): void {
  const type = prototype.constructor;
  Reflect.defineMetadata(ROLES, [...rolesOf(type), role], type);
}

/** Returns a decorator that adds a role. It throws a `TypeError` on anything but a method of an instance. */
export function roleDecorator(role: Omit<Role, "method">): MethodDecorator {
  return (prototype, method, descriptor) => {
    decoratedMethod(decoratorOf(role), prototype, method, descriptor);
    addRole(prototype, { ...role, method });
  };
}

/** Returns the decorator of a role as it is written in code, for messages. */
export function decoratorOf({ kind, name }: Pick<Role, "kind" | "name">): string {
  return `@${kind.charAt(0).toUpperCase()}${kind.slice(1)}("${name}")`;
}

/** Returns the roles of the methods of a class, inherited ones included. */
export function rolesOf(type: object): readonly Role[] {
  return (Reflect.getMetadata(ROLES, type) as readonly Role[] | undefined) ?? [];
}

/** Options of the decorators of methods that Conclave calls. */
export interface HandlerOptions {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}
