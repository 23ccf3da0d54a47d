import { forwardedRequest, PacketType, revalidation, sessionTouches } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import { GroupCommit } from "../replication/group-commit.js";
import type { ForwardedRequest, LeaderLink, LearnerRole } from "../roles/learner-role.js";
import { type AfterSnapshot, snapshotFileOf } from "../storage/learner-snapshot.js";
import { Learner, type LearnerOptions } from "../zab/learner/learner.js";
import type { LearnerEffect, LearnerEnd, LearnerEvent } from "../zab/learner/learner-events.js";
import { EventLoop, messageOf } from "./event-loop.js";
import { LeaderConnection } from "./leader-connection.js";
import type { LearnerMaster } from "./learner-masters.js";
import type { MemberState } from "./member-state.js";
import type { MemberStats } from "./member-stats.js";
import { type ObserverStatus, type ZabState, zabStateOfLearner } from "./member-status.js";
import type { Network, PortAddress } from "./network.js";
import { ObserverMasterRun } from "./observer-master-run.js";
import { encodeLearnerPacket } from "./packet-codec.js";

export interface LearnerRunOptions {
  readonly learner: LearnerOptions;
  /** Servers to connect to, each in turn: the leader, or for an observer also servers that follow it. */
  readonly masters: readonly LearnerMaster[];
  /** Time before the first attempt to connect, in milliseconds. @default 0 */
  readonly connectDelayMs?: number | undefined;
  /** Addresses to listen on for observers while this server follows. @default none */
  readonly observerMasterAddresses?: readonly PortAddress[] | undefined;
  readonly tickMs: number;
  readonly maxPacketBytes: number;
  readonly state: MemberState;
  readonly stats: MemberStats;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defer: (task: () => void) => void;
  /** Makes the role on the database as it is now. */
  readonly newRole: (leader: LeaderLink) => LearnerRole;
  /** The leader is established: clients can be served. */
  readonly onServing: (role: LearnerRole, epoch: number) => void;
  /** The leader is lost: clients must not be served any more. Called once, at once. */
  readonly onEnding: () => void;
  /**
   * The run has ended; nothing of it touches the database any more. Called once. `nextLeader` is the server that a
   * reconfiguration has named.
   */
  readonly onEnded: (reason: LearnerEnd, message: string, nextLeader: bigint | undefined) => void;
}

/** One time as a follower or observer of a leader: carries out the effects of {@link Learner}. */
export class LearnerRun {
  readonly #options: LearnerRunOptions;
  readonly #machine: Learner;
  readonly #loop: EventLoop<LearnerEvent, LearnerEffect>;
  readonly #connection: LeaderConnection;
  readonly #log: GroupCommit;
  /** Made when it is known which history the leader's continues. */
  #role: LearnerRole | undefined;
  /** Zxid up to which records are committed and were not given to the role yet. */
  #committed: bigint | undefined;
  #connectedAt = 0;
  #master: bigint | undefined;
  #hasServed = false;
  /** Set while this server serves observers. */
  #observers: ObserverMasterRun | undefined;
  /** Server that the leader has named with the last configuration. */
  #nextLeader: bigint | undefined;

  constructor(options: LearnerRunOptions) {
    const { learner, masters, connectDelayMs: delayMs, maxPacketBytes, network, clock, state, defer } = options;
    this.#options = options;
    this.#machine = new Learner(learner);
    this.#loop = new EventLoop<LearnerEvent, LearnerEffect>({
      machine: this.#machine,
      execute: (effect) => this.#execute(effect),
      failed: (cause) => this.#failed(cause),
    });
    this.#log = new GroupCommit({
      ...{ storage: state, defer },
      onDurable: (zxid) => {
        this.#role?.markDurable(zxid);
        this.#loop.take({ type: "durable", zxid });
        this.#connection.flush();
        this.#observers?.noteApplied();
      },
      onFailed: (cause) => this.#loop.take(this.#failed(cause)),
    });
    this.#connection = new LeaderConnection({
      ...{ addresses: masters, delayMs, connectLimitMs: learner.initLimitMs, maxPacketBytes, network, clock, defer },
      onConnected: (address) => {
        this.#connectedAt = clock.now();
        this.#master = masters.find((each) => each === address)?.id;
        this.#loop.take({ type: "connected" });
      },
      onPacket: (packet) => {
        if (packet.type === "commit" || packet.type === "commitAndActivate") this.#options.stats.receivedCommits++;
        this.#loop.take({ type: "packet", packet });
      },
      onRead: () => {
        try {
          this.#applyCommitted();
        } catch (cause) {
          this.#loop.take(this.#failed(cause));
        }
      },
      onSilent: () => this.#loop.take({ type: "readTimedOut" }),
      onClosed: (cause) => this.#loop.take({ type: "disconnected", cause }),
    });
  }

  get zabState(): ZabState {
    return zabStateOfLearner(this.#machine.phase);
  }

  /** Server that this one is connected to; undefined before the connection. */
  get master(): bigint | undefined {
    return this.#master;
  }

  /** True once clients were served. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** Observers that get transactions from this server; undefined if it serves none. */
  get observers(): readonly ObserverStatus[] | undefined {
    return this.#observers?.observers;
  }

  /** Ends the run from outside: another leader was elected, or the server stops. */
  stop(): void {
    this.#loop.take({ type: "disconnected", cause: "stopped" });
  }

  #execute(effect: LearnerEffect): void {
    const { state, stats } = this.#options;
    if (!KEEPS_COMMITS.has(effect.type)) this.#applyCommitted();
    switch (effect.type) {
      case "send":
        return this.#connection.send(encodeLearnerPacket(effect.packet));
      case "storeAcceptedEpoch":
        return this.#store(() => state.storeAcceptedEpoch(effect.epoch), { type: "acceptedEpochStored" });
      case "storeSeenConfiguration":
        return this.#store(() => state.storeSeen(effect.configuration), { type: "seenConfigurationStored" });
      case "storeCurrentEpoch":
        return this.#store(() => state.storeCurrentEpoch(effect.epoch), { type: "currentEpochStored" });
      case "truncate":
        return this.#loop.store(async () => ({ type: "truncated", lastZxid: await state.truncateAfter(effect.zxid) }));
      case "installSnapshot":
        return this.#loop.store(() => this.#install(effect.zxid));
      case "append":
        stats.receivedProposals++;
        this.#roleNow().proposed(effect.record);
        this.#observers?.proposed(effect.record);
        return this.#log.append(effect.record);
      case "flush":
        return this.#log.flush(effect.zxid);
      case "commit":
        if (this.#observers === undefined) {
          this.#committed = effect.zxid;
          return;
        }
        this.#roleNow().markCommitted(effect.zxid);
        return this.#observers.committed(effect.zxid, effect.designatedLeader);
      case "activateConfiguration":
        this.#nextLeader = effect.designatedLeader;
        state.activate(effect.configuration);
        return this.#observers?.configured(state.quorums.active);
      case "serve":
        return this.#serve(effect.epoch);
      case "answerPing":
        return this.#answerPing(effect.zxid);
      case "deliver":
        if (effect.packet.type === "sync") return this.#roleNow().synced();
        return this.#roleNow().revalidated(effect.packet.sessionId, effect.packet.isValid);
      case "setReadTimeout":
        return this.#connection.setReadTimeout(effect.ms);
      case "end":
        return void this.#end(effect.reason, effect.message);
      default:
        effect satisfies never;
    }
  }

  #serve(epoch: number): void {
    const { learner, observerMasterAddresses = [], onServing } = this.#options;
    this.#hasServed = true;
    this.#noteSynchronized();
    this.#options.logger.info("synchronized", { role: learner.role, with: this.#master });
    if (learner.role === "follower" && observerMasterAddresses.length > 0) {
      this.#observers = new ObserverMasterRun({
        ...{ ...this.#options, ...learner, epoch, role: this.#roleNow(), listen: observerMasterAddresses },
      });
    }
    onServing(this.#roleNow(), epoch);
  }

  /**
   * Commits that arrive together are taken as one: the records are applied as one batch, and the replies to each client leave in one
   * write.
   */
  #applyCommitted(): void {
    const zxid = this.#committed;
    if (zxid === undefined) return;
    this.#committed = undefined;
    this.#roleNow().markCommitted(zxid);
  }

  #noteSynchronized(): void {
    const { stats, clock, learner } = this.#options;
    const times = learner.role === "observer" ? stats.observerSyncTime : stats.followerSyncTime;
    times.observe(clock.now() - this.#connectedAt);
  }

  #roleNow(): LearnerRole {
    if (this.#role === undefined) {
      const { newRole, state } = this.#options;
      this.#role = newRole(this.#leaderLink());
      // On record since an earlier role, and in no tree yet.
      for (const record of state.takeUnapplied()) this.#role.proposed(record);
      this.#role.markDurable(state.lastZxid);
    }
    return this.#role;
  }

  #leaderLink(): LeaderLink {
    const connection = this.#connection;
    return {
      request({ ids, ...request }: ForwardedRequest): void {
        const data = forwardedRequest.encode(request);
        connection.send({ type: PacketType.REQUEST, zxid: NO_ZXID, data, authInfo: ids });
      },
      revalidate(sessionId: bigint, timeoutMs: number): void {
        const data = revalidation.encode({ sessionId, timeoutMs });
        connection.send({ type: PacketType.REVALIDATE, zxid: NO_ZXID, data, authInfo: null });
      },
    };
  }

  #answerPing(zxid: bigint): void {
    const touched = [...this.#roleNow().sessions.takeTouched()];
    const data = sessionTouches.encode(touched.map(([sessionId, timeoutMs]) => ({ sessionId, timeoutMs })));
    this.#connection.send({ type: PacketType.PING, zxid, data, authInfo: null });
  }

  async #install(zxid: bigint): Promise<LearnerEvent> {
    const after: AfterSnapshot = { unread: new Uint8Array(0) };
    const installed = await this.#options.state.install(snapshotFileOf(this.#connection.snapshot, after), zxid);
    // The packets after it are taken once the machine knows of the snapshot.
    this.#options.defer(() => this.#connection.endSnapshot(after.unread));
    return { type: "snapshotInstalled", zxid: installed };
  }

  #store(store: () => Promise<void>, done: LearnerEvent): void {
    this.#loop.store(async () => {
      await store();
      return done;
    });
  }

  #failed(cause: unknown): LearnerEvent {
    this.#options.state.hasFailed(cause);
    return { type: "storageFailed", cause: messageOf(cause) };
  }

  /** One owner of the log at a time: what is being written is finished before the next role begins. */
  async #end(reason: LearnerEnd, message: string): Promise<void> {
    this.#connection.close();
    this.#options.onEnding();
    await Promise.all([this.#observers?.close(), this.#loop.stored(), this.#log.idle()]);
    this.#options.state.keepUnapplied(this.#role?.end() ?? []);
    this.#options.onEnded(reason, message, reason === "reconfigured" ? this.#nextLeader : undefined);
  }
}

const NO_ZXID = -1n;
/** Effects that need not wait until the records are applied that were committed before them. */
const KEEPS_COMMITS: ReadonlySet<LearnerEffect["type"]> = new Set(["append", "flush", "send", "commit"]);
