import { CreateMode, connect, isZkError, type ZooKeeper } from "@conclave/client";
import { Counter, Group, type GroupView, type LockGrant, type Membership, Mutex } from "@conclave/recipes";
import { onAbort, pause, type Random, seededRandom, systemClock } from "@conclave/runtime";
import { type ChaosReport, type ContenderSettings, machineMs, PLACES } from "./messages.ts";
import type { PauseDetector } from "./pause-detector.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Report = (report: DistributiveOmit<ChaosReport, "round">) => void;

/** Dependencies of a contender that its process provides. */
export interface ContenderParts {
  readonly report: Report;
  readonly pauses: PauseDetector;
  /** Uses the resource; resolves with true if it accepted the token. */
  access(token: bigint): Promise<boolean>;
}

const NEVER = new AbortController().signal;

/** Acquires the lock repeatedly, uses the resource while holding it, and is a member of the group. */
export class Contender {
  readonly #settings: ContenderSettings;
  readonly #parts: ContenderParts;
  readonly #random: Random;
  readonly #stopping = new AbortController();
  #zk!: ZooKeeper;
  #membership!: Membership<string>;
  #view!: GroupView<string>;
  #contending!: Promise<void>;
  #counted = 0;
  #uncertain = 0;

  constructor(settings: ContenderSettings, parts: ContenderParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#random = seededRandom(settings.seed);
  }

  async start(): Promise<void> {
    const { connectString, sessionTimeoutMs, name, defect } = this.#settings;
    this.#zk = await connect(connectString, { sessionTimeoutMs, backoff: { initialMs: 10, maxMs: 50 } });
    const path = defect === "joins another group" ? "/elsewhere" : PLACES.group;
    const group = new Group<string>(this.#zk, { path });
    this.#membership = await group.join({ id: name, data: name });
    this.#view = await group.follow();
    this.#view.on(() => this.#tellView());
    this.#zk.on("state", () => this.#tellView());
    this.#contending = this.#contend();
    this.#parts.report({ type: "started" });
  }

  /** Releases the lock and leaves the group; the session stays open. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#contending;
    await this.#view.close();
    await this.#membership.leave();
    if (this.#settings.defect === "leaves an orphaned znode") await this.#try(this.#zk.create(`${PLACES.lock}/orphan`));
    this.#parts.report({ type: "stopped", counted: this.#counted, uncertain: this.#uncertain });
  }

  async close(): Promise<void> {
    await this.#zk.close();
    this.#parts.report({ type: "left" });
  }

  async #contend(): Promise<void> {
    const { onSuspended, defect, name } = this.#settings;
    const path = defect === "uses another lock path" ? `/own-${name}` : PLACES.lock;
    const mutex = new Mutex(this.#zk, { path, onSuspended });
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#hold(await mutex.acquire({ signal }));
      } catch (error) {
        if (!signal.aborted) this.#violation(`acquiring or using the lock failed: ${error}`);
      }
      await this.#pause(10, 60);
    }
  }

  async #hold(grant: LockGrant): Promise<void> {
    const { report, pauses } = this.#parts;
    const { fencingToken: token } = grant;
    const signal = this.#settings.defect === "ignores the loss of the lock" ? NEVER : grant.signal;
    const from = machineMs();
    const end = (): void =>
      report({ type: "ended", tenure: { token, from, to: machineMs(), pausedAt: pauses.since(from) } });
    report({ type: "granted", token, at: from });
    onAbort(signal, end);
    for (let uses = 1 + Math.floor(this.#random.float() * 3); uses > 0 && !signal.aborted; uses--) {
      await this.#use(grant, signal, from);
      await this.#pause(5, 30);
    }
    if (signal === NEVER) end();
    await grant.release();
  }

  async #use(grant: LockGrant, signal: AbortSignal, from: number): Promise<void> {
    const { pauses, access } = this.#parts;
    const { fencingToken: token } = grant;
    const isAccepted = await access(token);
    if (!isAccepted && !signal.aborted && pauses.since(from) === undefined) {
      this.#violation(`token ${token} was refused while its holder held the lock and was not paused`);
    }
    const mode = CreateMode.PERSISTENT_SEQUENTIAL;
    await this.#try(grant.guard(this.#zk.transaction()).create(`${PLACES.log}/t-`, String(token), { mode }).commit());
    if (this.#random.float() < 0.3) await this.#count();
  }

  async #count(): Promise<void> {
    try {
      await new Counter(this.#zk, { path: PLACES.counter }).add(this.#settings.defect === "counts twice" ? 2n : 1n);
      this.#counted++;
    } catch (error) {
      if (!isZkError(error)) this.#violation(`an addition failed: ${error}`);
      else if (error.outcome === "unknown") this.#uncertain++;
    }
  }

  /** Expects the errors that faults cause; records any other as a violation. */
  async #try(write: Promise<unknown>): Promise<void> {
    await write.catch((error: unknown) => {
      if (isZkError(error, "NO_NODE", "CONNECTION_LOSS", "SESSION_EXPIRED")) return;
      this.#violation(`a guarded write failed: ${error}`);
    });
  }

  #tellView(): void {
    const members = this.#view.members.map(({ id }) => id).sort();
    this.#parts.report({ type: "view", members, isFresh: this.#view.isFresh, at: machineMs() });
  }

  #violation(text: string): void {
    this.#parts.report({ type: "violation", text: `${this.#settings.name}: ${text}` });
  }

  #pause(fromMs: number, toMs: number): Promise<void> {
    return pause(systemClock, fromMs + this.#random.float() * (toMs - fromMs));
  }
}
