/**
 * The services that all test files of one run share: at most one Apache ensemble, whatever the number of projects.
 *
 * Vitest runs the global setup of each project that takes part, in the main process, but loads the file again for each:
 * so the one state is kept on `globalThis`. A test file runs in another process and asks for the ensemble by a loopback
 * request; the first request starts it. So a run in which no test asks for it costs no JVM.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Apache,
  type ApacheEnsemble,
  type Availability,
  findPostgres,
  prepareApache,
  prepareRedis,
  type RedisProgram,
  startApacheEnsemble,
} from "@conclave/services";
import type { ProvidedServices } from "./provided.ts";

const progress = (what: string): void => console.error(`… ${what}`);

export class SharedServices {
  readonly #apache: Promise<Availability<Apache>> = prepareApache({ progress });
  /** After the other one: apt-get runs once at a time. */
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
    this.#ensemble ??= startApacheEnsemble({ apache, servers: 3, followerLagMs });
    return this.#ensemble;
  }

  async close(): Promise<void> {
    const endpoint = await this.#endpoint;
    endpoint.close();
    endpoint.closeAllConnections();
    // The requests for the ensemble have received the error of a start that failed.
    const ensemble = await this.#ensemble?.catch(() => undefined);
    await ensemble?.close();
  }
}

function required<T extends object>(name: string, found: Availability<T>): Availability<T> {
  if (!found.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
    throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but ${name} cannot be had: ${found.reason}`);
  }
  return found;
}
