import { hostname } from "node:os";
import { type ConnectionSource, type ConnectOptions, connect, type ZooKeeper } from "@conclave/client";
import { Group, LeaderElection, type OnSuspended } from "@conclave/recipes";
import { type Logger, type Meter, silentMeter, systemRandom } from "@conclave/runtime";
import type { OnApplicationShutdown } from "@nestjs/common";
import { ExclusiveCalls } from "../exclusive/exclusive-calls.js";
import type { ConclaveOptions } from "./conclave-options.js";
import { nestLogger } from "./nest-logger.js";
import { OwnIds } from "./own-ids.js";

const CONNECT_TIMEOUT_MS = 10_000;

/** Arguments for recipes on a connection. */
export interface GrantContext {
  readonly client: ZooKeeper;
  readonly settings: { readonly id: string; readonly logger: Logger; readonly onSuspended: OnSuspended | undefined };
}

/** One connection to the ensemble, with its elections and groups. Inject it by its class or with `@InjectConclave()`. */
export class ConclaveService implements OnApplicationShutdown {
  /** The ZooKeeper client. */
  readonly client: ZooKeeper;
  /** Name by which other processes see this one: the option `id`. */
  readonly id: string;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Calls that run under locks and semaphores. For the decorators. */
  readonly calls: ExclusiveCalls;
  /** Its own ids in the groups that it joins. For the decorators. */
  readonly ownIds = new OwnIds();
  readonly #onSuspended: OnSuspended | undefined;
  /** Closes what this connection has opened; undefined if the client was given. */
  readonly #close: (() => Promise<void>) | undefined;
  readonly #elections = new Map<string, LeaderElection>();
  /** Modules that have not shut down yet. */
  #modules = 1;

  private constructor(
    client: ZooKeeper,
    close: (() => Promise<void>) | undefined,
    logger: Logger,
    options: ConclaveOptions,
  ) {
    this.client = client;
    this.id = options.id ?? defaultId();
    this.logger = logger;
    this.meter = options.meter ?? silentMeter;
    this.calls = new ExclusiveCalls(client, this.meter);
    this.#onSuspended = options.onSuspended;
    this.#close = close;
  }

  /**
   * Connects, or uses the given client. Rejects as `connect` does, after 10 seconds by default, and with a `TypeError` if
   * none of `servers`, `ensemble` and `client` is given.
   */
  static async open(options: ConclaveOptions): Promise<ConclaveService> {
    if (options?.servers === undefined && options?.client === undefined && options?.ensemble === undefined) {
      throw new TypeError(
        'ConclaveModule needs the option servers, as in { servers: "127.0.0.1:2181" }, or one of the options ensemble and client',
      );
    }
    const logger = options.logger ?? nestLogger();
    if (options.client !== undefined) return new ConclaveService(options.client, undefined, logger, options);
    const { servers, ensemble, connectTimeoutMs } = options;
    const connectOptions = { ...options.connect, logger, meter: options.meter };
    if (ensemble !== undefined) return ConclaveService.#join(ensemble, connectOptions, logger, options);
    const timeout = connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const client = await connect(servers, { ...connectOptions, connectTimeoutMs: timeout });
    return new ConclaveService(client, () => client.close(), logger, options);
  }

  static async #join(
    ensemble: ConnectionSource,
    connectOptions: ConnectOptions,
    logger: Logger,
    options: ConclaveOptions & { readonly connectTimeoutMs?: number | undefined },
  ): Promise<ConclaveService> {
    try {
      const { connectTimeoutMs } = options;
      const client = await ensemble.connect({ ...connectOptions, connectTimeoutMs });
      const close = async (): Promise<void> => {
        await client.close();
        await ensemble.close();
      };
      return new ConclaveService(client, close, logger, options);
    } catch (error) {
      await ensemble.close();
      throw error;
    }
  }

  /**
   * Returns the election of this name, always the same object. It shows which process leads
   * (`leader()`, `participants()`) and the leadership of this process (`current`). It adds no candidate: the decorators do.
   */
  election(name: string): LeaderElection {
    let election = this.#elections.get(name);
    if (election === undefined) {
      const { client, settings } = this.grantContext();
      election = new LeaderElection(client, { ...settings, name });
      this.#elections.set(name, election);
    }
    return election;
  }

  /** Returns the group of this name, to read its members or to join it. `T` is the type of the members' data, as JSON. */
  group<T = unknown>(name: string): Group<T> {
    return new Group<T>(this.client, { name, logger: this.logger });
  }

  /** Returns the arguments for recipes on this connection. */
  grantContext(onSuspended: OnSuspended | undefined = this.#onSuspended): GrantContext {
    const { client, id, logger } = this;
    return { client, settings: { id, logger, onSuspended } };
  }

  /** Lets one more module use the connection: it stays open until the last of them has shut down. For `ConclaveModule`. */
  share(): this {
    this.#modules++;
    return this;
  }

  /**
   * Waits for calls that run under locks, then closes the session. Nest calls it after `onModuleDestroy`, which left the
   * elections, and after the last requests were answered.
   */
  async onApplicationShutdown(): Promise<void> {
    if (--this.#modules > 0) return;
    await this.calls.drain();
    await this.#close?.();
  }
}

/** Returns an id that no other app has. Containers often have equal host names and process ids. */
function defaultId(): string {
  return `${hostname()}:${process.pid}-${Buffer.from(systemRandom.bytes(4)).toString("hex")}`;
}
