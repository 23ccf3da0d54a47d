import { hostname } from "node:os";
import { connect, type ZooKeeper } from "@conclave/client";
import { Group, LeaderElection, type OnSuspended } from "@conclave/recipes";
import { type Logger, type Meter, silentMeter, systemRandom } from "@conclave/runtime";
import type { OnApplicationShutdown } from "@nestjs/common";
import { ExclusiveCalls } from "../exclusive/exclusive-calls.js";
import type { ConclaveOptions } from "./conclave-options.js";
import { nestLogger } from "./nest-logger.js";
import { OwnIds } from "./own-ids.js";

const CONNECT_TIMEOUT_MS = 10_000;

/** What recipes on a connection are made with. */
export interface GrantContext {
  readonly client: ZooKeeper;
  readonly settings: { readonly id: string; readonly logger: Logger; readonly onSuspended: OnSuspended | undefined };
}

/** One connection to the ensemble, and what coordinates on it. Inject it by its class or with `@InjectConclave()`. */
export class ConclaveService implements OnApplicationShutdown {
  /** The ZooKeeper client itself. */
  readonly client: ZooKeeper;
  /** What this process is called by others. */
  readonly id: string;
  readonly logger: Logger;
  readonly meter: Meter;
  /** What runs under locks and semaphores. For the decorators. */
  readonly calls: ExclusiveCalls;
  /** Its own ids in the groups that it joins. For the decorators. */
  readonly ownIds = new OwnIds();
  readonly #onSuspended: OnSuspended | undefined;
  readonly #ownsClient: boolean;
  readonly #elections = new Map<string, LeaderElection>();
  /** Modules that have not shut down yet. */
  #modules = 1;

  private constructor(client: ZooKeeper, ownsClient: boolean, logger: Logger, options: ConclaveOptions) {
    this.client = client;
    this.id = options.id ?? defaultId();
    this.logger = logger;
    this.meter = options.meter ?? silentMeter;
    this.calls = new ExclusiveCalls(client, this.meter);
    this.#onSuspended = options.onSuspended;
    this.#ownsClient = ownsClient;
  }

  /**
   * Connects, or takes the client that is there. Rejects as `connect` does, after 10 seconds if not told otherwise, and with a
   * `TypeError` where neither is given.
   */
  static async open(options: ConclaveOptions): Promise<ConclaveService> {
    if (options?.servers === undefined && options?.client === undefined) {
      throw new TypeError(
        'ConclaveModule wants servers, a connect string as in { servers: "127.0.0.1:2181" }, or a client',
      );
    }
    const logger = options.logger ?? nestLogger();
    if (options.client !== undefined) return new ConclaveService(options.client, false, logger, options);
    const { servers, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
    const client = await connect(servers, { ...options.connect, connectTimeoutMs, logger, meter: options.meter });
    return new ConclaveService(client, true, logger, options);
  }

  /**
   * The election of this name, always the same object: who leads (`leader()`, `participants()`), and whether this process
   * does (`current`). Asking for it makes nobody a candidate: the decorators do.
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

  /** The group of this name: who is in it, and a way to join. `T` is what members say of themselves, as JSON. */
  group<T = unknown>(name: string): Group<T> {
    return new Group<T>(this.client, { name, logger: this.logger });
  }

  /** What recipes on this connection are made with. */
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
   * Waits for what runs under locks, and ends the session, last of all: elections were left in `onModuleDestroy`, and
   * requests have been answered.
   */
  async onApplicationShutdown(): Promise<void> {
    if (--this.#modules > 0) return;
    await this.calls.drain();
    if (this.#ownsClient) await this.client.close();
  }
}

/** Returns an id that no other app has: equal host names and process ids are common among containers. */
function defaultId(): string {
  return `${hostname()}:${process.pid}-${Buffer.from(systemRandom.bytes(4)).toString("hex")}`;
}
