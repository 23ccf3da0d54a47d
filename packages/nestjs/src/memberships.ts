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
  #joining: readonly Promise<Membership<unknown> | undefined>[] = [];

  constructor(conclave: ConclaveService, groups: readonly GroupFeature[]) {
    this.#conclave = conclave;
    this.#groups = groups;
  }

  onApplicationBootstrap(): void {
    this.#joining = this.#groups.filter(({ join }) => join !== undefined).map((group) => this.#join(group));
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    const memberships = await Promise.all(this.#joining);
    await Promise.all(memberships.map((membership) => membership?.leave()));
  }

  async #join({ name, join = {} }: GroupFeature): Promise<Membership<unknown> | undefined> {
    const { id = this.#conclave.id, data } = join;
    const { signal } = this.#stop;
    try {
      const said: unknown = typeof data === "function" ? await data() : data;
      return await this.#conclave.group(name).join({ id, data: said, signal });
    } catch (error) {
      if (!signal.aborted) this.#conclave.logger.error(`cannot join the group ${name}`, { error });
      return undefined;
    }
  }
}
