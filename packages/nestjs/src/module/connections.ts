import { Module } from "@nestjs/common";
import type { DiscoveryService } from "@nestjs/core";
import type { ConclaveOptions } from "../connection/conclave-options.js";
import { ConclaveService } from "../connection/conclave-service.js";

/** The arguments of one call of `forRoot` or `forRootAsync`. */
export type Definition = object & { readonly name?: string | undefined };

/** The token under which the module of a connection provides its own {@link Definition}. */
export const DEFINITION = Symbol("conclave definition");

/** The connections of one app by their names. Modules that register an equal connection share it. */
export class Connections {
  readonly #opened = new Map<string | undefined, Promise<ConclaveService>>();

  /** Opens the connection of a name, or returns the one that another module has opened. */
  async open(name: string | undefined, options: ConclaveOptions): Promise<ConclaveService> {
    const opened = this.#opened.get(name);
    if (opened !== undefined) return (await opened).share();
    const opening = ConclaveService.open(options);
    this.#opened.set(name, opening);
    return opening;
  }
}

/** Provides the {@link Connections} of an app: Nest makes one instance, for all modules that import it. */
@Module({ providers: [Connections], exports: [Connections] })
export class ConnectionsModule {}

/** Returns true for the first definition of a name in the app: its module acts for all that share the connection. */
export function isFirst(discovery: DiscoveryService, definition: Definition): boolean {
  return definitionsOf(discovery).find(({ name }) => name === definition.name) === definition;
}

/**
 * Throws an `Error` if an app has two connections of one name with different definitions. Each of them would campaign for the
 * elections and call the handlers that the app's decorators name: the app would compete with itself.
 */
export function requireDistinctNames(discovery: DiscoveryService): void {
  const byName = new Map<string | undefined, Definition>();
  for (const definition of definitionsOf(discovery)) {
    const { name } = definition;
    const first = byName.get(name) ?? definition;
    if (!isEqual(first, definition)) throw new Error(duplicateMessage(name));
    byName.set(name, first);
  }
}

function definitionsOf(discovery: DiscoveryService): Definition[] {
  return discovery
    .getProviders()
    .filter(({ token }) => token === DEFINITION)
    .map(({ instance }) => instance as Definition);
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
 * Values that are nested deeper than options ever are count as different.
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
