import { connect, parseConnectString, type SavedSession, type ZooKeeper } from "@conclave/client";
import { pause, systemClock } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import type { OnApplicationShutdown } from "@nestjs/common";
import type { ConclaveService } from "../connection/conclave-service.js";
import type { TestKit, TestLink, TestServer } from "./test-kit.js";

/** Ensemble of an app under test, with faults on the connection between the two. Inject it, or use `app.get(TestEnsemble)`. */
export class TestEnsemble implements OnApplicationShutdown {
  /** Connect string without faults: for other clients, and for a second app that shares the ensemble. */
  readonly servers: string;
  /** Connect string of the app: every server through a fault proxy. */
  readonly connectString: string;
  /** Clock of the app's client. {@link split} advances it past the end of the session. */
  readonly clock = new TestClock(systemClock);
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
    const own = servers === undefined ? await kit.startTestServer() : undefined;
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
   * Splits the network between the app and the ensemble for longer than the session: no byte passes, without an error. The
   * app's client suspends, then expires the session by its own clock, which is advanced; then the ensemble expires it. Other
   * clients are not affected. Resolves when the session has ended on both sides; {@link heal} ends the split.
   */
  async split(): Promise<void> {
    const client = this.#client;
    const session = openSession(client);
    for (const link of this.#links) link.freeze();
    // In steps of a third: the client drops a silent connection after two thirds of the timeout, and its session after the whole.
    while (client.state === "connected") {
      this.clock.advance(client.sessionTimeoutMs / 3);
      await pause(systemClock, 1);
    }
    this.clock.advance(client.sessionTimeoutMs);
    await until(client, ({ state }) => state !== "connected" && state !== "suspended");
    await this.#endOnServer(session);
  }

  /** Expires the session, with its ephemerals. Resolves when the app has a new session. */
  async expire(): Promise<void> {
    const client = this.#client;
    const session = openSession(client);
    await this.suspend();
    await this.#endOnServer(session);
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

  /** Closes the session from a second client, which may resume it because it knows the password. */
  async #endOnServer(session: SavedSession): Promise<void> {
    await (await connect(this.servers, { session })).close();
  }

  get #client(): ZooKeeper {
    return this.#conclave().client;
  }
}

function openSession({ session }: ZooKeeper): SavedSession {
  if (session === undefined)
    throw new Error("the app has no session that could be expired: wait until it is connected");
  return session;
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
