import type { OperationOptions } from "@conclave/client";
import type { HealthCheck } from "../health/health-check.js";
import type { HealthMonitor } from "../health/health-monitor.js";
import type { PersistentNode } from "../persistent-node/persistent-node.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";

/** Options of `ServiceRegistry.register`. */
export interface RegisterOptions<P> extends OperationOptions, Partial<Pick<ServiceInstance<P>, "payload" | "enabled">> {
  /** Name of the service, which must be a valid znode name. */
  readonly name: string;
  /**
   * Id of the instance and name of its znode; if another session uses it, `register` waits until that znode is deleted.
   * @default a UUID
   */
  readonly id?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly sslPort?: number | undefined;
  /** URI template of the instance: `{scheme}://{address}:{port}`. See `uriOf`. */
  readonly uri?: string | undefined;
  /** Health check that sets `enabled`. The instance is disabled until the first result. */
  readonly health?: HealthCheck | undefined;
}

/**
 * A registered instance of this process. It is registered again in each new session, until {@link unregister} or until the
 * client is closed.
 */
export class Registration<P = unknown> implements AsyncDisposable {
  readonly #node: PersistentNode;
  readonly #health: HealthMonitor | undefined;
  #instance: ServiceInstance<P>;

  constructor(instance: ServiceInstance<P>, node: PersistentNode, health: HealthMonitor | undefined) {
    this.#instance = instance;
    this.#node = node;
    this.#health = health;
    const follow = (isHealthy: boolean): void => {
      // If this write fails, it is repeated after the next read of the znode.
      if (isHealthy !== this.#instance.enabled) this.update({ enabled: isHealthy }).catch(() => {});
    };
    health?.on(follow);
    if (health !== undefined) follow(health.isHealthy);
  }

  /** The registered data. */
  get instance(): ServiceInstance<P> {
    return this.#instance;
  }

  /** Path of the instance's znode. */
  get path(): string {
    return this.#node.path;
  }

  /** True if the znode exists, as last reported. Not certain while the connection is lost. */
  get isPresent(): boolean {
    return this.#node.isPresent;
  }

  /** Adds a listener for changes of {@link isPresent} and returns a function that removes it. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#node.on(listener);
  }

  /** Changes the data of the instance, now and in all later sessions. */
  update(changes: Partial<Omit<ServiceInstance<P>, "name" | "id" | "serviceType">>): Promise<void> {
    this.#instance = { ...this.#instance, ...changes };
    return this.#node.setData(instanceCodec<P>().encode(this.#instance));
  }

  /**
   * Unregisters the instance. Resolves when its znode is deleted, or when the deletion continues in the background.
   * Idempotent; never rejects.
   */
  unregister(): Promise<void> {
    this.#health?.close();
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
