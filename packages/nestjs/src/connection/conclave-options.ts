import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import type { Logger, Meter } from "@conclave/runtime";
import type { FactoryProvider, ModuleMetadata, Type } from "@nestjs/common";

/** How a process reaches the ensemble, and how it coordinates there. */
export type ConclaveOptions = ConclaveConnection & {
  /**
   * The name of this process for others, in elections, locks and groups. It must differ from that of every other process.
   * @default host name, process id and eight random digits, as in `web-1:4711-9f3a2c1b`
   */
  readonly id?: string | undefined;
  /**
   * What happens to a leadership or a lock when the connection is lost and the session may live on: see `GrantSettings` of the recipes.
   * @default "revoke"
   */
  readonly onSuspended?: "revoke" | "keep" | undefined;
  /**
   * Told of states, elections and errors.
   * @default Nest's own `Logger`, under the context `Conclave`
   */
  readonly logger?: Logger | undefined;
  /**
   * Counts `nestjs_calls` (labels `guard`, `method` and `outcome`: `ran` or `busy`) and `nestjs_grants_lost` (`guard`,
   * `method`, `code`), observes `nestjs_wait_ms` and `nestjs_held_ms` (`guard`, `method`), sets `nestjs_leading`
   * (`election`) to 1 or 0; and gets what the client measures.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
};

/** The connection that a module works with: one of its own, or one that is there. */
export type ConclaveConnection =
  | {
      /**
       * A ZooKeeper connect string, such as `10.0.0.1:2181,10.0.0.2:2181/app`. The module connects when the app starts
       * and closes the session when it has shut down.
       */
      readonly servers: string;
      readonly client?: undefined;
      /**
       * How long the app's start waits for the ensemble, in milliseconds, before it fails.
       * @default 10_000
       */
      readonly connectTimeoutMs?: number | undefined;
      /** What `connect` takes besides, such as `sessionTimeoutMs`. */
      readonly connect?: Omit<ConnectOptions, "connectTimeoutMs" | "logger" | "meter"> | undefined;
    }
  | {
      /** A client that is there. The module uses it and does not close it. */
      readonly client: ZooKeeper;
      readonly servers?: undefined;
    };

/** What concerns the module itself, known when the app is put together. */
export interface ConclaveModuleExtras {
  /**
   * What this connection is called, where an app has several: `@InjectConclave(name)`, and the option `connection` of the
   * decorators.
   * @default undefined: the default connection
   */
  readonly name?: string | undefined;
  /**
   * Whether all modules of the app see it.
   * @default true
   */
  readonly global?: boolean | undefined;
}

/** Makes options, for `forRootAsync({ useClass })` and `forRootAsync({ useExisting })`. */
export interface ConclaveOptionsFactory {
  createConclaveOptions(): ConclaveOptions | Promise<ConclaveOptions>;
}

/** Options that are found out when the app starts: one of `useFactory`, `useClass` and `useExisting`. */
export interface ConclaveAsyncOptions extends ConclaveModuleExtras, Pick<ModuleMetadata, "imports"> {
  readonly useFactory?: FactoryProvider<ConclaveOptions>["useFactory"];
  /** What `useFactory` is called with. */
  readonly inject?: FactoryProvider["inject"];
  /** Made anew for this module. */
  readonly useClass?: Type<ConclaveOptionsFactory>;
  /** A provider that is there. */
  readonly useExisting?: Type<ConclaveOptionsFactory>;
}
