import { hostname } from "node:os";
import { connect, type ZooKeeper } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import type { Logger } from "@conclave/runtime";
import type { OnApplicationShutdown } from "@nestjs/common";
import type { ConclaveOptions } from "./conclave-options.js";
import { nestLogger } from "./nest-logger.js";

const CONNECT_TIMEOUT_MS = 10_000;

/** One connection to the ensemble, and the elections on it. Inject it by its class or with `@InjectConclave()`. */
export class ConclaveService implements OnApplicationShutdown {
  /** The ZooKeeper client itself. */
  readonly client: ZooKeeper;
  /** What this process is called in elections. */
  readonly id: string;
  readonly logger: Logger;
  readonly #onSuspended: "revoke" | "keep" | undefined;
  readonly #ownsClient: boolean;
  readonly #elections = new Map<string, LeaderElection>();

  private constructor(client: ZooKeeper, ownsClient: boolean, logger: Logger, options: ConclaveOptions) {
    this.client = client;
    this.id = options.id ?? `${hostname()}:${process.pid}`;
    this.logger = logger;
    this.#onSuspended = options.onSuspended;
    this.#ownsClient = ownsClient;
  }

  /** Connects, or takes the client that is there. Rejects as `connect` does, after 10 seconds if not told otherwise. */
  static async open(options: ConclaveOptions): Promise<ConclaveService> {
    const logger = options.logger ?? nestLogger();
    if (options.client !== undefined) return new ConclaveService(options.client, false, logger, options);
    const { servers, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
    const client = await connect(servers, { ...options.connect, connectTimeoutMs, logger });
    return new ConclaveService(client, true, logger, options);
  }

  /**
   * The election of this name, always the same object: who leads (`leader()`, `participants()`), and whether this process
   * does (`current`). Asking for it makes nobody a candidate: the decorators do.
   */
  election(name: string): LeaderElection {
    let election = this.#elections.get(name);
    if (election === undefined) {
      const { id, logger } = this;
      election = new LeaderElection(this.client, { name, id, logger, onSuspended: this.#onSuspended });
      this.#elections.set(name, election);
    }
    return election;
  }

  /** Ends the session, last of all: elections were left in `onModuleDestroy`. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#ownsClient) await this.client.close();
  }
}
