import { type Codec, isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import { HealthMonitor } from "../health/health-monitor.js";
import {
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";
import { PersistentNode } from "../persistent-node/persistent-node.js";
import {
  type ReportUnreadable,
  readChildren,
  type UnreadableSettings,
  unreadableReport,
} from "../watching/read-children.js";
import { type RegisterOptions, Registration } from "./registration.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";
import { type ProviderOptions, ServiceProvider } from "./service-provider.js";
import { parseUriSpec } from "./uri-spec.js";

/** Options of {@link ServiceRegistry}. A name means the path `/conclave/services/<name>`. */
export type ServiceRegistryOptions = RecipePlace & RecipeSettings & UnreadableSettings;

/**
 * Directory of services: processes register instances, and others select among them. Constructing one sends no request.
 *
 * Layout of Curator's x-discovery, so that Java and Node.js processes find each other: `<path>/<service>/<id>`, ephemeral,
 * with JSON data.
 */
export class ServiceRegistry<P = unknown> {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #report: ReportUnreadable;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: ServiceRegistryOptions) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("service registry", "services", options);
    this.path = this.#options.path;
    const { label, logger } = this.#options;
    this.#report = unreadableReport(`an instance in the service registry ${label}`, logger, options);
  }

  /**
   * Registers an instance and keeps it registered. Resolves when the ensemble has created the znode. Rejects with the reason
   * of `signal` if it aborts before, with the error of a rejected request (`NO_AUTH`, …), with `CLOSED` when the client is
   * closed, and with a `TypeError` for an invalid name or id.
   */
  async register(options: RegisterOptions<P>): Promise<Registration<P>> {
    const { acl, logger, clock, random } = this.#options;
    const instance = this.#instanceOf(options);
    const path = `${this.#servicePath(instance.name)}/${checkedName("the id of an instance", instance.id)}`;
    options.signal?.throwIfAborted();
    const health = options.health && new HealthMonitor(options.health, { clock, logger });
    const node = new PersistentNode(this.#zk, {
      ...{ path, acl, logger, clock, random },
      data: instanceCodec<P>().encode(instance),
    });
    try {
      await node.whenPresent({ signal: options.signal });
    } catch (error) {
      health?.close();
      await node.close();
      throw error;
    }
    return new Registration(instance, node, health);
  }

  /** Resolves with the names of the services, as this client's server knows them. */
  async services(options: OperationOptions = {}): Promise<string[]> {
    const names = await this.#zk.getChildren(this.path, options).catch(noneIfMissing);
    return names.sort();
  }

  /**
   * Resolves with the instances of a service, in the order of their ids, as this client's server knows them. An instance
   * that cannot be read is left out and reported (`onUnreadable`).
   */
  async instances(service: string, options: OperationOptions = {}): Promise<ServiceInstance<P>[]> {
    const path = this.#servicePath(service);
    const children = await readChildren(this.#zk, path, instanceCodec<P>(), this.#report, options);
    return children.map(({ data }) => data);
  }

  /**
   * Starts a live view of a service. Resolves when all of its instances are known; rejects with the reason of `signal` if it
   * aborts before. The caller closes the provider.
   */
  async provider(service: string, options: ProviderOptions & OperationOptions = {}): Promise<ServiceProvider<P>> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { logger, clock, random } = this.#options;
    const path = this.#servicePath(service);
    const provider = new ServiceProvider<P>(
      this.#zk,
      { path, logger, random, codec: instanceOrServiceCodec<P>() },
      { ...options, clock, report: this.#report },
    );
    const removeCallback = onAbort(signal, () => void provider.close());
    try {
      await provider.ready;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      removeCallback();
    }
    return provider;
  }

  #servicePath(service: string): string {
    return `${this.path}/${checkedName("the name of a service", service)}`;
  }

  #instanceOf(options: RegisterOptions<P>): ServiceInstance<P> {
    const { random, clock } = this.#options;
    const { name, id = newId(random.bytes(16)), address = null, port = null, sslPort = null, payload = null } = options;
    return {
      ...{ name, id, address, port, sslPort, payload },
      registrationTimeUTC: Math.round(clock.wallTime()),
      serviceType: "DYNAMIC",
      uriSpec: options.uri === undefined ? null : parseUriSpec(options.uri),
      enabled: options.health === undefined && (options.enabled ?? true),
    };
  }
}

/** Codec of the znodes of instances and of the service: the latter has no data, and is decoded as `undefined`. */
function instanceOrServiceCodec<P>(): Codec<ServiceInstance<P> | undefined> {
  const codec = instanceCodec<P>();
  return {
    encode: (instance) => (instance === undefined ? null : codec.encode(instance)),
    decode: (data) => (data === null || data.length === 0 ? undefined : codec.decode(data)),
  };
}

function checkedName(what: string, name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)) return name;
  throw new TypeError(`${JSON.stringify(name)} cannot be ${what}: it must be a valid znode name`);
}

function newId(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function noneIfMissing(error: unknown): never[] {
  if (isZkError(error, "NO_NODE")) return [];
  throw error;
}
