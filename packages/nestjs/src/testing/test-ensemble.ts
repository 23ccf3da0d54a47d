import { connect, parseConnectString, type ZooKeeper } from "@conclave/client";
import type { OnApplicationShutdown } from "@nestjs/common";
import type { ConclaveService } from "../connection/conclave-service.js";
import type { TestKit, TestLink, TestServer } from "./test-kit.js";

/** The ensemble of an app under test, and what goes wrong between the two. Inject it, or `app.get(TestEnsemble)`. */
export class TestEnsemble implements OnApplicationShutdown {
  /** The ensemble itself, past all faults: for other clients, and for a second app that shares it. */
  readonly servers: string;
  /** What the app connects to: every server through a proxy. */
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

  /** Starts a server, where there is none yet at `servers`, and a proxy in front of each. */
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

  /** The connection is lost, and none comes until {@link heal}; the session lives on. Resolves when the app has noticed. */
  async suspend(): Promise<void> {
    const lost = until(this.#client, ({ state }) => state !== "connected");
    for (const link of this.#links) link.refuse();
    for (const link of this.#links) link.cut();
    await lost;
  }

  /**
   * The ensemble is on the other side of a network that has split: nothing passes, and nobody is told. So the app finds out
   * by its own clock, and the ensemble ends the session by its own, while others go on. Resolves when the app has noticed;
   * {@link heal} ends it.
   */
  async split(): Promise<void> {
    const lost = until(this.#client, ({ state }) => state !== "connected");
    for (const link of this.#links) link.freeze();
    await lost;
  }

  /** The ensemble ends the session, with its ephemerals. Resolves when the app has a new one. */
  async expire(): Promise<void> {
    const client = this.#client;
    const { session } = client;
    if (session === undefined) throw new Error("there is no session to expire: wait until the app is connected");
    await this.suspend();
    // Whoever shows a session's password may end it.
    const thief = await connect(this.servers, { session });
    await thief.close();
    const renewed = until(client, ({ state, sessionId }) => state === "connected" && sessionId !== session.id);
    for (const link of this.#links) link.heal();
    await renewed;
  }

  /** Takes back what went wrong. Resolves when the app is connected. */
  async heal(): Promise<void> {
    const connected = until(this.#client, ({ state }) => state === "connected");
    for (const link of this.#links) link.heal();
    await connected;
  }

  /** Ends the app's session, if that is not done yet, and everything that was started. */
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
