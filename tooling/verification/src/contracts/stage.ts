import { format } from "node:util";
import { type ConnectOptions, CreateMode, connect as connectClient, type ZooKeeper } from "@conclave/client";
import {
  collectEvents,
  type EventCollector,
  type FaultProxy,
  type FaultProxyOptions,
  startFaultProxy,
} from "@conclave/testing";
import { beforeAll, it } from "vitest";
import { LoopWatch } from "./loop-watch.ts";

/** What a contract suite runs on. */
export interface ContractHarness {
  /**
   * Where it is `apache`, those tests are left out that lay their data on the disk of a server of ours.
   * @default "conclave"
   */
  readonly kind?: "conclave" | "apache" | undefined;
  /**
   * The servers of the ensemble: `host:port,host:port`. Called in hooks and tests only. They must grant session timeouts
   * of 2 seconds.
   */
  connectString(): string;
  /** A path that does not exist yet; the suite makes it, works below it and leaves it there. */
  readonly root: string;
  /**
   * Whether the ensemble knows the ACL scheme `digest`.
   * @default false
   */
  readonly knowsDigest?: boolean | undefined;
  /**
   * Connects a client.
   * @default `connect` of @conclave/client
   */
  readonly connect?: ((connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>) | undefined;
}

/** A client in a test, and the states that it went through. */
export interface Actor {
  readonly zk: ZooKeeper;
  readonly states: EventCollector<string>;
}

/** Declares a test that gets a {@link Stage} of its own. */
export interface StagedTest {
  (name: string, body: (stage: Stage) => Promise<void>): void;
  /** One test for each case; `%s` or `%j` in the name stands for it, or for its first element. */
  for<T>(cases: readonly T[]): (name: string, body: (stage: Stage, each: T) => Promise<void>) => void;
}

/** Session timeout where the loss of the session is not the subject: as long as every server grants (20 ticks of 2 s). */
const PATIENT_SESSION_MS = 40_000;
/** Session timeout where the session expires. */
export const SHORT_SESSION_MS = 3_000;

/** Gives each test a znode and clients of its own. Call it in a suite. */
export function stagedTests(harness: ContractHarness): StagedTest {
  const connect = harness.connect ?? connectClient;
  let made = 0;
  beforeAll(async () => {
    const zk = await connect(harness.connectString());
    await zk.create(harness.root);
    await zk.close();
  });
  const test = (name: string, body: (stage: Stage) => Promise<void>): void =>
    it(name, async ({ onTestFinished }) => {
      const stage = new Stage(connect, harness.connectString(), `${harness.root}/${++made}`);
      onTestFinished(() => stage.close());
      await stage.open();
      await body(stage);
    });
  return Object.assign(test, {
    for:
      <T>(cases: readonly T[]) =>
      (name: string, body: (stage: Stage, each: T) => Promise<void>): void => {
        for (const each of cases)
          test(format(name, Array.isArray(each) ? each[0] : each), (stage) => body(stage, each));
      },
  });
}

/** Where a test plays: a znode that is empty, clients whose chroot it is, and proxies; all closed at its end. */
export class Stage {
  readonly path: string;
  readonly connectString: string;
  /** Each server by itself. */
  readonly servers: readonly string[];
  readonly #connect: NonNullable<ContractHarness["connect"]>;
  readonly #clients: ZooKeeper[] = [];
  readonly #proxies: FaultProxy[] = [];
  #loop: LoopWatch | undefined;

  constructor(connect: NonNullable<ContractHarness["connect"]>, connectString: string, path: string) {
    this.#connect = connect;
    this.connectString = connectString;
    this.servers = connectString.split(",");
    this.path = path;
  }

  async open(): Promise<void> {
    const zk = await this.connectTo(this.connectString);
    await zk.create(this.path);
    await zk.sync("/");
  }

  /** Connects to the ensemble, inside of {@link path}. */
  async client(options: ConnectOptions = {}): Promise<ZooKeeper> {
    const zk = await this.connectTo(`${this.connectString}${this.path}`, options);
    await zk.sync("/");
    return zk;
  }

  /** Connects through a proxy, inside of {@link path}; tries again soon when that is cut. */
  async actor(proxy: FaultProxy, options: ConnectOptions = {}): Promise<Actor> {
    const zk = await this.connectTo(`${proxy.connectString}${this.path}`, {
      backoff: { initialMs: 20, maxMs: 100 },
      ...options,
    });
    const states = collectEvents<string>();
    zk.on("state", ({ state }) => states.add(state));
    await zk.sync("/");
    return { zk, states };
  }

  async connectTo(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
    const zk = await this.#connect(connectString, { sessionTimeoutMs: PATIENT_SESSION_MS, ...options });
    this.#clients.push(zk);
    return zk;
  }

  /** A proxy in front of one server. */
  async proxy(server = this.servers[0]!, options: Omit<FaultProxyOptions, "target"> = {}): Promise<FaultProxy> {
    const proxy = await startFaultProxy({ target: server, ...options });
    this.#proxies.push(proxy);
    return proxy;
  }

  /** What notices when this process stands still, from the first call on. */
  watchLoop(): LoopWatch {
    this.#loop ??= new LoopWatch();
    return this.#loop;
  }

  async close(): Promise<void> {
    this.#loop?.[Symbol.dispose]();
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.#clients.map((zk) => zk.close()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

/** Makes one znode per name below "/", all at once. */
export async function populate(zk: ZooKeeper, names: readonly string[], mode = CreateMode.PERSISTENT): Promise<void> {
  await Promise.all(names.map((name) => zk.create(`/${name}`, name, { mode })));
}
