import type { ZooKeeper } from "@conclave/client";
import type { Clock } from "@conclave/runtime";
import { TreeCache, type TreeCacheOptions } from "../cache/tree-cache.js";
import type { ReportUnreadable } from "../watching/read-children.js";
import { FailureHistory, type FailurePolicy } from "./failure-history.js";
import { roundRobin, type SelectionStrategy } from "./selection.js";
import type { ServiceInstance } from "./service-instance.js";

/** Options of choosing an instance. */
export interface ProviderOptions {
  /** @default roundRobin() */
  readonly strategy?: SelectionStrategy | undefined;
  /** When an instance that failed is not asked for a while. */
  readonly failures?: FailurePolicy | undefined;
}

/** The instances of one service, live, and a choice among them. While the connection is lost it stays as it was. */
export class ServiceProvider<P = unknown> implements AsyncDisposable {
  /** Resolves when all instances are known; rejects where it was closed before. */
  readonly ready: Promise<void>;
  readonly #cache: TreeCache<ServiceInstance<P> | undefined>;
  readonly #strategy: SelectionStrategy;
  readonly #failures: FailureHistory;
  readonly #clock: Clock;

  constructor(
    zk: ZooKeeper,
    cache: Omit<TreeCacheOptions<ServiceInstance<P> | undefined>, "depth">,
    {
      clock,
      strategy = roundRobin(),
      failures,
      report,
    }: ProviderOptions & { readonly clock: Clock; readonly report: ReportUnreadable },
  ) {
    this.#failures = new FailureHistory(failures);
    this.#strategy = strategy;
    this.#clock = clock;
    this.#cache = new TreeCache(zk, { ...cache, clock, depth: 1 });
    this.#cache.on((event) => {
      // The znode of the service itself is no instance.
      if (event.type === "invalid" && event.path !== cache.path) report(event.path, event.error);
      // An instance that registers again starts without failures.
      if (event.type === "removed" && event.node?.data !== undefined) this.#failures.forget(event.node.data.id);
    });
    this.ready = this.#cache.ready;
  }

  /** Counts the changes. */
  get version(): number {
    return this.#cache.version;
  }

  /** True while changes are reported: all instances are known, and the client is connected. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** All that are registered, in the order of their ids. */
  get instances(): readonly ServiceInstance<P>[] {
    const known = [...this.#cache.nodes()].flatMap(({ data }) => (data === undefined ? [] : [data]));
    return known.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Instances that may be chosen: enabled, and without too many failures reported by {@link failed}. */
  get available(): readonly ServiceInstance<P>[] {
    const nowMs = this.#clock.now();
    return this.instances.filter(({ id, enabled }) => enabled && !this.#failures.isDown(id, nowMs));
  }

  /** Chooses one of those that may be asked; `undefined` where there is none. */
  get(): ServiceInstance<P> | undefined {
    const { available } = this;
    return available.length === 0 ? undefined : this.#strategy.select(available);
  }

  /** Says that an instance failed: after as many failures as the policy says it is not chosen for a while. */
  failed({ id }: Pick<ServiceInstance<P>, "id">): void {
    this.#failures.note(id, this.#clock.now());
  }

  /** Adds a listener for changes of the instances and returns a function that removes it. */
  on(listener: () => void): () => void {
    return this.#cache.on(() => listener());
  }

  /** Stops following. Idempotent. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
