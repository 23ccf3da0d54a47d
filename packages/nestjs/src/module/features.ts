import { Mutex, ReadWriteLock, Semaphore } from "@conclave/recipes";
import { type FactoryProvider, Inject } from "@nestjs/common";
import type { ConclaveService, GrantContext } from "../connection/conclave-service.js";
import { getConclaveToken } from "../connection/injection.js";
import { type GroupFeature, Memberships } from "../discovery/memberships.js";

/** Options of `ConclaveModule.forFeature`: recipes that a module injects, and groups that it joins. */
export interface ConclaveFeatures {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
  /** Names of elections, for `@InjectElection(name)`. They add no candidates: the decorators do. */
  readonly elections?: readonly string[] | undefined;
  /** Names of locks, for `@InjectMutex(name)`: the locks of `@Locked`. */
  readonly mutexes?: readonly string[] | undefined;
  /** Names of read-write locks, for `@InjectReadWriteLock(name)`: the locks of `@ReadLocked` and `@WriteLocked`. */
  readonly readWriteLocks?: readonly string[] | undefined;
  /** Semaphores, for `@InjectSemaphore(name)`. */
  readonly semaphores?: readonly { readonly name: string; readonly permits: number }[] | undefined;
  /** Groups, for `@InjectGroup(name)`. */
  readonly groups?: readonly GroupFeature[] | undefined;
}

/** Returns providers of the recipes that a module lists. */
export function recipeProviders(features: ConclaveFeatures): FactoryProvider[] {
  const { connection, elections = [], mutexes = [], readWriteLocks = [], semaphores = [], groups = [] } = features;
  const provide = (kind: FeatureKind, name: string, make: (conclave: ConclaveService) => object): FactoryProvider => ({
    provide: getFeatureToken(kind, name, connection),
    useFactory: make,
    inject: [getConclaveToken(connection)],
  });
  const make = (kind: FeatureKind, name: string, recipe: (context: GrantContext) => object): FactoryProvider =>
    provide(kind, name, (conclave) => recipe(conclave.grantContext()));
  return [
    ...elections.map((name) => provide("election", name, (conclave) => conclave.election(name))),
    ...groups.map(({ name }) => provide("group", name, (conclave) => conclave.group(name))),
    ...mutexes.map((name) => make("mutex", name, ({ client, settings }) => new Mutex(client, { ...settings, name }))),
    ...readWriteLocks.map((name) =>
      make("read-write lock", name, ({ client, settings }) => new ReadWriteLock(client, { ...settings, name })),
    ),
    ...semaphores.map(({ name, permits }) =>
      make("semaphore", name, ({ client, settings }) => new Semaphore(client, { ...settings, name, permits })),
    ),
  ];
}

/** Returns the provider that joins the groups of a module. */
export function membershipProvider({ connection, groups = [] }: ConclaveFeatures): FactoryProvider<Memberships> {
  return {
    provide: Memberships,
    useFactory: (conclave: ConclaveService) => new Memberships(conclave, groups),
    inject: [getConclaveToken(connection)],
  };
}

/** Kinds of recipes that `forFeature` provides. */
export type FeatureKind = "election" | "mutex" | "read-write lock" | "semaphore" | "group";

/** Returns the token of a recipe that `forFeature` provides. */
export function getFeatureToken(kind: FeatureKind, name: string, connection?: string): string {
  return `Conclave:${connection ?? ""}:${kind}:${name}`;
}

/** Injects the `LeaderElection` of a name that `forFeature({ elections })` lists. */
export function InjectElection(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("election", name, connection));
}

/** Injects the `Mutex` of a name that `forFeature({ mutexes })` lists. */
export function InjectMutex(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("mutex", name, connection));
}

/** Injects the `ReadWriteLock` of a name that `forFeature({ readWriteLocks })` lists. */
export function InjectReadWriteLock(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("read-write lock", name, connection));
}

/** Injects the `Semaphore` of a name that `forFeature({ semaphores })` lists. */
export function InjectSemaphore(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("semaphore", name, connection));
}

/** Injects the `Group` of a name that `forFeature({ groups })` lists. */
export function InjectGroup(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("group", name, connection));
}
