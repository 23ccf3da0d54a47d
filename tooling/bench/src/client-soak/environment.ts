import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { Child } from "../processes/child.ts";
import { type ConclaveServer, startConclaveServer } from "../processes/conclave-server.ts";
import type { ClientInput } from "./client-process.ts";
import type { ClientReport } from "./sample.ts";

const SERVER_OPTIONS = { tickTimeMs: 200, snapCount: 20_000, preAllocBytes: 4 * 1024 * 1024 };

/** A durable server and the client under test, each in a process of its own, with a proxy in this process between them. */
export class SoakEnvironment {
  readonly proxy: FaultProxy;
  readonly client: Child<ClientReport>;
  readonly #folder: string;
  #server: ConclaveServer;

  private constructor(folder: string, server: ConclaveServer, proxy: FaultProxy, client: Child<ClientReport>) {
    this.#folder = folder;
    this.#server = server;
    this.proxy = proxy;
    this.client = client;
  }

  static async start(input: Omit<ClientInput, "connectString">): Promise<SoakEnvironment> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-soak-"));
    const server = await startConclaveServer({ ...SERVER_OPTIONS, dataDir: folder });
    const proxy = await startFaultProxy({ target: server.connectString });
    const client = new Child<ClientReport>(join(import.meta.dirname, "client-process.ts"), {
      input: { ...input, connectString: proxy.connectString } satisfies ClientInput,
      nodeArgs: ["--expose-gc"],
    });
    return new SoakEnvironment(folder, server, proxy, client);
  }

  async restartServer(how: "stop" | "kill"): Promise<void> {
    const clientPort = this.#server.port;
    await (how === "stop" ? this.#server.close() : this.#server.kill());
    this.#server = await startConclaveServer({ ...SERVER_OPTIONS, dataDir: this.#folder, clientPort });
  }

  async close(): Promise<void> {
    await this.client.kill();
    await this.proxy.close();
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
