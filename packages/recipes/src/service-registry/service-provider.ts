import type { ZooKeeper } from "@conclave/client";
import type { Clock } from "@conclave/runtime";
import { TreeCache, type TreeCacheOptions } from "../cache/tree-cache.js";
import type { ReportUnreadable } from "../watching/read-children.js";
import { FailureHistory, type FailurePolicy } from "./failure-history.js";
import { roundRobin, type SelectionStrategy } from "./selection.js";
import type { ServiceInstance } from "./service-instance.js";

/** Options of {@link ServiceProvider}. */
export interface ProviderOptions {
  /** @default roundRobin() */
  readonly strategy?: SelectionStrategy | undefined;
  /** Exclusion of instances that failed. */
  readonly failures?: FailurePolicy | undefined;
}

/** A live view of the instances of one service, which selects one of them. It does not change while the connection is lost. */
export class ServiceProvider<P = unknown> implements AsyncDisposable {
  /** Resolves when all instances are known; rejects if the provider is closed before. */
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
      // The znode of the service itself is not an instance.
      if (event.type === "invalid" && event.path !== cache.path) report(event.path, event.error);
      // An instance that registers again starts without failures.
      if (event.type === "removed" && event.node?.data !== undefined) this.#failures.forget(event.node.data.id);
    });
    this.ready = this.#cache.ready;
  }

  /** Counts the changes of the view. */
  get version(): number {
    return this.#cache.version;
  }

  /** True while changes are reported: all instances are known, and the client is connected. */
  get isFresh(): boolean {
    return this.#cache.isFresh;
  }

  /** All registered instances, in the order of their ids. */
  get instances(): readonly ServiceInstance<P>[] {
    const known = [...this.#cache.nodes()].flatMap(({ data }) => (data === undefined ? [] : [data]));
    return known.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Instances that can be selected: enabled, and not excluded after failures. */
  get available(): readonly ServiceInstance<P>[] {
    const nowMs = this.#clock.now();
    return this.instances.filter(({ id, enabled }) => enabled && !this.#failures.isDown(id, nowMs));
  }

  /** Selects one of the {@link available} instances; `undefined` if there is none. */
  get(): ServiceInstance<P> | undefined {
    const { available } = this;
    return available.length === 0 ? undefined : this.#strategy.select(available);
  }

  /** Reports a failure of an instance, which may exclude it from selection by the policy `failures`. */
  failed({ id }: Pick<ServiceInstance<P>, "id">): void {
    this.#failures.record(id, this.#clock.now());
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
