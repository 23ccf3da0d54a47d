import type { DynamicModule } from "@nestjs/common";
import type { DiscoveryService } from "@nestjs/core";

/** The arguments of a call of `forRoot` or `forRootAsync`. */
export type Definition = object & { readonly name?: string | undefined };

/** One connection of an app: how it was asked for, and the module that provides it. */
export interface Registration {
  readonly definition: Definition;
  readonly module: DynamicModule;
}

/** The token under which the module of a connection provides its own {@link Registration}, which keeps it in memory with the app. */
export const REGISTRATION = Symbol("conclave registration");

/** The registrations that are still in use. */
let registrations: readonly WeakRef<Registration>[] = [];

/**
 * Returns the module that was made of an equal definition, else a new one. Nest imports the same object once, however often
 * an app lists it: so modules that ask for the same connection share it.
 */
export function sharedModule(options: Definition, build: () => DynamicModule): DynamicModule {
  const definition = { ...options };
  registrations = registrations.filter((each) => each.deref() !== undefined);
  for (const each of registrations) {
    const existing = each.deref();
    if (existing !== undefined && isEqual(existing.definition, definition)) return existing.module;
  }
  const built = build();
  const registration = { definition, module: built };
  built.providers = [...(built.providers ?? []), { provide: REGISTRATION, useValue: registration }];
  registrations = [...registrations, new WeakRef(registration)];
  return built;
}

/**
 * Throws an `Error` if an app has two connections of one name. Each of them would campaign for the elections and call the
 * handlers that the app's decorators name: the app would compete with itself.
 */
export function requireDistinctNames(discovery: DiscoveryService): void {
  const names = new Set<string | undefined>();
  for (const { token, instance } of discovery.getProviders()) {
    if (token !== REGISTRATION) continue;
    const { name } = (instance as Registration).definition;
    if (names.has(name)) throw new Error(duplicateMessage(name));
    names.add(name);
  }
}

function duplicateMessage(name: string | undefined): string {
  const connections = name === undefined ? "two default connections" : `two connections named "${name}"`;
  return (
    `ConclaveModule: this app registers ${connections}, with different options. Call forRoot or forRootAsync once, in the ` +
    `root module: all modules can use its connection. A second connection needs a name of its own: forRoot({ name: "…", … })`
  );
}

/**
 * Compares plain objects, arrays and bytes by their content, and everything else, such as a client or a logger, by identity.
 * What is nested deeper than options are counts as different.
 */
function isEqual(a: unknown, b: unknown, depth = 8): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (depth === 0 || !isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isEqual(a[key], b[key], depth - 1));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
