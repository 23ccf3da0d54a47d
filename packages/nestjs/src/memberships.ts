import type { Membership } from "@conclave/recipes";
import type { OnApplicationBootstrap, OnModuleDestroy } from "@nestjs/common";
import type { ConclaveService } from "./conclave-service.js";
import type { GroupFeature } from "./feature-options.js";

/**
 * Makes the app a member of the groups that it joins, from its bootstrap to `onModuleDestroy`: so others know that it goes
 * before it stops to answer. The start does not wait for it: a name may belong to a process that has just died, until its
 * session has expired.
 */
export class Memberships implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #conclave: ConclaveService;
  readonly #groups: readonly GroupFeature[];
  readonly #stop = new AbortController();
  readonly #ids: ReadonlyMap<GroupFeature, OwnId>;
  #joining: readonly Promise<Membership<unknown> | undefined>[] = [];

  constructor(conclave: ConclaveService, groups: readonly GroupFeature[]) {
    this.#conclave = conclave;
    this.#groups = groups.filter(({ join }) => join !== undefined);
    // Before any bootstrap hook runs, so that no view is shown before it waits for them.
    this.#ids = new Map(this.#groups.map((group) => [group, this.#note(group)]));
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

  #note({ name, join }: GroupFeature): OwnId {
    const id = join?.id ?? this.#conclave.id;
    return { id, forget: this.#conclave.ownIds.add(name, id) };
  }

  async #join({ name, join }: GroupFeature, { id, forget }: OwnId): Promise<Membership<unknown> | undefined> {
    const { signal } = this.#stop;
    try {
      const data: unknown = typeof join?.data === "function" ? await join.data() : join?.data;
      return await this.#conclave.group(name).join({ id, data, signal });
    } catch (error) {
      forget();
      if (!signal.aborted) this.#conclave.logger.error(`cannot join the group ${name}`, { error });
      return undefined;
    }
  }
}

/** The id under which the app joins a group. */
interface OwnId {
  readonly id: string;
  readonly forget: () => void;
}
