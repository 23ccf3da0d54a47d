import type { OperationOptions } from "@conclave/client";
import type { HealthCheck } from "../health/health-check.js";
import type { HealthMonitor } from "../health/health-monitor.js";
import type { PersistentNode } from "../persistent-node/persistent-node.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";

/** How to register an instance. */
export interface RegisterOptions<P> extends OperationOptions, Partial<Pick<ServiceInstance<P>, "payload" | "enabled">> {
  /** The name of the service. It is the name of a znode. */
  readonly name: string;
  /**
   * The name of the instance. It is the name of a znode; where another session has it, registering waits until that has gone.
   * @default a UUID
   */
  readonly id?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly sslPort?: number | undefined;
  /** How to reach it: `{scheme}://{address}:{port}`. See `uriOf`. */
  readonly uri?: string | undefined;
  /** Whether it wants to be asked is what this says, from the first answer on; until then it does not. */
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
      // What fails now is written when the znode is looked at next.
      if (isHealthy !== this.#instance.enabled) this.update({ enabled: isHealthy }).catch(() => {});
    };
    health?.on(follow);
    if (health !== undefined) follow(health.isHealthy);
  }

  /** What it says of itself. */
  get instance(): ServiceInstance<P> {
    return this.#instance;
  }

  /** The path of the znode behind it. */
  get path(): string {
    return this.#node.path;
  }

  /** Whether the ensemble has it, by what was heard last. While the connection is lost that is in doubt. */
  get isPresent(): boolean {
    return this.#node.isPresent;
  }

  /** Tells of each change of {@link isPresent}; returns what takes the listener out again. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#node.on(listener);
  }

  /** Says something else of it, now and in each session to come. */
  update(changes: Partial<Omit<ServiceInstance<P>, "name" | "id" | "serviceType">>): Promise<void> {
    this.#instance = { ...this.#instance, ...changes };
    return this.#node.setData(instanceCodec<P>().encode(this.#instance));
  }

  /** Takes it away. Resolves when that is done, or has to wait and goes on by itself. Idempotent; never rejects. */
  unregister(): Promise<void> {
    this.#health?.close();
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
