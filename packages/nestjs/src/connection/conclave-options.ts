import type { ConnectionSource, ConnectOptions, ZooKeeper } from "@conclave/client";
import type { Logger, Meter } from "@conclave/runtime";
import type { FactoryProvider, ModuleMetadata, Type } from "@nestjs/common";

/** Options of `ConclaveModule.forRoot`: how a process reaches the ensemble, and how it coordinates there. */
export type ConclaveOptions = ConclaveConnection & {
  /**
   * Name by which other processes see this one, in elections, locks and groups. It must be unique.
   * @default host name, process id and eight random digits, as in `web-1:4711-9f3a2c1b`
   */
  readonly id?: string | undefined;
  /**
   * Policy for a leadership or a lock when the connection is lost and the session may live on: see `GrantSettings` of the recipes.
   * @default "revoke"
   */
  readonly onSuspended?: "revoke" | "keep" | undefined;
  /**
   * Receives messages about connection states, elections and errors.
   * @default Nest's own `Logger`, under the context `Conclave`
   */
  readonly logger?: Logger | undefined;
  /**
   * Receives the metrics: counts `nestjs_calls` (labels `kind`, `method` and `outcome`: `ran` or `busy`) and
   * `nestjs_grants_lost` (`kind`, `method`, `code`), histograms `nestjs_wait_ms` and `nestjs_held_ms` (`kind`, `method`),
   * the gauge `nestjs_leading` (`election`): 1 or 0; and the metrics of the client.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
};

/** The connection that a module uses: one that it opens itself, that of an ensemble which it takes part in, or an open client. */
export type ConclaveConnection =
  | {
      /**
       * A ZooKeeper connect string, such as `10.0.0.1:2181,10.0.0.2:2181/app`. The module connects when the app starts
       * and closes the session when it has shut down.
       */
      readonly servers: string;
      readonly client?: undefined;
      readonly ensemble?: undefined;
      /**
       * Longest wait for the ensemble at the app's start, in milliseconds. Then the start fails.
       * @default 10_000
       */
      readonly connectTimeoutMs?: number | undefined;
      /** Further options of `connect`, such as `sessionTimeoutMs`. */
      readonly connect?: Omit<ConnectOptions, "connectTimeoutMs" | "logger" | "meter"> | undefined;
    }
  | {
      /**
       * An ensemble in the replicas of this service, such as `embeddedEnsemble(…)` of `@conclave/embedded`. The module connects to it when
       * the app starts, and closes session and ensemble when it has shut down.
       */
      readonly ensemble: ConnectionSource;
      readonly servers?: undefined;
      readonly client?: undefined;
      /**
       * Longest wait for the ensemble at the app's start, in milliseconds. Then the start fails.
       * @default that of the ensemble: an embedded one waits for 2 minutes
       */
      readonly connectTimeoutMs?: number | undefined;
      /** Further options of `connect`, such as `sessionTimeoutMs`. */
      readonly connect?: Omit<ConnectOptions, "connectTimeoutMs" | "logger" | "meter"> | undefined;
    }
  | {
      /** An open client. The module uses it and does not close it. */
      readonly client: ZooKeeper;
      readonly servers?: undefined;
      readonly ensemble?: undefined;
    };

/** Options of the module itself, which must be known before the app starts. */
export interface ConclaveModuleExtras {
  /**
   * Name of this connection, where an app has several: for `@InjectConclave(name)` and the option `connection` of the
   * decorators.
   * @default undefined: the default connection
   */
  readonly name?: string | undefined;
  /**
   * Makes the connection available in all modules of the app.
   * @default true
   */
  readonly global?: boolean | undefined;
}

/** Class that makes options, for `forRootAsync({ useClass })` and `forRootAsync({ useExisting })`. */
export interface ConclaveOptionsFactory {
  createConclaveOptions(): ConclaveOptions | Promise<ConclaveOptions>;
}

/** Options of `ConclaveModule.forRootAsync`: exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface ConclaveAsyncOptions extends ConclaveModuleExtras, Pick<ModuleMetadata, "imports"> {
  readonly useFactory?: FactoryProvider<ConclaveOptions>["useFactory"];
  /** Tokens of the providers that `useFactory` is called with. */
  readonly inject?: FactoryProvider["inject"];
  /** Class of which this module makes an instance. */
  readonly useClass?: Type<ConclaveOptionsFactory>;
  /** Class of a provider that exists in the app. */
  readonly useExisting?: Type<ConclaveOptionsFactory>;
}
