import { type ConnectOptions, type Stat, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt, systemClock } from "@conclave/runtime";
import { collectEvents, type EventCollector, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { type CallPlan, Ledger } from "./ledger.ts";
import { type Sightings, ZxidOrder } from "./sightings.ts";
import { ABSENT, WatchLog } from "./watch-log.ts";
import { WireTap } from "./wire-tap.ts";

export type Connect = (connectString: string, options?: ConnectOptions) => Promise<ZooKeeper>;

/** Options of a player. */
export interface PlayerOptions {
  readonly connect: Connect;
  /** The server. */
  readonly server: string;
  readonly chroot: string;
  readonly index: number;
  readonly sessionTimeoutMs: number;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly sightings: Sightings;
}

/** How many znodes each player has to set and to delete. */
export const TARGETS = 150;

/** One client, with a proxy of its own before the server, and everything that is known of it. */
export class Player {
  readonly index: number;
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
  readonly tap: WireTap;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly sightings: Sightings;
  readonly watches: WatchLog;
  readonly order: ZxidOrder;
  readonly states: EventCollector<string>;
  /** Version of each register as this client saw it last. */
  readonly registers = new Map<string, number>();
  #made = 0;
  #setTargets = 0;
  #deleteTargets = 0;

  private constructor(options: PlayerOptions, parts: Pick<Player, "zk" | "proxy" | "tap" | "order" | "states">) {
    this.index = options.index;
    this.random = options.random;
    this.ledger = options.ledger;
    this.sightings = options.sightings;
    this.zk = parts.zk;
    this.proxy = parts.proxy;
    this.tap = parts.tap;
    this.order = parts.order;
    this.states = parts.states;
    this.watches = new WatchLog(this.ledger, this.name);
  }

  static async enter(options: PlayerOptions): Promise<Player> {
    const { ledger, random, index, sessionTimeoutMs } = options;
    const proxy = await startFaultProxy({ target: options.server });
    const order = new ZxidOrder(ledger, `client ${index}`);
    const tap = new WireTap(random, ({ sessionId, lastZxidSeen }) => {
      if (sessionId === 0n || lastZxidSeen >= order.lastOfSession) return;
      ledger.violation(`client ${index} came back with zxid ${lastZxidSeen}, having seen ${order.lastOfSession}`);
    });
    proxy.corrupt(tap.change);
    const backoff = { initialMs: 10, maxMs: 100 };
    try {
      const zk = await options.connect(proxy.connectString + options.chroot, {
        ...{ sessionTimeoutMs, backoff, random, connectTimeoutMs: 30_000 },
      });
      const player = new Player(options, { zk, proxy, tap, order, states: collectEvents<string>() });
      player.#followStates();
      return player;
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  get name(): string {
    return `client ${this.index}`;
  }

  /** The znode below which this client makes its own. */
  get home(): string {
    return `/p${this.index}`;
  }

  /** Returns an unused path. */
  freshPath(): string {
    return `${this.home}/c${this.#made++}`;
  }

  /** A path that will be used soon, or never. */
  futurePath(): string {
    return `${this.home}/c${this.#made + randomInt(this.random, 6)}`;
  }

  /** A znode that holds `UNTOUCHED` and was given to nobody; `undefined` when there are no more. */
  setTarget(): string | undefined {
    return this.#setTargets < TARGETS ? `${this.home}/s${this.#setTargets++}` : undefined;
  }

  deleteTarget(): string | undefined {
    return this.#deleteTargets < TARGETS ? `${this.home}/d${this.#deleteTargets++}` : undefined;
  }

  /** Some znode of this client's, that may have gone. */
  somePath(): string {
    const kind = ["c", "s", "d"][randomInt(this.random, 3)];
    const below = kind === "c" ? this.#made : kind === "s" ? this.#setTargets : this.#deleteTargets;
    return `${this.home}/${kind}${randomInt(this.random, below + 2)}`;
  }

  /** Makes a call; by chance with a signal, that aborts sooner or later. */
  call<T>(plan: Omit<CallPlan<T>, "sessionId">): void {
    const full = { ...plan, what: `${this.name}: ${plan.what}`, sessionId: () => this.zk.sessionId };
    const chance = this.random.float();
    if (chance < 0.75) {
      this.ledger.make(full);
      return;
    }
    const controller = new AbortController();
    const reason = new Error("given up");
    if (chance < 0.78) controller.abort(reason);
    const call = this.ledger.make(full, controller.signal);
    const abort = (): void => {
      if (call.settlements === 0) call.abortedBecause = reason;
      controller.abort(reason);
    };
    if (chance >= 0.81) systemClock.setTimer(this.random.float() ** 2 * 40, abort);
    else {
      // Before the call, or before anything of this tick is sent.
      call.isUnsent = true;
      abort();
    }
  }

  /** A znode as an answer showed it. */
  saw(path: string, stat: Stat): void {
    this.order.read(path, stat);
    this.watches.shown("data", path, dataWord(stat));
  }

  sawAbsent(path: string): void {
    this.watches.shown("data", path, ABSENT);
  }

  async leave(): Promise<void> {
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
        this.ledger.violation(
          `${this.name}: ${previous}, then connected with ${isSame ? "the same" : "another"} session`,
        );
      }
      sessionId = this.zk.sessionId;
    });
  }
}

/** Data and the znode that holds it, in one word. */
export function dataWord({ czxid, version }: Stat): string {
  return `${czxid}:${version}`;
}

/** A list of children, in one word. */
export function childrenWord({ czxid, cversion }: Stat): string {
  return `${czxid}:${cversion}`;
}

export function namesWord(names: readonly string[]): string {
  return [...names].sort().join();
}
