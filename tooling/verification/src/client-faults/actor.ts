import { type ConnectOptions, type Stat, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt, systemClock } from "@conclave/runtime";
import { collectEvents, type EventCollector, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { CallLog, type CallPlan } from "./call-log.ts";
import { type Observations, ZxidOrder } from "./observations.ts";
import { ABSENT, WatchLog } from "./watch-log.ts";
import { WireTap } from "./wire-tap.ts";

export type Connect = (connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>;

/** Options of an actor. */
export interface ActorOptions {
  readonly connect: Connect;
  /** The server. */
  readonly server: string;
  readonly chroot: string;
  readonly index: number;
  readonly sessionTimeoutMs: number;
  readonly random: Random;
  readonly log: CallLog;
  readonly observations: Observations;
}

/** Number of znodes that each actor can set, and of those that it can delete. */
export const TARGETS = 150;

/** One client with its own fault proxy, and the records of its calls, watches and states. */
export class Actor {
  readonly index: number;
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
  readonly tap: WireTap;
  readonly random: Random;
  readonly log: CallLog;
  readonly observations: Observations;
  readonly watches: WatchLog;
  readonly order: ZxidOrder;
  readonly states: EventCollector<string>;
  /** Version of each register that this client read last. */
  readonly registers = new Map<string, number>();
  #made = 0;
  #setTargets = 0;
  #deleteTargets = 0;

  private constructor(options: ActorOptions, parts: Pick<Actor, "zk" | "proxy" | "tap" | "order" | "states">) {
    this.index = options.index;
    this.random = options.random;
    this.log = options.log;
    this.observations = options.observations;
    this.zk = parts.zk;
    this.proxy = parts.proxy;
    this.tap = parts.tap;
    this.order = parts.order;
    this.states = parts.states;
    this.watches = new WatchLog(this.log, this.name);
  }

  static async connect(options: ActorOptions): Promise<Actor> {
    const { log, random, index, sessionTimeoutMs } = options;
    const proxy = await startFaultProxy({ target: options.server });
    const order = new ZxidOrder(log, `client ${index}`);
    const tap = new WireTap(random, ({ sessionId, lastZxidSeen }) => {
      if (sessionId === 0n || lastZxidSeen >= order.lastOfSession) return;
      log.addViolation(`client ${index} reconnected with zxid ${lastZxidSeen}, having seen ${order.lastOfSession}`);
    });
    proxy.corrupt(tap.change);
    const backoff = { initialMs: 10, maxMs: 100 };
    try {
      const zk = await options.connect(proxy.connectString + options.chroot, {
        ...{ sessionTimeoutMs, backoff, random, connectTimeoutMs: 30_000 },
      });
      const actor = new Actor(options, { zk, proxy, tap, order, states: collectEvents<string>() });
      actor.#followStates();
      return actor;
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  get name(): string {
    return `client ${this.index}`;
  }

  /** Parent of the znodes of this client. */
  get home(): string {
    return `/p${this.index}`;
  }

  /** Returns an unused path. */
  freshPath(): string {
    return `${this.home}/c${this.#made++}`;
  }

  /** Returns a path that may be used later. */
  futurePath(): string {
    return `${this.home}/c${this.#made + randomInt(this.random, 6)}`;
  }

  /** Returns an unused znode that holds `UNTOUCHED`; undefined when none is left. */
  setTarget(): string | undefined {
    return this.#setTargets < TARGETS ? `${this.home}/s${this.#setTargets++}` : undefined;
  }

  deleteTarget(): string | undefined {
    return this.#deleteTargets < TARGETS ? `${this.home}/d${this.#deleteTargets++}` : undefined;
  }

  /** Returns the path of a znode of this client, which may have been deleted. */
  somePath(): string {
    const kind = ["c", "s", "d"][randomInt(this.random, 3)];
    const below = kind === "c" ? this.#made : kind === "s" ? this.#setTargets : this.#deleteTargets;
    return `${this.home}/${kind}${randomInt(this.random, below + 2)}`;
  }

  /** Makes a call; one in four has a signal that aborts after a random time. */
  call<T>(plan: Omit<CallPlan<T>, "sessionId">): void {
    const full = { ...plan, title: `${this.name}: ${plan.title}`, sessionId: () => this.zk.sessionId };
    const draw = this.random.float();
    if (draw < 0.75) {
      this.log.make(full);
      return;
    }
    const controller = new AbortController();
    const reason = new Error("aborted by the test");
    if (draw < 0.78) controller.abort(reason);
    const call = this.log.make(full, controller.signal);
    const abort = (): void => {
      if (call.settlements === 0) call.abortedBecause = reason;
      controller.abort(reason);
    };
    if (draw >= 0.81) systemClock.setTimer(this.random.float() ** 2 * 40, abort);
    else {
      // Before the call, or before the requests of this tick are sent.
      call.isUnsent = true;
      abort();
    }
  }

  /** Records the state of a znode in a reply. */
  observed(path: string, stat: Stat): void {
    this.order.read(path, stat);
    this.watches.observed("data", path, dataWord(stat));
  }

  observedAbsent(path: string): void {
    this.watches.observed("data", path, ABSENT);
  }

  async close(): Promise<void> {
    await this.zk.close();
    await this.proxy.close();
  }

  #followStates(): void {
    let sessionId = this.zk.sessionId;
    this.zk.on("state", ({ state, previous }) => {
      this.states.add(state);
      if (state === "expired") this.order.forgetSession();
      if (state !== "connected") return;
      const isSame = this.zk.sessionId === sessionId;
      if (isSame !== (previous === "suspended")) {
        this.log.addViolation(
          `${this.name}: ${previous}, then connected with ${isSame ? "the same" : "another"} session`,
        );
      }
      sessionId = this.zk.sessionId;
    });
  }
}

/** Encodes creation and data version of a znode. */
export function dataWord({ czxid, version }: Stat): string {
  return `${czxid}:${version}`;
}

/** Encodes creation and child version of a znode. */
export function childrenWord({ czxid, cversion }: Stat): string {
  return `${czxid}:${cversion}`;
}

export function namesWord(names: readonly string[]): string {
  return [...names].sort().join();
}
