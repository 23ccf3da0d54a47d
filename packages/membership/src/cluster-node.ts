import type { Server } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { connect, type ZooKeeper } from "@conclave/client";
import {
  Group,
  type GroupView,
  LeaderElection,
  type Leadership,
  type Membership,
  type Participant,
} from "@conclave/recipes";
import { systemRandom } from "@conclave/runtime";
import { advertisedUrl } from "./advertised-url.js";
import { closeServer } from "./close-server.js";
import type { Cluster, ClusterMember, ClusterStatus } from "./cluster.js";
import { ClusterSnapshot, toClusterMember } from "./cluster-snapshot.js";
import { type MemberRecord, memberRecordCodec, memberUrl } from "./member-record.js";
import { checkId, type MembershipOptions, type ResolvedMembership, resolveMembership } from "./membership-options.js";
import { MemberProxy } from "./proxy/member-proxy.js";
import { settled } from "./settled.js";

const CONNECT_TIMEOUT_MS = 10_000;
/** Time after which a join that is pending is reported. */
const PENDING_JOIN_MS = 2_000;

/** Parts that exist once the connection is open. */
interface Opened {
  readonly zk: ZooKeeper;
  readonly group: Group<MemberRecord>;
  readonly view: GroupView<MemberRecord>;
}

/** Parts that exist once this process is a member. */
interface Joined {
  readonly id: string;
  readonly membership: Membership<MemberRecord>;
  readonly election: LeaderElection;
  /** Resolves when it has stopped campaigning. */
  readonly campaign: Promise<void>;
}

/**
 * A process in its cluster: it registers, campaigns for leader, follows the other members, and leaves in order. Adapters hold
 * it; handlers see it as a {@link Cluster}.
 */
export class ClusterNode implements Cluster {
  readonly options: ResolvedMembership;
  /** Passes requests on to other members. */
  readonly proxy: MemberProxy;
  /** Aborts when event streams have to end. */
  readonly leaving: AbortSignal;
  readonly #connection: MembershipOptions;
  readonly #listeners = new Set<() => void>();
  readonly #withdrawing = new AbortController();
  readonly #leaving = new AbortController();
  /** Aborts when the election is no longer observed. */
  readonly #closing = new AbortController();
  #server: Server | undefined;
  #record: MemberRecord | undefined;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #joined: Joined | undefined;
  #withdrawn: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #isClosed = false;
  #snapshot = new ClusterSnapshot([]);
  #snapshotOf: { readonly version: number; readonly elected: Participant | undefined } | undefined;
  #elected: Participant | undefined;
  #reporting: NodeJS.Immediate | undefined;

  /** Throws a `TypeError` for wrong options. Connects in {@link open} or {@link join}. */
  constructor(options: MembershipOptions) {
    this.options = resolveMembership(options);
    const { proxyTimeoutMs: timeoutMs, proxyTls: tls, trustProxy, clock, logger } = this.options;
    this.proxy = new MemberProxy({ timeoutMs, tls, trustProxy, clock, logger });
    this.#connection = options;
    this.leaving = this.#leaving.signal;
  }

  get status(): ClusterStatus {
    if (this.#isClosed) return "closed";
    if (this.#withdrawing.signal.aborted) return "draining";
    if (this.#joined === undefined || this.#opened === undefined) return "starting";
    const { view } = this.#opened;
    const { id, membership } = this.#joined;
    return view.isFresh && membership.isPresent && view.get(id) !== undefined ? "ready" : "degraded";
  }

  get self(): ClusterMember | undefined {
    if (this.#joined === undefined || this.#record === undefined) return undefined;
    return toClusterMember(this.#joined.id, this.#record);
  }

  get members(): readonly ClusterMember[] {
    return this.snapshot.members;
  }

  get leader(): ClusterMember | undefined {
    return this.snapshot.leader;
  }

  get version(): string {
    return this.snapshot.version;
  }

  get leadership(): Leadership | undefined {
    return this.#joined?.election.current;
  }

  ownerOf(key: string): ClusterMember | undefined {
    return this.snapshot.ownerOf(key);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The view at this moment; the same object until it changes. */
  get snapshot(): ClusterSnapshot {
    const view = this.#opened?.view;
    if (view === undefined) return this.#snapshot;
    const { version } = view;
    const elected = this.#elected;
    if (version !== this.#snapshotOf?.version || elected !== this.#snapshotOf.elected) {
      this.#snapshotOf = { version, elected };
      this.#snapshot = new ClusterSnapshot(view.members, elected);
    }
    return this.#snapshot;
  }

  /** True while the view may be acted on: it is current, or is kept by policy while the session may still live. */
  get isSure(): boolean {
    if (this.#opened === undefined || this.#isClosed) return false;
    const { view, zk } = this.#opened;
    return view.isFresh || (this.options.onSuspended === "keep" && zk.state === "suspended");
  }

  /** Runs `task` if this process leads, and keeps the leadership until it has settled. Returns `undefined` if it does not lead. */
  ifLeader(task: () => Promise<void>): Promise<void> | undefined {
    return this.#joined?.election.ifLeader(task, () => undefined);
  }

  /**
   * Connects, and follows the members; this process is none yet. Rejects as `connect` does if no ensemble answers in time.
   * Idempotent.
   */
  async open(): Promise<void> {
    this.#opening ??= this.#open();
    this.#opened = await this.#opening;
  }

  /**
   * Registers the address on which a server listens (once it does) or a URL, and campaigns for leader. Resolves when
   * {@link members} contains this process. Rejects if no ensemble answers in time, if {@link withdraw} is called before, and
   * with a `TypeError` for an address that cannot be registered.
   */
  async join(target: Server | { readonly url: string }): Promise<void> {
    if (this.#record !== undefined) throw new Error("join was called before");
    const url = await this.#urlOf(target);
    this.#record = { url, status: "up", metadata: this.options.metadata };
    await this.open();
    const { zk, group, view } = this.#opened!;
    const { group: name, onSuspended, acl, logger, clock } = this.options;
    const id = checkId(this.options.id ?? defaultId(url));
    const { signal } = this.#withdrawing;
    logger.info(`joining ${name}`, { id, url });
    const pending = clock.setTimer(PENDING_JOIN_MS, () => this.#reportPendingJoin(id));
    const membership = await group.join({ id, data: this.#record, signal }).finally(() => pending.cancel());
    await contains(view, id, signal);
    if (signal.aborted) {
      await membership.leave();
      throw signal.reason;
    }
    membership.on(this.#changed);
    const election = new LeaderElection(zk, { name, id, onSuspended, acl, logger, clock });
    const campaign = election
      .lead((leadership) => this.#lead(leadership), { signal })
      .catch((error: unknown) => {
        logger.error(`campaign for leader of ${name} ended`, { error });
      });
    this.#joined = { id, membership, election, campaign };
    this.#changed();
  }

  /**
   * Reports that it drains, so that the others send nothing new, and gives the leadership up when the requests that it let in
   * as leader are answered. Serves for another `drainDelayMs`, leaves the group and ends event streams. Resolves then.
   * Idempotent.
   */
  withdraw(): Promise<void> {
    this.#withdrawn ??= this.#withdraw();
    return this.#withdrawn;
  }

  /**
   * Does what {@link withdraw} does; then closes the server, whose running requests have `closeTimeoutMs`; then ends the session,
   * unless the client was given. Resolves when all is done. Idempotent; never rejects.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Reports changes that come together, as when thousands join, in one call. */
  readonly #changed = (): void => {
    this.#reporting ??= setImmediate(() => {
      this.#reporting = undefined;
      this.#report();
    });
  };

  #report(): void {
    const { meter, group } = this.options;
    meter.gauge("membership_members", this.members.length, { group });
    meter.gauge("membership_leading", this.leadership === undefined ? 0 : 1, { group });
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.options.logger.error("a cluster listener threw", { error });
      }
    }
  }

  async #open(): Promise<Opened> {
    const { group: name, acl, logger, clock } = this.options;
    const zk = await this.#connect();
    try {
      const group = new Group<MemberRecord>(zk, { name, codec: memberRecordCodec, acl, logger, clock });
      const view = await group.follow({ signal: this.#withdrawing.signal });
      view.on(this.#changed);
      zk.on("state", this.#changed);
      await this.#observeElection(zk);
      return { zk, group, view };
    } catch (error) {
      if (this.#connection.client === undefined) await zk.close();
      throw error;
    }
  }

  /** Follows the election. Resolves when its first result is known. */
  async #observeElection(zk: ZooKeeper): Promise<void> {
    const { group: name, logger, clock } = this.options;
    const election = new LeaderElection(zk, { name, logger, clock });
    const seen = election.observe({ signal: this.#closing.signal });
    const next = async (): Promise<boolean> => {
      const { done, value } = await seen.next();
      if (done === true) return false;
      this.#elected = value;
      this.#changed();
      return true;
    };
    const failed = (error: unknown): false => {
      this.#elected = undefined;
      logger.error("the election cannot be read: no member counts as the leader", { group: name, error });
      return false;
    };
    const follow = async (): Promise<void> => {
      while (await next().catch(failed));
    };
    if (await next().catch(failed)) void follow();
  }

  async #connect(): Promise<ZooKeeper> {
    const connection = this.#connection;
    if (connection.client !== undefined) return connection.client;
    const { servers, connectTimeoutMs = CONNECT_TIMEOUT_MS } = connection;
    const { logger, meter, clock } = this.options;
    const { signal } = this.#withdrawing;
    return connect(servers, { clock, ...connection.connect, connectTimeoutMs, logger, meter, signal });
  }

  async #urlOf(target: Server | { readonly url: string }): Promise<string> {
    if ("url" in target) return this.options.url ?? memberUrl(target.url);
    this.#server = target;
    if (!target.listening) {
      await new Promise<void>((resolve, reject) => {
        target.once("listening", resolve);
        target.once("error", reject);
      });
    }
    return this.options.url ?? advertisedUrl(target, networkInterfaces());
  }

  #reportPendingJoin(id: string): void {
    const { logger, group } = this.options;
    const holder = this.#opened?.view.get(id);
    if (holder === undefined)
      return logger.warn(`still waiting to join ${group}`, { id, state: this.#opened?.zk.state });
    const { sessionId, data } = holder;
    logger.warn(
      `waiting to join ${group}: another session is the member ${id}. Ids must differ: give each process its own with the ` +
        "option id, or leave it out. If that session is this process' own from before a restart, it ends within the session timeout",
      { id, sessionId, url: data.url },
    );
  }

  async #lead({ signal, fencingToken }: Leadership): Promise<void> {
    if (signal.aborted) return;
    this.options.logger.info(`leading ${this.options.group}`, { fencingToken });
    this.#updateRecord({ leads: fencingToken.toString() });
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.options.logger.info(`leadership of ${this.options.group} ended`, { fencingToken, error: signal.reason });
    this.#updateRecord({ leads: undefined });
  }

  /** Changes the record of this member. Without a connection that waits, and the last change counts. */
  #updateRecord(change: Partial<MemberRecord>): void {
    if (this.#record === undefined) return;
    this.#record = { ...this.#record, ...change };
    this.#joined?.membership.update(this.#record).catch((error: unknown) => {
      this.options.logger.warn("record not updated: other members still see the previous one", { error });
    });
    this.#changed();
  }

  async #withdraw(): Promise<void> {
    const { logger, clock, drainDelayMs, group } = this.options;
    logger.info(`draining, then leaving ${group}`);
    this.#withdrawing.abort(new Error("the member drains"));
    if (this.#opened === undefined) this.#closing.abort();
    this.#updateRecord({ status: "draining" });
    if (this.#joined !== undefined) {
      await new Promise<void>((resolve) => void clock.setTimer(drainDelayMs, resolve));
      await this.#joined.membership.leave();
    }
    this.#leaving.abort();
  }

  async #drain(): Promise<void> {
    await this.withdraw();
    const { closeTimeoutMs, clock } = this.options;
    if (this.#server !== undefined) await closeServer(this.#server, closeTimeoutMs, clock);
    // The campaign ends with the requests let in as leader; a handler that never ends does not keep the session open.
    if (this.#joined !== undefined) await settled(this.#joined.campaign, closeTimeoutMs, clock);
    const opened = await this.#opening?.catch(() => undefined);
    this.#isClosed = true;
    this.#closing.abort();
    this.proxy.close();
    if (opened === undefined) return;
    opened.zk.off("state", this.#changed);
    // Closing the view waits for a connection, which may never come.
    void opened.view.close();
    if (this.#connection.client === undefined) await opened.zk.close();
  }
}

/** Resolves when a view contains the member, or `signal` aborts. */
function contains(view: GroupView<MemberRecord>, id: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (view.get(id) === undefined && !signal.aborted) return;
      stop();
      signal.removeEventListener("abort", look);
      resolve();
    };
    const stop = view.on(look);
    signal.addEventListener("abort", look);
    look();
  });
}

/** Differs between processes that share a host name and a port, as workers of `cluster` and containers do. */
function defaultId(url: string): string {
  const { port, protocol } = new URL(url);
  const random = Buffer.from(systemRandom.bytes(4)).toString("hex");
  return `${hostname()}:${port || protocol.slice(0, -1)}-${random}`;
}
