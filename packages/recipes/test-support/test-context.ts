import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import { systemClock } from "@conclave/runtime";

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
  /** Cuts the connection and refuses new ones, until {@link accept}. */
  isolate(): void;
  accept(): void;
  /** Resolves once the client was in this state since the last `isolate` or `accept`. */
  reaches(state: ZooKeeper["state"]): Promise<void>;
  /** Advances the client's clock past the deadline of its session. The client notices it when it next reads the clock. */
  oversleep(): void;
  /** Ends the session of a client that is suspended: by the client's own clock, then on the server, by another connection. */
  expire(): Promise<void>;
}

/** Session timeout in milliseconds; so long that no session ends because the machine is busy. */
export const PATIENT_SESSION_MS = 40_000;

/** Returns the ensemble with one of its servers only: all clients then read the same state. */
export function oneServer(ensemble: TestContextParts<Faults>["ensemble"]): TestContextParts<Faults>["ensemble"] {
  return { root: ensemble.root, connectString: () => ensemble.connectString().split(",", 1).join() };
}

/** Resolves when no request of the client is pending, including requests that it sends after the replies to others. */
export async function settled(zk: ZooKeeper): Promise<void> {
  for (let step = 0; step < 20; step++) {
    await zk.sync("/");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Clients and paths of one suite. The clients are closed when the test that connected them has finished. */
export class TestContext<P extends Faults> {
  readonly #parts: TestContextParts<P>;
  #paths = 0;

  constructor(parts: TestContextParts<P>) {
    this.#parts = parts;
  }

  /** Creates the parent of all paths of the suite. */
  async open(): Promise<void> {
    const zk = await this.#parts.connect(this.#parts.ensemble.connectString());
    await zk.create(this.#parts.ensemble.root);
    await zk.close();
  }

  /** Returns an unused path. */
  newPath(): string {
    return `${this.#parts.ensemble.root}/p${++this.#paths}`;
  }

  /** Connects a client whose session does not expire during the test. Resolves when its server has caught up. */
  async client(): Promise<ZooKeeper> {
    const { connect, ensemble, onTestFinished } = this.#parts;
    const zk = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    onTestFinished(() => zk.close());
    await zk.sync("/");
    return zk;
  }

  /** Connects a client whose session ends, on both sides, when the client is isolated. */
  async dying(): Promise<UnstableClient<P>> {
    const unstable = await this.unstable();
    return {
      ...unstable,
      isolate: () => {
        unstable.isolate();
        void unstable
          .reaches("suspended")
          .then(() => (unstable.zk.state === "suspended" ? unstable.expire() : undefined));
      },
    };
  }

  /** Connects a client through a fault proxy, to one server of the ensemble. */
  async unstable(): Promise<UnstableClient<P>> {
    const { connect, ensemble, startFaultProxy, onTestFinished } = this.#parts;
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    let sleptMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + sleptMs };
    const zk = await connect(proxy.connectString, {
      ...{ sessionTimeoutMs: PATIENT_SESSION_MS, clock, backoff: { initialMs: 10, maxMs: 50 } },
    });
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
    const oversleep = (): void => {
      sleptMs += zk.sessionTimeoutMs + 1;
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
      oversleep,
      expire: async () => {
        const { session } = zk;
        oversleep();
        // Reading the state makes the client check its session timer.
        void zk.state;
        await (await connect(ensemble.connectString(), { session, newSessionAfterExpiry: false })).close();
      },
    };
  }
}
