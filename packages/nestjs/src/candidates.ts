import type { LeaderElection, Leadership } from "@conclave/recipes";
import type { OnApplicationBootstrap, OnModuleDestroy } from "@nestjs/common";
import type { DiscoveryService } from "@nestjs/core";
import type { ConclaveService } from "./conclave-service.js";
import { runUnder } from "./current-grant.js";
import { type BoundMethod, type ElectionRoles, findRoles } from "./find-roles.js";

/**
 * Stands, for one connection, in the elections that the app's decorators name: from the app's bootstrap, when every
 * provider is ready, to `onModuleDestroy`, which waits for what runs as leader.
 */
export class Candidates implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #discovery: DiscoveryService;
  readonly #conclave: ConclaveService;
  readonly #connection: string | undefined;
  readonly #stop = new AbortController();
  #candidacies: readonly Promise<void>[] = [];

  constructor(discovery: DiscoveryService, conclave: ConclaveService, connection: string | undefined) {
    this.#discovery = discovery;
    this.#conclave = conclave;
    this.#connection = connection;
  }

  onApplicationBootstrap(): void {
    const roles = findRoles(this.#discovery, this.#connection, (why) => this.#conclave.logger.warn(why));
    // A name that cannot be one fails the start, before anything stands.
    const elections = Array.from(roles, ([name, each]) => ({ election: this.#conclave.election(name), roles: each }));
    this.#candidacies = elections.map(({ election, roles: each }) => this.#stand(election, each));
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#candidacies);
  }

  async #stand(election: LeaderElection, roles: ElectionRoles): Promise<void> {
    const { logger } = this.#conclave;
    const { name } = election;
    const call = (handlers: readonly BoundMethod[], leadership: Leadership): Promise<unknown> =>
      Promise.all(handlers.map((handler) => this.#call(handler, leadership)));
    const serve = async (leadership: Leadership): Promise<void> => {
      const { signal, fencingToken } = leadership;
      if (signal.aborted) return;
      logger.info(`leads ${name}`, { fencingToken });
      // A handler may run as long as this process leads.
      void election.ifLeader(() => call(roles.onElected, leadership), nothing);
      await untilAborted(signal);
      logger.info(`leads ${name} no more`, { fencingToken, error: signal.reason });
      await call(roles.onRevoked, leadership);
    };
    try {
      await election.lead(serve, { signal: this.#stop.signal });
    } catch (error) {
      logger.error(`stands for ${name} no more`, { error });
    }
  }

  async #call({ instance, method }: BoundMethod, leadership: Leadership): Promise<void> {
    try {
      const handler = (instance as Record<string | symbol, (leadership: Leadership) => unknown>)[method];
      await runUnder(leadership, () => handler?.call(instance, leadership));
    } catch (error) {
      this.#conclave.logger.error(`${instance.constructor.name}.${String(method)} failed`, { error });
    }
  }
}

const nothing = (): void => {};

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
