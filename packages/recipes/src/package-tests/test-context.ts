import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import { type Clock, systemClock } from "@conclave/runtime";

/** Dependencies of a {@link TestContext} that only tests have. */
export interface TestContextParts<P extends Faults> {
  readonly ensemble: { connectString(): string; readonly root: string };
  readonly connect: (connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>;
  readonly startFaultProxy: (options: { readonly target: string }) => Promise<P>;
  readonly onTestFinished: (after: () => Promise<void>) => void;
}

/** Operations of a fault proxy that the context needs. */
export interface Faults {
  readonly connectString: string;
  cut(): void;
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

/** A client connected through a fault proxy. */
export interface UnstableClient<P extends Faults> {
  readonly zk: ZooKeeper;
  readonly proxy: P;
  /** No way to any server, until {@link accept}. For a client of `dying`, its session ends with that, here and there. */
  isolate(): void;
  accept(): void;
  /** Resolves once the client was in this state since the last `isolate` or `accept`. */
  reaches(state: ZooKeeper["state"]): Promise<void>;
}

/** Long: a session must not end because the machine is busy. */
const SESSION_MS = 15_000;

/** Returns the ensemble with one of its servers only: all clients then read the same state. */
export function oneServer(ensemble: TestContextParts<Faults>["ensemble"]): TestContextParts<Faults>["ensemble"] {
  return { root: ensemble.root, connectString: () => ensemble.connectString().split(",", 1).join() };
}

/** For tests: clients and paths of a suite's own, closed when the test that asked for them has ended. */
export class TestContext<P extends Faults> {
  readonly #parts: TestContextParts<P>;
  #made = 0;

  constructor(parts: TestContextParts<P>) {
    this.#parts = parts;
  }

  /** Makes the suite's own znode. */
  async open(): Promise<void> {
    const zk = await this.#parts.connect(this.#parts.ensemble.connectString());
    await zk.create(this.#parts.ensemble.root);
    await zk.close();
  }

  /** Returns an unused path. */
  newPath(): string {
    return `${this.#parts.ensemble.root}/p${++this.#made}`;
  }

  /** Connects a client with a session that does not expire during the test; its server has caught up. */
  async client(): Promise<ZooKeeper> {
    const { connect, ensemble, onTestFinished } = this.#parts;
    const zk = await connect(ensemble.connectString(), { sessionTimeoutMs: 15_000 });
    onTestFinished(() => zk.close());
    await zk.sync("/");
    return zk;
  }

  /**
   * Connects a client that loses its session when it is isolated: first by its own clock, as soon as it is suspended, and
   * then on the server, where another connection takes the session over and closes it.
   */
  async dying(): Promise<UnstableClient<P>> {
    const { connect, ensemble } = this.#parts;
    let sleptMs = 0;
    const unstable = await this.unstable(SESSION_MS, { ...systemClock, now: () => systemClock.now() + sleptMs });
    const { zk } = unstable;
    const expire = async (): Promise<void> => {
      const { session } = zk;
      await unstable.reaches("suspended");
      if (zk.state !== "suspended") return;
      sleptMs += zk.sessionTimeoutMs + 1;
      // Reading it compares the clock.
      void zk.state;
      await (await connect(ensemble.connectString(), { session, newSessionAfterExpiry: false })).close();
    };
    return {
      ...unstable,
      isolate: () => {
        const expiring = expire();
        unstable.isolate();
        void expiring;
      },
    };
  }

  /**
   * Connects a client with a connection that can be broken. With a clock that is ahead, its session expires long before the
   * server's.
   */
  async unstable(sessionTimeoutMs = SESSION_MS, clock?: Clock): Promise<UnstableClient<P>> {
    const { connect, ensemble, startFaultProxy, onTestFinished } = this.#parts;
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    const zk = await connect(proxy.connectString, { sessionTimeoutMs, clock, backoff: { initialMs: 10, maxMs: 50 } });
    onTestFinished(async () => {
      await zk.close();
      await proxy.close();
    });
    await zk.sync("/");
    let seen = new Set<ZooKeeper["state"]>([zk.state]);
    zk.on("state", ({ state }) => seen.add(state));
    const startOver = (): void => {
      seen = new Set();
    };
    return {
      zk,
      proxy,
      isolate: () => {
        startOver();
        proxy.refuse();
        proxy.cut();
      },
      accept: () => {
        startOver();
        proxy.accept();
      },
      reaches: (wanted) =>
        new Promise((resolve) => {
          const onState = (): void => {
            if (!seen.has(wanted) && zk.state !== wanted) return;
            zk.off("state", onState);
            resolve();
          };
          zk.on("state", onState);
          onState();
        }),
    };
  }
}
