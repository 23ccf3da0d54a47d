import type { DiscoveryService } from "@nestjs/core";
import { type ElectionRole, rolesOf } from "./election-role.js";

/** What the app has to do with one election. */
export interface ElectionRoles {
  readonly onElected: BoundMethod[];
  readonly onRevoked: BoundMethod[];
}

/** A method on the instance that it is called on. */
export interface BoundMethod {
  readonly instance: object;
  readonly method: string | symbol;
}

/** Where a role cannot be taken: called with what to tell the developer. */
export type OnUnusable = (why: string) => void;

/** The elections of a connection that decorators of the app's providers and controllers name. */
export function findRoles(
  discovery: DiscoveryService,
  connection: string | undefined,
  onUnusable: OnUnusable,
): Map<string, ElectionRoles> {
  const found = new Map<string, ElectionRoles>();
  const seen = new Set<object>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance = wrapper.instance as object | null | undefined;
    const type = classOf(instance) ?? wrapper.metatype;
    if (wrapper.isAlias || !type || (instance && seen.has(instance))) continue;
    if (instance) seen.add(instance);
    const isSingleton = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    for (const role of rolesOf(type).filter((each) => each.connection === connection)) {
      const roles = found.get(role.election) ?? { onElected: [], onRevoked: [] };
      found.set(role.election, roles);
      if (role.kind === "leaderOnly") continue;
      if (isSingleton && instance) roles[role.kind].push({ instance, method: role.method });
      else onUnusable(unusable(role, type));
    }
  }
  return found;
}

function classOf(instance: unknown): object | undefined {
  const isObject = typeof instance === "object" && instance !== null;
  return isObject && typeof instance.constructor === "function" ? instance.constructor : undefined;
}

function unusable({ kind, election, method }: ElectionRole, type: object): string {
  const decorator = kind === "onElected" ? "OnElected" : "OnRevoked";
  const name = "name" in type ? String(type.name) : "a class";
  return `@${decorator}("${election}") on ${name}.${String(method)} is never called: ${name} is no singleton`;
}
