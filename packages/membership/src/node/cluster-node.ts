import type { Server } from "node:net";
import { networkInterfaces } from "node:os";
import { connect, type ZooKeeper } from "@conclave/client";
import { Group, type GroupView, type Leadership, type Participant } from "@conclave/recipes";
import { pause } from "@conclave/runtime";
import { Campaign } from "../leader/campaign.js";
import { ElectedCandidate } from "../leader/elected-candidate.js";
import type { Cluster, ClusterMember, ClusterStatus } from "../members/cluster.js";
import { ClusterSnapshot } from "../members/cluster-snapshot.js";
import { defaultId } from "../members/member-id.js";
import { type MemberRecord, memberRecordCodec, memberUrl } from "../members/member-record.js";
import { Registration } from "../members/registration.js";
import { MemberProxy } from "../proxy/member-proxy.js";
import { advertisedUrl } from "./advertised-url.js";
import { closeServer } from "./close-server.js";
import { type MembershipOptions, type ResolvedMembership, resolveMembership } from "./membership-options.js";

const CONNECT_TIMEOUT_MS = 10_000;

/** Parts that exist once the connection is open. */
interface Opened {
  readonly zk: ZooKeeper;
  readonly group: Group<MemberRecord>;
  readonly view: GroupView<MemberRecord>;
  readonly elected: ElectedCandidate;
}

/** Parts that exist once this process is a member. */
interface Joined {
  readonly registration: Registration;
  readonly campaign: Campaign;
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
  #isJoining = false;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #joined: Joined | undefined;
  #withdrawn: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #isClosed = false;
  #snapshot = new ClusterSnapshot([]);
  #snapshotOf: { readonly version: number; readonly elected: Participant | undefined } | undefined;
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
    return this.#opened.view.isFresh && this.#joined.registration.isCurrent ? "ready" : "degraded";
  }

  get self(): ClusterMember | undefined {
    return this.#joined?.registration.self;
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
    return this.#joined?.campaign.leadership;
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
    if (this.#opened === undefined) return this.#snapshot;
    const { view } = this.#opened;
    const { version } = view;
    const elected = this.#opened.elected.current;
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
    return this.#joined?.campaign.ifLeader(task);
  }

  /**
   * Connects, and follows the members without joining them. Rejects as `connect` does if no ensemble answers in time.
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
    if (this.#isJoining) throw new Error("join was called before: a ClusterNode joins once");
    this.#isJoining = true;
    const url = await this.#urlOf(target);
    await this.open();
    const { zk, group, view } = this.#opened!;
    const { group: name, id = defaultId(url), metadata, onSuspended, acl, logger, clock } = this.options;
    const { signal } = this.#withdrawing;
    logger.info(`joining ${name}`, { id, url });
    const parts = { zk, group, view, groupName: name, logger, clock, onChange: this.#changed };
    const registration = await Registration.join(id, { url, status: "up", metadata }, signal, parts);
    if (signal.aborted) {
      await registration.leave();
      throw signal.reason;
    }
    const onLeads = (token: bigint | undefined): void => registration.update({ leads: token?.toString() });
    const campaign = new Campaign(zk, signal, { name, id, onSuspended, acl, logger, clock, onLeads });
    this.#joined = { registration, campaign };
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
        this.options.logger.error("a listener of cluster.onChange threw", { error });
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
      const { signal } = this.#closing;
      const elected = await ElectedCandidate.observe(zk, signal, { name, logger, clock, onChange: this.#changed });
      return { zk, group, view, elected };
    } catch (error) {
      await this.#disconnect(zk);
      throw error;
    }
  }

  async #connect(): Promise<ZooKeeper> {
    const connection = this.#connection;
    if (connection.client !== undefined) return connection.client;
    const { logger, meter, clock } = this.options;
    const { signal } = this.#withdrawing;
    const options = { clock, ...connection.connect, logger, meter, signal };
    const { ensemble, connectTimeoutMs } = connection;
    if (ensemble !== undefined) return ensemble.connect({ ...options, connectTimeoutMs });
    return connect(connection.servers, { ...options, connectTimeoutMs: connectTimeoutMs ?? CONNECT_TIMEOUT_MS });
  }

  /** Closes what {@link #connect} has opened. */
  async #disconnect(zk: ZooKeeper): Promise<void> {
    if (this.#connection.client !== undefined) return;
    await zk.close();
    await this.#connection.ensemble?.close();
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

  async #withdraw(): Promise<void> {
    const { logger, clock, drainDelayMs, group } = this.options;
    logger.info(`draining, then leaving ${group}`);
    this.#withdrawing.abort(new Error("join was cancelled: the member drains"));
    if (this.#opened === undefined) this.#closing.abort();
    this.#changed();
    if (this.#joined !== undefined) {
      const { registration } = this.#joined;
      registration.update({ status: "draining" });
      await pause(clock, drainDelayMs);
      await registration.leave();
    }
    this.#leaving.abort();
  }

  async #drain(): Promise<void> {
    await this.withdraw();
    const { closeTimeoutMs, clock } = this.options;
    if (this.#server !== undefined) await closeServer(this.#server, closeTimeoutMs, clock);
    // The campaign ends with the requests let in as leader; a handler that never ends does not keep the session open.
    if (this.#joined !== undefined) {
      const { ended } = this.#joined.campaign;
      const waiting = new AbortController();
      await Promise.race([ended, pause(clock, closeTimeoutMs, waiting.signal)]);
      waiting.abort();
    }
    const opened = await this.#opening?.catch(() => undefined);
    this.#isClosed = true;
    this.#closing.abort();
    this.proxy.close();
    if (opened === undefined) return;
    opened.zk.off("state", this.#changed);
    // Closing the view waits for a connection, which may never come.
    void opened.view.close();
    await this.#disconnect(opened.zk);
  }
}
