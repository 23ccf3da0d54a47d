import type { Logger } from "@conclave/runtime";
import type { DiscoveryService } from "@nestjs/core";
import { decoratorOf, type Role, rolesOf } from "../decorators/role.js";

/** Method and the instance on which it is called. */
export interface BoundMethod {
  readonly instance: object;
  readonly method: string | symbol;
}

/** Role of a method in the app. `handler` is undefined for request-scoped and transient classes, which have no one instance. */
export interface FoundRole {
  readonly role: Role;
  readonly type: object;
  readonly handler: BoundMethod | undefined;
}

/** Returns the roles on a connection of all providers and controllers of the app. */
export function findRoles(discovery: DiscoveryService, connection: string | undefined): FoundRole[] {
  const found: FoundRole[] = [];
  const seen = new Set<object>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance = wrapper.instance as object | null | undefined;
    const type = classOf(instance) ?? wrapper.metatype;
    if (wrapper.isAlias || !type || (instance && seen.has(instance))) continue;
    if (instance) seen.add(instance);
    const isSingleton = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    for (const role of rolesOf(type).filter((each) => each.connection === connection)) {
      found.push({ role, type, handler: isSingleton && instance ? { instance, method: role.method } : undefined });
    }
  }
  return found;
}

function classOf(instance: unknown): object | undefined {
  const isObject = typeof instance === "object" && instance !== null;
  return isObject && typeof instance.constructor === "function" ? instance.constructor : undefined;
}

/** Returns the warning about a handler that has no instance on which it could be called. */
export function neverCalled({ role, type }: FoundRole): string {
  const className = "name" in type ? String(type.name) : "a class";
  return `${decoratorOf(role)} on ${className}.${String(role.method)} is never called: ${className} must be a singleton`;
}

/** Calls a handler and waits for it. Its errors are logged, as it has no caller in the app. */
export async function callHandler(
  { instance, method }: BoundMethod,
  args: readonly unknown[],
  logger: Logger,
): Promise<void> {
  try {
    await (instance as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[method]?.(...args);
  } catch (error) {
    logger.error(`${instance.constructor.name}.${String(method)} failed`, { error });
  }
}
