/**
 * Services that all test files of a run share: at most one Apache ensemble for all projects.
 *
 * Vitest runs the global setup of each project in the main process, but loads the file again for each: the shared state is
 * therefore on `globalThis`. A test file runs in another process and requests the ensemble over loopback; the first request
 * starts it. A run without such tests starts no JVM.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Apache,
  type ApacheEnsemble,
  type Availability,
  archiveClasses,
  findPostgres,
  prepareApache,
  prepareRedis,
  type RedisProgram,
  startApacheEnsemble,
} from "@conclave/services";
import type { ProvidedServices } from "./provided.ts";

const progress = (step: string): void => console.error(`… ${step}`);

export class SharedServices {
  readonly #apache: Promise<Availability<Apache>> = prepareApache({ progress });
  /** Starts after the other one, because apt-get runs one at a time. */
  readonly #redis: Promise<Availability<RedisProgram>> = this.#apache.then(() => prepareRedis({ progress }));
  readonly #endpoint: Promise<Server>;
  #ensemble: Promise<ApacheEnsemble> | undefined;

  constructor() {
    this.#endpoint = new Promise((resolve, reject) => {
      const server = createServer((_request, response) => {
        this.#sharedEnsemble().then(
          ({ connectString }) => response.end(connectString),
          (error: Error) => response.writeHead(500).end(error.message),
        );
      });
      server.unref().once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, () => resolve(server));
    });
  }

  /** Resolves with the services for the test files. Rejects when a required service is not available. */
  async provided(): Promise<ProvidedServices> {
    const [apache, redis] = [required("Apache ZooKeeper", await this.#apache), required("Redis", await this.#redis)];
    const { port } = (await this.#endpoint).address() as AddressInfo;
    return { apache, redis, postgres: await findPostgres(), sharedApacheUrl: `http://127.0.0.1:${port}/` };
  }

  async #sharedEnsemble(): Promise<ApacheEnsemble> {
    const apache = await this.#apache;
    if (!apache.available) throw new Error(apache.reason);
    const followerLagMs = Number(process.env.CONCLAVE_FOLLOWER_LAG_MS ?? 0);
    this.#ensemble ??= archiveClasses(apache).then(() => startApacheEnsemble({ apache, servers: 3, followerLagMs }));
    return this.#ensemble;
  }

  async close(): Promise<void> {
    const endpoint = await this.#endpoint;
    endpoint.close();
    endpoint.closeAllConnections();
    // An error of the start was the answer to the requests.
    const ensemble = await this.#ensemble?.catch(() => undefined);
    await ensemble?.close();
  }
}

function required<T extends object>(name: string, found: Availability<T>): Availability<T> {
  if (!found.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
    throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but ${name} is not available: ${found.reason}`);
  }
  return found;
}
