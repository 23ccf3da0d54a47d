import { type DynamicModule, Module, type Provider } from "@nestjs/common";
import { DiscoveryModule, DiscoveryService } from "@nestjs/core";
import type {
  ConclaveAsyncOptions,
  ConclaveModuleExtras,
  ConclaveOptions,
  ConclaveOptionsFactory,
} from "../connection/conclave-options.js";
import type { ConclaveService } from "../connection/conclave-service.js";
import { getConclaveToken } from "../connection/injection.js";
import { Candidates } from "../discovery/candidates.js";
import { ViewSubscriptions } from "../discovery/view-subscriptions.js";
import {
  Connections,
  ConnectionsModule,
  DEFINITION,
  type Definition,
  isFirst,
  requireDistinctNames,
} from "./connections.js";
import type { ConclaveFeatures } from "./features.js";
import { membershipProvider, recipeProviders } from "./features.js";

const OPTIONS = Symbol("conclave options");

/**
 * Gives an app its connection to a ZooKeeper ensemble, and has it do what its decorators say.
 *
 * The app's start waits for the ensemble, and fails if none answers in time. Elections are entered, groups joined and
 * followed from the app's bootstrap to `onModuleDestroy`, which waits for what runs as leader. Locks work for as long as
 * there are requests. In `onApplicationShutdown`, last of all, what runs under them is waited for, and the session is
 * closed. (Signals of the process lead there if the app calls `enableShutdownHooks()`.)
 */
@Module({})
export class ConclaveModule {
  /**
   * Registers a connection whose options are known when the app is put together. An equal registration in another module is
   * the same connection; a different one under the same name fails the start with an `Error`, before anything is opened.
   */
  static forRoot(options: ConclaveOptions & ConclaveModuleExtras): DynamicModule {
    const { name, global, ...rest } = options;
    return build({ ...options }, { name, global }, [], [{ provide: OPTIONS, useValue: rest }]);
  }

  /** Registers a connection whose options are made when the app starts; otherwise as {@link forRoot}. */
  static forRootAsync(options: ConclaveAsyncOptions): DynamicModule {
    return build({ ...options }, options, options.imports ?? [], optionsProviders(options));
  }

  /** For a module that wants recipes of a connection injected, or the app in groups. The connection is made by `forRoot`. */
  static forFeature(features: ConclaveFeatures): DynamicModule {
    const recipes = recipeProviders(features);
    return {
      module: ConclaveModule,
      providers: [...recipes, membershipProvider(features)],
      exports: recipes.map(({ provide }) => provide),
    };
  }
}

function build(
  definition: Definition,
  { name, global = true }: ConclaveModuleExtras,
  imports: NonNullable<DynamicModule["imports"]>,
  options: Provider[],
): DynamicModule {
  const token = getConclaveToken(name);
  return {
    module: ConclaveModule,
    global,
    imports: [DiscoveryModule, ConnectionsModule, ...imports],
    providers: [
      ...options,
      { provide: DEFINITION, useValue: definition },
      {
        provide: token,
        useFactory: (discovery: DiscoveryService, connections: Connections, resolved: ConclaveOptions) => {
          requireDistinctNames(discovery);
          return connections.open(name, resolved);
        },
        inject: [DiscoveryService, Connections, OPTIONS],
      },
      ...[Candidates, ViewSubscriptions].map((type) => ({
        provide: type,
        useFactory: (discovery: DiscoveryService, conclave: ConclaveService) =>
          isFirst(discovery, definition) ? new type(discovery, conclave, name) : {},
        inject: [DiscoveryService, token],
      })),
    ],
    exports: [token],
  };
}

function optionsProviders({ useFactory, inject = [], useClass, useExisting }: ConclaveAsyncOptions): Provider[] {
  if (useFactory !== undefined) return [{ provide: OPTIONS, useFactory, inject }];
  const factory = useExisting ?? useClass;
  if (factory === undefined) throw new TypeError("forRootAsync takes one of useFactory, useClass and useExisting");
  const provider: Provider = {
    provide: OPTIONS,
    useFactory: (made: ConclaveOptionsFactory) => made.createConclaveOptions(),
    inject: [factory],
  };
  return useExisting === undefined ? [provider, factory] : [provider];
}
