import type { OperationOptions, ZooKeeper } from "@conclave/client";
import type { HealthCheck } from "../health/health-check.js";
import { HealthMonitor } from "../health/health-monitor.js";
import { campaign } from "./campaign.js";
import {
  type LeaderElectionOptions,
  type ResolvedElectionOptions,
  resolveElectionOptions,
} from "./election-options.js";
import { type LeaderTask, lead } from "./lead.js";
import type { Leadership, WonLeadership } from "./leadership.js";
import { observe } from "./observe.js";
import { type Participant, readFirst, readParticipants } from "./participant.js";

/**
 * An election among processes: the first candidate in a queue leads; when it stops, the next one leads.
 *
 * Constructing one sends no request and adds no candidate: {@link campaign} and {@link lead} do. The layout is that of
 * Curator's `LeaderLatch`, so that Java and Node.js processes can share an election.
 */
export class LeaderElection {
  /** Path of the election's znode. */
  readonly path: string;
  /** Name or, if it has none, path of the election. */
  readonly name: string;
  /** Name of this participant. */
  readonly id: string;

  readonly #zk: ZooKeeper;
  readonly #options: ResolvedElectionOptions;
  #latest: WonLeadership | undefined;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: LeaderElectionOptions) {
    this.#zk = zk.readWrite;
    this.#options = resolveElectionOptions(options);
    this.path = this.#options.path;
    this.name = this.#options.label;
    this.id = this.#options.id;
  }

  /**
   * Leadership that this object holds; `undefined` once its signal has aborted. Sends no request.
   */
  get current(): Leadership | undefined {
    return this.#latest?.signal.aborted === false ? this.#latest : undefined;
  }

  /**
   * Campaigns without a time limit until elected; a lost connection or an expired session does not end the wait. Each call is a
   * separate candidate in the queue.
   *
   * Rejects with `ABORTED` if `signal` aborts before (the znode is then deleted in the background), with `CLOSED` when the
   * client is closed, and with the error of a rejected request (`NO_AUTH`, …). After the election `signal` has no effect: call
   * `release()` of the leadership.
   */
  campaign(options: OperationOptions = {}): Promise<Leadership> {
    return this.#campaign(options.signal);
  }

  /**
   * Campaigns, runs `task` while leading, and campaigns again, until `signal` aborts: it then resolves, after the task has
   * ended and the znode is deleted.
   *
   * - The task gets the leadership. When that is lost, its signal aborts and the task must end, by returning or throwing:
   *   this participant campaigns again only after that, so that two runs of the task never overlap in one process.
   * - If the task ends before the leadership is lost, the leadership is released; this participant campaigns again, at the end
   *   of the queue. To lead for as long as possible, return only when the signal of the leadership has aborted.
   * - When `signal` aborts, the signal of the leadership aborts with `RELEASED`, and its znode is deleted after the task has
   *   ended: the next leader does not start before.
   * - A campaign that fails is logged and retried, with delays that increase from 100 ms to 10 s.
   *
   * With `health`, this participant campaigns only while it is healthy: it waits for the first successful check, releases the
   * leadership or its place in the queue after a failed one (as when `signal` aborts), and continues when it is healthy again.
   *
   * Rejects with an error that the task threw while it was leading, after releasing the leadership; and with the client's
   * error when the client has ended (`CLOSED`, or `SESSION_EXPIRED` if it opens no new session).
   */
  async lead(
    task: LeaderTask,
    options: { readonly signal: AbortSignal; readonly health?: HealthCheck | undefined },
  ): Promise<void> {
    const { logger, clock, random } = this.#options;
    const campaign = (signal: AbortSignal): Promise<WonLeadership> => this.#campaign(signal);
    const health = options.health && new HealthMonitor(options.health, { clock, logger });
    const settings = { zk: this.#zk, election: this.name, logger, clock, random, health, campaign };
    await lead(task, options.signal, settings).finally(() => health?.close());
  }

  /**
   * Runs `task` if {@link current} is defined, otherwise `otherwise`. Returns the result (a thenable that is not a promise as a
   * promise) and throws what the function throws. Sends no request.
   *
   * The task must stop when the signal of its leadership aborts. While a promise that it returned is pending, {@link lead}
   * neither campaigns again nor deletes its znode.
   */
  ifLeader<T, U>(task: (leadership: Leadership) => T, otherwise: () => U): T | U {
    const latest = this.#latest;
    return latest?.signal.aborted === false ? latest.run(task) : otherwise();
  }

  /**
   * Resolves with the first candidate as this client's server knows it; `undefined` if there is none. Any client can call it.
   * The first candidate is the leader, unless it has not received its election yet or has given up its leadership after a lost
   * connection. (The server may lag: call `zk.sync(election.path)` first for an up-to-date result.)
   */
  leader(options: OperationOptions = {}): Promise<Participant | undefined> {
    return readFirst(this.#zk, this.path, options);
  }

  /**
   * Iterates over the first candidate: the present one, and then each change; `undefined` while there is none. Any client can
   * call it; it sets one watch, on the first znode. Changes that follow faster than they are read are skipped; nothing is
   * reported while the connection is lost. Ends when `signal` aborts or the client is closed.
   */
  observe(options: OperationOptions = {}): AsyncIterableIterator<Participant | undefined, void> {
    return observe(this.#zk, this.path, options);
  }

  /**
   * Resolves with the candidates as this client's server knows them, in the order in which they will lead. Any client can call
   * it.
   */
  participants(options: OperationOptions = {}): Promise<Participant[]> {
    return readParticipants(this.#zk, this.path, options);
  }

  #campaign(signal: AbortSignal | undefined): Promise<WonLeadership> {
    return campaign(this.#zk, this.#options, signal, (leadership) => {
      this.#latest = leadership;
    });
  }
}
