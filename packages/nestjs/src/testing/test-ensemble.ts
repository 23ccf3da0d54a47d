import { connect, parseConnectString, type ZooKeeper } from "@conclave/client";
import type { OnApplicationShutdown } from "@nestjs/common";
import type { ConclaveService } from "../connection/conclave-service.js";
import type { TestKit, TestLink, TestServer } from "./test-kit.js";

/** Ensemble of an app under test, with faults on the connection between the two. Inject it, or use `app.get(TestEnsemble)`. */
export class TestEnsemble implements OnApplicationShutdown {
  /** Connect string without faults: for other clients, and for a second app that shares the ensemble. */
  readonly servers: string;
  /** Connect string of the app: every server through a fault proxy. */
  readonly connectString: string;
  readonly #own: TestServer | undefined;
  readonly #links: readonly TestLink[];
  readonly #conclave: () => ConclaveService;

  private constructor(
    servers: string,
    own: TestServer | undefined,
    links: readonly TestLink[],
    chroot: string,
    conclave: () => ConclaveService,
  ) {
    this.servers = servers;
    this.#own = own;
    this.#links = links;
    this.connectString = links.map(({ connectString }) => connectString).join(",") + chroot;
    this.#conclave = conclave;
  }

  /** Starts a server, unless `servers` is given, and a fault proxy for each server. */
  static async start(
    kit: TestKit,
    servers: string | undefined,
    conclave: () => ConclaveService,
  ): Promise<TestEnsemble> {
    const own = servers === undefined ? await kit.startFaultTarget() : undefined;
    const connectString = servers ?? own!.connectString;
    const { servers: each, chroot } = parseConnectString(connectString);
    const links = await Promise.all(each.map(({ host, port }) => kit.startFaultProxy({ target: `${host}:${port}` })));
    return new TestEnsemble(connectString, own, links, chroot, conclave);
  }

  /** Cuts the connection and refuses new ones until {@link heal}; the session lives on. Resolves when the app has noticed. */
  async suspend(): Promise<void> {
    const lost = until(this.#client, ({ state }) => state !== "connected");
    for (const link of this.#links) link.refuse();
    for (const link of this.#links) link.cut();
    await lost;
  }

  /**
   * Splits the network: no byte passes, without an error. The app finds out by its own clock, and the ensemble expires the
   * session by its own, while other clients go on. Resolves when the app has noticed; {@link heal} ends it.
   */
  async split(): Promise<void> {
    const lost = until(this.#client, ({ state }) => state !== "connected");
    for (const link of this.#links) link.freeze();
    await lost;
  }

  /** Expires the session, with its ephemerals. Resolves when the app has a new session. */
  async expire(): Promise<void> {
    const client = this.#client;
    const { session } = client;
    if (session === undefined) throw new Error("no session to expire: wait until the app is connected");
    await this.suspend();
    // A client that resumes the session by its password may close it.
    const second = await connect(this.servers, { session });
    await second.close();
    const renewed = until(client, ({ state, sessionId }) => state === "connected" && sessionId !== session.id);
    for (const link of this.#links) link.heal();
    await renewed;
  }

  /** Ends all faults. Resolves when the app is connected. */
  async heal(): Promise<void> {
    const connected = until(this.#client, ({ state }) => state === "connected");
    for (const link of this.#links) link.heal();
    await connected;
  }

  /** Closes the app's session, if it is still open, then the proxies and the server that were started. */
  async onApplicationShutdown(): Promise<void> {
    await this.#conclave().onApplicationShutdown();
    await Promise.all(this.#links.map((link) => link.close()));
    await this.#own?.close();
  }

  get #client(): ZooKeeper {
    return this.#conclave().client;
  }
}

function until(client: ZooKeeper, isIt: (client: ZooKeeper) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isIt(client)) return;
      client.off("state", look);
      resolve();
    };
    client.on("state", look);
    look();
  });
}
