import type { GrantLostError, LeaderElection, Leadership } from "@conclave/recipes";
import { onAbort } from "@conclave/runtime";
import type { OnApplicationBootstrap, OnModuleDestroy } from "@nestjs/common";
import type { DiscoveryService } from "@nestjs/core";
import type { ConclaveService } from "../connection/conclave-service.js";
import { runUnder } from "../exclusive/current-grant.js";
import { type BoundMethod, callHandler, type FoundRole, findRoles, neverCalled } from "./find-roles.js";

/** Handlers of the app for one election. */
interface ElectionHandlers {
  readonly onElected: BoundMethod[];
  readonly onRevoked: BoundMethod[];
}

/**
 * Campaigns on one connection for the elections that the app's decorators name: from the app's bootstrap, when every provider
 * is ready, to `onModuleDestroy`, which waits for methods that run as leader.
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
    const handlers = new Map<string, ElectionHandlers>();
    for (const found of findRoles(this.#discovery, this.#connection)) this.#addHandlers(found, handlers);
    // An invalid name fails the start, before any campaign begins.
    const elections = Array.from(handlers, ([name, each]) => ({ election: this.#conclave.election(name), each }));
    this.#candidacies = elections.map(({ election, each }) => this.#campaign(election, each));
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#candidacies);
  }

  #addHandlers(found: FoundRole, elections: Map<string, ElectionHandlers>): void {
    const { kind, name } = found.role;
    if (kind !== "leaderOnly" && kind !== "onElected" && kind !== "onRevoked") return;
    const handlers = elections.get(name) ?? { onElected: [], onRevoked: [] };
    elections.set(name, handlers);
    if (kind === "leaderOnly") return;
    if (found.handler === undefined) this.#conclave.logger.warn(neverCalled(found));
    else handlers[kind].push(found.handler);
  }

  async #campaign(election: LeaderElection, handlers: ElectionHandlers): Promise<void> {
    const { logger, meter } = this.#conclave;
    const { name } = election;
    const leading = (value: 0 | 1): void => meter.gauge("nestjs_leading", value, { election: name });
    leading(0);
    const call = (each: readonly BoundMethod[], leadership: Leadership): Promise<unknown> =>
      Promise.all(each.map((handler) => runUnder(leadership, () => callHandler(handler, [leadership], logger))));
    const serve = async (leadership: Leadership): Promise<void> => {
      const { signal, fencingToken } = leadership;
      if (signal.aborted) return;
      logger.info(`elected leader of ${name}`, { fencingToken });
      leading(1);
      // A handler may run for as long as this process leads.
      void election.ifLeader(() => call(handlers.onElected, leadership), nothing);
      await untilAborted(signal);
      leading(0);
      logger.info(`no longer the leader of ${name}`, { fencingToken, ...lossOf(signal) });
      await call(handlers.onRevoked, leadership);
    };
    try {
      await election.lead(serve, { signal: this.#stop.signal });
    } catch (error) {
      logger.error(`the campaign for ${name} ended: this process can no longer lead`, { error });
    }
  }
}

const nothing = (): void => {};

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}

/** Returns the error of a lost leadership, for the log; nothing for one that was released in order. */
function lossOf({ reason }: AbortSignal): { readonly error?: GrantLostError } {
  const error = reason as GrantLostError;
  return error.code === "RELEASED" ? {} : { error };
}
