import type { OperationOptions } from "@conclave/client";
import type { HealthCheck } from "../health/health-check.js";
import type { HealthMonitor } from "../health/health-monitor.js";
import type { PersistentNode } from "../persistent-node/persistent-node.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";

/** Options of registering an instance. */
export interface RegisterOptions<P> extends OperationOptions, Partial<Pick<ServiceInstance<P>, "payload" | "enabled">> {
  /** The name of the service. It is the name of a znode. */
  readonly name: string;
  /**
   * Id of the instance and name of its znode; if another session has it, registering waits until that znode is deleted.
   * @default a UUID
   */
  readonly id?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly sslPort?: number | undefined;
  /** URI template of the instance: `{scheme}://{address}:{port}`. See `uriOf`. */
  readonly uri?: string | undefined;
  /** Health check that sets `enabled`, from its first answer on; until then the instance is disabled. */
  readonly health?: HealthCheck | undefined;
}

/** That an instance of ours is registered, until it is unregistered or the client is closed: again in each new session. */
export class Registration<P = unknown> implements AsyncDisposable {
  readonly #node: PersistentNode;
  readonly #health: HealthMonitor | undefined;
  #instance: ServiceInstance<P>;

  constructor(instance: ServiceInstance<P>, node: PersistentNode, health: HealthMonitor | undefined) {
    this.#instance = instance;
    this.#node = node;
    this.#health = health;
    const follow = (isHealthy: boolean): void => {
      // If this write fails, the next look at the znode repeats it.
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

  /** True if the znode exists, as last reported. In doubt while the connection is lost. */
  get isPresent(): boolean {
    return this.#node.isPresent;
  }

  /** Adds a listener for changes of {@link isPresent} and returns a function that removes it. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#node.on(listener);
  }

  /** Says something else of it, now and in each session to come. */
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
