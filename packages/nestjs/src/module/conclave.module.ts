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
import { leaderSchedule, type ScheduleOptions } from "../schedule/leader-schedule.js";
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
 * Connects an app to a ZooKeeper ensemble, and carries out its decorators.
 *
 * The app's start waits for the ensemble, and fails if none answers in time. From the app's bootstrap to `onModuleDestroy`,
 * the app campaigns in elections, joins groups and watches; `onModuleDestroy` waits for methods that run as leader. Locks work
 * for as long as requests are answered. `onApplicationShutdown` waits for calls that hold them, and closes the session. (Call
 * `enableShutdownHooks()`, so that SIGTERM leads there.)
 */
@Module({})
export class ConclaveModule {
  /**
   * Registers a connection with options that are known before the app starts. An equal registration in another module is
   * the same connection; a different one under the same name fails the start with an `Error`, before anything is opened.
   */
  static forRoot(options: ConclaveOptions & ConclaveModuleExtras): DynamicModule {
    const { name, global, ...rest } = options;
    return build({ ...options }, { name, global }, [], [{ provide: OPTIONS, useValue: rest }]);
  }

  /** Registers a connection with options that are made when the app starts; otherwise as {@link forRoot}. */
  static forRootAsync(options: ConclaveAsyncOptions): DynamicModule {
    return build({ ...options }, options, options.imports ?? [], optionsProviders(options));
  }

  /** Provides recipes of a connection to a module, and joins groups. The connection is registered by `forRoot`. */
  static forFeature(features: ConclaveFeatures): DynamicModule {
    const recipes = recipeProviders(features);
    return {
      module: ConclaveModule,
      providers: [...recipes, membershipProvider(features)],
      exports: recipes.map(({ provide }) => provide),
    };
  }

  /**
   * Makes every cron job, interval and timeout that the app declares with the decorators of `@nestjs/schedule` run only in the
   * process that leads an election; inside, `currentGrant()` is the leadership. Call it once, in the root module, next to
   * `ScheduleModule.forRoot()`. Jobs that the app itself adds to the `SchedulerRegistry` are not changed. Throws a `TypeError`
   * for invalid options; the app does not start if it has no schedule, or if its version is not supported.
   */
  static forSchedule(options: ScheduleOptions = {}): DynamicModule {
    return { module: ConclaveModule, imports: [DiscoveryModule], providers: [leaderSchedule(options)] };
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
  if (factory === undefined)
    throw new TypeError("forRootAsync needs one of the options useFactory, useClass and useExisting");
  const provider: Provider = {
    provide: OPTIONS,
    useFactory: (made: ConclaveOptionsFactory) => made.createConclaveOptions(),
    inject: [factory],
  };
  return useExisting === undefined ? [provider, factory] : [provider];
}
