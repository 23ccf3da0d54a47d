import type { Membership } from "@conclave/recipes";
import { type Clock, systemClock } from "@conclave/runtime";
import type { OnApplicationBootstrap, OnModuleDestroy } from "@nestjs/common";
import type { ConclaveService } from "../connection/conclave-service.js";

/** Group that a module injects or joins. */
export interface GroupFeature {
  readonly name: string;
  /** Makes the app a member from its bootstrap to `onModuleDestroy`. */
  readonly join?: GroupJoin | undefined;
}

/** Membership of an app in a group. */
export interface GroupJoin {
  /**
   * Name of the member. It must differ from that of every other member.
   * @default the id of the connection
   */
  readonly id?: string | undefined;
  /** Data of the member, as JSON; or a function that returns it at the app's bootstrap. */
  readonly data?: unknown;
}

/** A join usually takes one round trip; a session that has just died keeps an id for longer. */
const WARN_AFTER_MS = 2_000;

/**
 * Makes the app a member of its groups from its bootstrap to `onModuleDestroy`, so that others see it leave before it stops
 * answering. The start does not wait for the join: the id may still belong to a process that has just died, until its session
 * expires.
 */
export class Memberships implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #conclave: ConclaveService;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #ids: ReadonlyMap<GroupFeature, OwnId>;
  #joining: readonly Promise<Membership<unknown> | undefined>[] = [];

  constructor(conclave: ConclaveService, groups: readonly GroupFeature[], clock: Clock = systemClock) {
    this.#conclave = conclave;
    this.#clock = clock;
    // Added before any bootstrap hook runs, because views are shown from then on.
    this.#ids = new Map(groups.flatMap((group) => this.#note(group)));
  }

  onApplicationBootstrap(): void {
    this.#joining = Array.from(this.#ids, ([group, id]) => this.#join(group, id));
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    for (const { forget } of this.#ids.values()) forget();
    const memberships = await Promise.all(this.#joining);
    await Promise.all(memberships.map((membership) => membership?.leave()));
  }

  #note(feature: GroupFeature): [GroupFeature, OwnId][] {
    const { name, join } = feature;
    if (join === undefined) return [];
    const { ownIds, logger } = this.#conclave;
    const id = join.id ?? this.#conclave.id;
    if (ownIds.of(name).has(id)) {
      logger.warn(`the app joins the group ${name} twice with the id ${id}: this join and its data are ignored`, {
        id,
      });
      return [];
    }
    return [[feature, { id, forget: ownIds.add(name, id) }]];
  }

  async #join({ name, join }: GroupFeature, { id, forget }: OwnId): Promise<Membership<unknown> | undefined> {
    const { signal } = this.#stop;
    const { logger } = this.#conclave;
    const timer = this.#clock.setTimer(WARN_AFTER_MS, () => void this.#warnOfTakenId(name, id));
    try {
      const data: unknown = typeof join?.data === "function" ? await join.data() : join?.data;
      return await this.#conclave.group(name).join({ id, data, signal });
    } catch (error) {
      forget();
      if (!signal.aborted) logger.error(`cannot join the group ${name}`, { error });
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  /** Two processes with one id are a mistake without any other sign: one waits for the other. */
  async #warnOfTakenId(name: string, id: string): Promise<void> {
    const { client, logger } = this.#conclave;
    try {
      const members = await this.#conclave.group(name).members({ signal: this.#stop.signal });
      const holder = members.find((member) => member.id === id);
      if (holder === undefined || holder.sessionId === client.sessionId) return;
      logger.warn(
        `waiting to join the group ${name}: another session has the id ${id}. If that is another process, give each an id of its own: the option id of ConclaveModule, or of the join`,
        { id, sessionId: `0x${holder.sessionId.toString(16)}` },
      );
    } catch {
      // Not connected, or shutting down.
    }
  }
}

/** The id under which the app joins a group. */
interface OwnId {
  readonly id: string;
  readonly forget: () => void;
}
