import { Mutex, ReadWriteLock, Semaphore } from "@conclave/recipes";
import type { FactoryProvider } from "@nestjs/common";
import type { ConclaveService, GrantContext } from "./conclave-service.js";
import { getConclaveToken } from "./conclave-token.js";
import type { ConclaveFeatures } from "./feature-options.js";
import { type FeatureKind, getFeatureToken } from "./feature-token.js";
import { Memberships } from "./memberships.js";

/** The recipes that a module wants, by their tokens. */
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

/** What joins the groups that a module wants to be in. */
export function membershipProvider({ connection, groups = [] }: ConclaveFeatures): FactoryProvider<Memberships> {
  return {
    provide: Memberships,
    useFactory: (conclave: ConclaveService) => new Memberships(conclave, groups),
    inject: [getConclaveToken(connection)],
  };
}
