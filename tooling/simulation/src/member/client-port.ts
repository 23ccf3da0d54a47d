import type { Clock, Logger, Random } from "@conclave/runtime";
import {
  Authentication,
  ClientService,
  Connection,
  ConnectionThrottle,
  type Database,
  EventFrames,
  LargeRequests,
  RequestHandler,
  type ResolvedServerOptions,
  type Role,
  rightsBy,
  ServerStats,
  WriterPool,
} from "@conclave/server/simulation";
import type { VirtualSocket } from "../network/virtual-socket.ts";

/** The client port of a member: the real connections and their service, on virtual sockets. */
export class VirtualClientPort {
  readonly #options: ResolvedServerOptions;
  readonly #stats = new ServerStats();
  readonly #writers = new WriterPool();
  readonly #events = new EventFrames();
  readonly #largeRequests: LargeRequests;
  readonly #authentication: Authentication;
  readonly #service: ClientService;
  readonly #connections = new Set<Connection>();

  constructor(
    options: ResolvedServerOptions,
    parts: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
  ) {
    this.#options = options;
    const { largeRequestThreshold: threshold, largeRequestMaxBytes: maxBytes } = options;
    this.#largeRequests = new LargeRequests({ threshold, maxBytes });
    this.#authentication = new Authentication({ ...options, enforcedSchemes: options.enforceAuthSchemes });
    this.#service = new ClientService({
      commands: { length: () => undefined, answer: async () => "" },
      throttle: new ConnectionThrottle(options.connectionThrottle, parts.random, parts.clock.now()),
      stats: this.#stats,
      clock: parts.clock,
      logger: parts.logger,
    });
  }

  get isServing(): boolean {
    return this.#service.isServing;
  }

  get writers(): WriterPool {
    return this.#writers;
  }

  accept(socket: VirtualSocket): void {
    const { clock, logger, maxFrameBytes, maxOutstanding, maxUnsentBytes } = this.#options;
    const connection: Connection = new Connection(
      socket as never,
      {
        ...{ host: this.#service, writers: this.#writers, events: this.#events, stats: this.#stats, logger, clock },
        ...{ maxFrameBytes, maxOutstanding, maxUnsentBytes, throttle: undefined, largeRequests: this.#largeRequests },
        isOverloaded: () => false,
        rightsOf: rightsBy(this.#options),
      },
      () => {
        this.#connections.delete(connection);
        this.#service.closed(connection);
      },
    );
    this.#connections.add(connection);
  }

  serve({ tree }: Database, role: Role): void {
    const requests = new RequestHandler({
      ...{ tree, writes: role, sessions: role.sessions, stats: this.#stats, clock: this.#options.clock },
      ...{ largeRequests: this.#largeRequests, authenticator: this.#authentication, audit: undefined },
    });
    this.#service.serve({ tree, role, requests });
  }

  suspend(): void {
    this.#service.suspend();
  }

  destroyConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
