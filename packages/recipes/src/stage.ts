import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import type { Clock } from "@conclave/runtime";

/** What a {@link Stage} is built of: parts that only tests have. */
export interface StageParts<P extends Faults> {
  readonly ensemble: { connectString(): string; readonly root: string };
  readonly connect: (connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>;
  readonly startFaultProxy: (options: { readonly target: string }) => Promise<P>;
  readonly onTestFinished: (after: () => Promise<void>) => void;
}

/** What a fault proxy has to be able to do. */
export interface Faults {
  readonly connectString: string;
  cut(): void;
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

/** A client behind a proxy. */
export interface ShakyClient<P extends Faults> {
  readonly zk: ZooKeeper;
  readonly proxy: P;
  /** No way to any server, until {@link accept}. */
  isolate(): void;
  accept(): void;
  /** Resolves when the client says that it is in this state. */
  reaches(state: ZooKeeper["state"]): Promise<void>;
}

const SHORT_SESSION_MS = 1_500;

/** The ensemble by one of its servers: what one client has been told, every other one reads. */
export function oneServer(ensemble: StageParts<Faults>["ensemble"]): StageParts<Faults>["ensemble"] {
  return { root: ensemble.root, connectString: () => ensemble.connectString().split(",", 1).join() };
}

/** For tests: clients and paths of a suite's own, closed when the test that asked for them has ended. */
export class Stage<P extends Faults> {
  readonly #parts: StageParts<P>;
  #made = 0;

  constructor(parts: StageParts<P>) {
    this.#parts = parts;
  }

  /** Makes the suite's own znode. */
  async open(): Promise<void> {
    const zk = await this.#parts.connect(this.#parts.ensemble.connectString());
    await zk.create(this.#parts.ensemble.root);
    await zk.close();
  }

  /** A path that nobody else uses. */
  newPath(): string {
    return `${this.#parts.ensemble.root}/p${++this.#made}`;
  }

  /** A client with a session that does not expire during the test; its server has seen what was done before. */
  async client(): Promise<ZooKeeper> {
    const { connect, ensemble, onTestFinished } = this.#parts;
    const zk = await connect(ensemble.connectString(), { sessionTimeoutMs: 15_000 });
    onTestFinished(() => zk.close());
    await zk.sync("/");
    return zk;
  }

  /**
   * A client whose connection can be broken, by default with a session that expires soon; with a clock that is fast, long
   * before the server lets it expire.
   */
  async shaky(sessionTimeoutMs = SHORT_SESSION_MS, clock?: Clock): Promise<ShakyClient<P>> {
    const { connect, ensemble, startFaultProxy, onTestFinished } = this.#parts;
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    const zk = await connect(proxy.connectString, { sessionTimeoutMs, clock, backoff: { initialMs: 10, maxMs: 50 } });
    onTestFinished(async () => {
      await zk.close();
      await proxy.close();
    });
    await zk.sync("/");
    return {
      zk,
      proxy,
      isolate: () => {
        proxy.refuse();
        proxy.cut();
      },
      accept: () => proxy.accept(),
      reaches: (wanted) =>
        new Promise((resolve) => {
          const onState = (): void => {
            if (zk.state !== wanted) return;
            zk.off("state", onState);
            resolve();
          };
          zk.on("state", onState);
          onState();
        }),
    };
  }
}
