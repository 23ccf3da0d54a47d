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
 * An election among processes: of those who stand, one leads, and when it goes, the next in line follows.
 *
 * Making one asks nothing of the ensemble and makes nobody a candidate: {@link campaign} and {@link lead} do. The znodes
 * lie as Curator's `LeaderLatch` lays them out, so that Java and Node.js processes can stand in one election.
 */
export class LeaderElection {
  /** The path of the election's znode. */
  readonly path: string;
  /** The name or, where it was made with one, the path of the election. */
  readonly name: string;
  /** What this participant is called. */
  readonly id: string;

  readonly #zk: ZooKeeper;
  readonly #options: ResolvedElectionOptions;
  #latest: WonLeadership | undefined;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: LeaderElectionOptions) {
    this.#zk = zk;
    this.#options = resolveElectionOptions(options);
    this.path = this.#options.path;
    this.name = this.#options.label;
    this.id = this.#options.id;
  }

  /**
   * The leadership that this object holds at this moment, by a look at its signal: no round trip. `undefined` from the
   * moment in which the signal has aborted.
   */
  get current(): Leadership | undefined {
    return this.#latest?.signal.aborted === false ? this.#latest : undefined;
  }

  /**
   * Stands until elected, for as long as it takes: a lost connection or an expired session does not end the wait. Each
   * call is a candidacy of its own, with its own place in line.
   *
   * Rejects with `ABORTED` when `signal` aborts before (the znode is then removed in the background), with `CLOSED` when
   * the client is closed, and with what the ensemble refused (`NO_AUTH`, …). Once elected, `signal` means nothing more:
   * end the leadership by its `release()`.
   */
  campaign(options: OperationOptions = {}): Promise<Leadership> {
    return this.#campaign(options.signal);
  }

  /**
   * Stands, runs `task` while leading, and stands again, until `signal` aborts: then it resolves, after the task has
   * ended and the place in line is given up.
   *
   * - The task gets the leadership. When that is lost, its signal aborts, and the task has to end, by returning or
   *   throwing: this participant stands again only then, so that two runs of the task never overlap in it.
   * - A task that ends while it still leads gives the leadership back; its participant stands again, behind the others.
   *   To lead for as long as possible, return only when the leadership's signal has aborted.
   * - When `signal` aborts, the leadership's signal aborts with `RELEASED`, and its znode stays until the task has ended:
   *   the next leader does not begin while this one winds down.
   * - Errors on the way to a leadership are logged and tried again, with pauses that grow from 100 ms to 10 s.
   *
   * With `health`, this participant stands only while it is healthy: it waits for the first good answer, and gives the
   * leadership, or its place in line, back when it gets a bad one (as when `signal` aborts); it goes on when it is well.
   *
   * Rejects with an error of the task, thrown while it was leading, after giving the leadership back; and with the
   * client's error when the client has ended for good (`CLOSED`, or `SESSION_EXPIRED` where no new session is made).
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
   * Runs `task` if {@link current} is there, `otherwise` if not, and returns what that returns, as it is (a thenable that is
   * no promise as a promise of the same): no round trip, and an error is thrown on unchanged.
   *
   * The task has to heed the signal of the leadership that it gets. While a promise that it returned is pending,
   * {@link lead} neither stands again nor gives its place in line up.
   */
  ifLeader<T, U>(task: (leadership: Leadership) => T, otherwise: () => U): T | U {
    const latest = this.#latest;
    return latest?.signal.aborted === false ? latest.run(task) : otherwise();
  }

  /**
   * Who is first in line, by what this client's server knows; `undefined` if nobody stands. Needs no candidacy. It is the
   * leader, unless it has not learned of it yet or does not know any more whether it is. (That server may be behind:
   * after `zk.sync(election.path)` it knows what was decided before.)
   */
  leader(options: OperationOptions = {}): Promise<Participant | undefined> {
    return readFirst(this.#zk, this.path, options);
  }

  /**
   * Who is first in line, first as it is now and then each time that it is another; `undefined` while nobody stands. Needs no
   * candidacy, and costs those who stand nothing: one watch, on the znode of the first. What comes and goes between two
   * looks is left out; while the connection is lost nothing is told. Ends when `signal` aborts or the client is closed.
   */
  observe(options: OperationOptions = {}): AsyncIterableIterator<Participant | undefined, void> {
    return observe(this.#zk, this.path, options);
  }

  /** Who stands, by what this client's server knows, in the order in which they will lead. Needs no candidacy. */
  participants(options: OperationOptions = {}): Promise<Participant[]> {
    return readParticipants(this.#zk, this.path, options);
  }

  #campaign(signal: AbortSignal | undefined): Promise<WonLeadership> {
    return campaign(this.#zk, this.#options, signal, (leadership) => {
      this.#latest = leadership;
    });
  }
}
