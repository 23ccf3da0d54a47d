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
import { StallDetector } from "./stall-detector.ts";

/** Ensemble and client under test. */
export interface ContractHarness {
  /**
   * With `apache`, the tests that start a server of ours with prepared data are skipped.
   * @default "conclave"
   */
  readonly kind?: "conclave" | "apache" | undefined;
  /**
   * Returns the servers of the ensemble, `host:port,host:port`. Called in hooks and tests only. They must grant session timeouts
   * from 3 to 40 seconds.
   */
  connectString(): string;
  /** Path that does not exist yet. The suite creates it, works below it and leaves it. */
  readonly root: string;
  /**
   * True if the ensemble has the ACL scheme `digest`.
   * @default false
   */
  readonly knowsDigest?: boolean | undefined;
  /**
   * Connects a client.
   * @default `connect` of @conclave/client
   */
  readonly connect?: ((connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>) | undefined;
}

/** A client in a test, and its states so far. */
export interface Actor {
  readonly zk: ZooKeeper;
  readonly states: EventCollector<string>;
}

/** Declares a test with its own {@link TestContext}. */
export interface ContractTest {
  (name: string, body: (context: TestContext) => Promise<void>): void;
  /** Declares one test for each case; `%s` or `%j` in the name is replaced by the case, or by its first element. */
  for<T>(cases: readonly T[]): (name: string, body: (context: TestContext, each: T) => Promise<void>) => void;
}

/** Session timeout of other tests, in milliseconds: as long as every server grants (20 ticks of 2 s). */
const PATIENT_SESSION_MS = 40_000;
/** Session timeout of tests in which the session expires, in milliseconds. */
export const SHORT_SESSION_MS = 3_000;

/** Returns the options of a client that the test brings to this state: its session is short only if it must expire. */
export const sessionUntil = (
  state: "suspended" | "expired" | "connected",
): Pick<ConnectOptions, "sessionTimeoutMs"> => ({
  sessionTimeoutMs: state === "expired" ? SHORT_SESSION_MS : PATIENT_SESSION_MS,
});

/** Returns a function that declares tests with separate znodes and clients. Call it in a suite. */
export function contractTests(harness: ContractHarness): ContractTest {
  const connect = harness.connect ?? connectClient;
  let made = 0;
  beforeAll(async () => {
    const zk = await connect(harness.connectString());
    await zk.create(harness.root);
    await zk.close();
  });
  const test = (name: string, body: (context: TestContext) => Promise<void>): void =>
    it(name, async ({ onTestFinished }) => {
      const context = new TestContext(connect, harness.connectString(), `${harness.root}/${++made}`);
      onTestFinished(() => context.close());
      await context.open();
      await body(context);
    });
  return Object.assign(test, {
    for:
      <T>(cases: readonly T[]) =>
      (name: string, body: (context: TestContext, each: T) => Promise<void>): void => {
        for (const each of cases)
          test(format(name, Array.isArray(each) ? each[0] : each), (context) => body(context, each));
      },
  });
}

/** An empty znode, clients with this chroot, and proxies; all are closed at the end of the test. */
export class TestContext {
  readonly path: string;
  readonly connectString: string;
  /** Connect strings of the single servers. */
  readonly servers: readonly string[];
  readonly #connect: NonNullable<ContractHarness["connect"]>;
  readonly #clients: ZooKeeper[] = [];
  readonly #proxies: FaultProxy[] = [];
  #loop: StallDetector | undefined;

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

  /** Connects to the ensemble, with {@link path} as the chroot. */
  async client(options: ConnectOptions = {}): Promise<ZooKeeper> {
    const zk = await this.connectTo(`${this.connectString}${this.path}`, options);
    await zk.sync("/");
    return zk;
  }

  /** Connects through a proxy, with {@link path} as the chroot and a short reconnect backoff. */
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

  /** Starts a proxy for one server. */
  async proxy(server = this.servers[0]!, options: Omit<FaultProxyOptions, "target"> = {}): Promise<FaultProxy> {
    const proxy = await startFaultProxy({ target: server, ...options });
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Returns a detector of stalls of this process, which runs from the first call on. */
  detectStalls(): StallDetector {
    this.#loop ??= new StallDetector();
    return this.#loop;
  }

  async close(): Promise<void> {
    this.#loop?.[Symbol.dispose]();
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.#clients.map((zk) => zk.close()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

/** Creates one znode per name below "/", concurrently. */
export async function populate(zk: ZooKeeper, names: readonly string[], mode = CreateMode.PERSISTENT): Promise<void> {
  await Promise.all(names.map((name) => zk.create(`/${name}`, name, { mode })));
}
