import {
  deleteNode,
  forwardedRequest,
  JuteWriter,
  OpCode,
  PacketType,
  type QuorumPacket,
  revalidation,
  sessionTouches,
} from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { ForwardedRequest, LearnerRole } from "../roles/learner-role.js";
import { RelayedSessions } from "../sessions/relayed-sessions.js";
import { recordBytes } from "../storage/record-bytes.js";
import type { TxnRecord } from "../tree/txn.js";
import type { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import {
  ObserverMaster,
  type ObserverMasterEffect,
  type ObserverMasterEvent,
  type ObserverMasterOptions,
} from "../zab/observer-master/observer-master.js";
import type { LeaderPacket } from "../zab/packets.js";
import { bulkOf } from "./bulk.js";
import { HalfTicks } from "./half-ticks.js";
import type { LearnerConnection } from "./learner-connection.js";
import { LearnerPort } from "./learner-port.js";
import type { MemberState } from "./member-state.js";
import type { MemberStats } from "./member-stats.js";
import type { ObserverStatus } from "./member-status.js";
import type { Network, PortAddress } from "./network.js";
import { decodeLearnerPacket, encodeLeaderPacket } from "./packet-codec.js";

export interface ObserverMasterRunOptions
  extends Pick<ObserverMasterOptions, "id" | "epoch" | "initLimitMs" | "syncLimitMs"> {
  readonly state: MemberState;
  readonly stats: MemberStats;
  /** Role of the follower, which serves. */
  readonly role: LearnerRole;
  /** Addresses of the port for observers. */
  readonly listen: readonly PortAddress[];
  readonly tickMs: number;
  readonly maxPacketBytes: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defer: (task: () => void) => void;
}

/**
 * Port of a follower for observers (`observerMasterPort`), from the moment when it serves until its role ends: carries out the
 * effects of {@link ObserverMaster}, and relays what the observers send about their clients.
 */
export class ObserverMasterRun {
  readonly #options: ObserverMasterRunOptions;
  readonly #machine: ObserverMaster;
  readonly #port: LearnerPort;
  readonly #observers = new Map<number, LearnerConnection>();
  /** Events that wait for the end of another one; undefined while none is taken. */
  #waiting: ObserverMasterEvent[] | undefined;
  readonly #sessions: RelayedSessions;
  #applied: bigint;
  readonly #ticks: HalfTicks;
  #isClosed = false;

  constructor(options: ObserverMasterRunOptions) {
    const { state, role, clock, listen, maxPacketBytes, network, logger, defer } = options;
    this.#options = options;
    this.#applied = role.applied;
    this.#sessions = new RelayedSessions(state.database.tree.sessions);
    role.onResumed = (sessionId) => this.#sessions.moved(sessionId, "here");
    this.#machine = new ObserverMaster({
      ...options,
      ...{ configuration: state.quorums.active, history: state.history.upTo(role.applied), now: clock.now() },
      ...{ unapplied: role.unapplied(), committed: role.committed },
    });
    this.#port = new LearnerPort({
      ...{ name: "observer master port", addresses: listen, maxPacketBytes, network, clock, logger, defer },
      onPacket: (observer, packet) => this.#receive(observer, packet),
      onGone: ({ number }, cause) => {
        if (!this.#observers.delete(number)) return;
        logger.info("an observer has disconnected", { observer: number, cause });
        this.#take({ type: "gone", learner: number });
      },
    });
    this.#ticks = new HalfTicks({
      ...options,
      onStalled: (ms) => this.#take({ type: "stalled", ms }),
      onTick: (now) => this.#take({ type: "tick", now }),
    });
    void this.#listen();
  }

  /** Observers that get the transactions of the leader here. */
  get observers(): readonly ObserverStatus[] {
    const links = this.#machine.observers.filter(({ isForwarding }) => isForwarding);
    return links.map(({ id, learner }) => ({ id, remote: this.#observers.get(learner)?.remote ?? "" }));
  }

  proposed(record: TxnRecord): void {
    if (record.txn.type === OpCode.closeSession) this.#sessions.ended(record.header.clientId);
    this.#timed("proposal", { type: "proposed", record });
  }

  /** Takes a commit, after the role has taken it. */
  committed(zxid: bigint, designatedLeader: bigint | undefined): void {
    this.#timed("commit", { type: "committed", zxid, designatedLeader });
    this.noteApplied();
  }

  /** Notes the records that are in the tree by now. */
  noteApplied(): void {
    const { applied } = this.#options.role;
    if (applied === this.#applied) return;
    this.#applied = applied;
    this.#take({ type: "applied", zxid: applied });
  }

  configured(configuration: EnsembleConfiguration): void {
    this.#take({ type: "configured", configuration });
  }

  /** Closes the port and the connections of the observers. Nothing is read from the database after it resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ticks.stop();
    await this.#port.close();
  }

  async #listen(): Promise<void> {
    const { logger, listen } = this.#options;
    try {
      await this.#port.listen();
      logger.info("listening for observers", { addresses: listen });
    } catch (error) {
      const remedy = "free the port, or set another observerMasterPort; observers use the other servers meanwhile";
      logger.warn("observer master port: cannot listen", { addresses: listen, error, remedy });
      return;
    }
    this.#ticks.start();
  }

  #timed(kind: "proposal" | "commit", event: ObserverMasterEvent): void {
    const { clock, stats } = this.#options;
    const startedAt = clock.now();
    this.#take(event);
    stats.observerMasterTimes[kind].observe(clock.now() - startedAt);
  }

  #take(event: ObserverMasterEvent): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(event);
      return;
    }
    const waiting = [event];
    this.#waiting = waiting;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (this.#isClosed) break;
      for (const effect of this.#machine.handle(next)) this.#execute(effect);
    }
    this.#waiting = undefined;
  }

  #execute(effect: ObserverMasterEffect): void {
    const { state, stats, logger } = this.#options;
    switch (effect.type) {
      case "send":
        return this.#send(effect.learners, effect.packet);
      case "sync":
        stats.syncs[effect.plan.mode]++;
        logger.info("synchronizing an observer", { observer: effect.learner, ...effect.plan });
        return this.#observers.get(effect.learner)?.sendBulk(bulkOf(effect.plan, state));
      case "disconnect":
        return this.#disconnect(effect.learner, effect.message);
      default:
        effect satisfies never;
    }
  }

  #send(observers: readonly number[], packet: LeaderPacket): void {
    const encoded = encodeLeaderPacket(packet, recordBytes);
    for (const observer of observers) this.#observers.get(observer)?.send(encoded);
  }

  #disconnect(number: number, message: string): void {
    this.#options.logger.warn("disconnected an observer", { observer: number, message });
    const observer = this.#observers.get(number);
    this.#observers.delete(number);
    observer?.close(message);
  }

  #receive(observer: LearnerConnection, packet: QuorumPacket): void {
    const { number, remote } = observer;
    if (this.#isClosed) return;
    this.#observers.set(number, observer);
    const decoded = decodeLearnerPacket(packet);
    if (decoded === undefined) {
      this.#take({ type: "heard", learner: number });
      if (this.#isUpToDate(number)) this.#relay(number, packet);
      return;
    }
    if (decoded.type === "learnerInfo") {
      this.#options.logger.info("an observer has connected", { observer: number, id: decoded.id, remote });
    }
    this.#take({ type: "packet", learner: number, packet: decoded });
  }

  #isUpToDate(number: number): boolean {
    return this.#machine.observers.some(({ learner, state }) => learner === number && state === "upToDate");
  }

  /** Takes a packet about the clients of an observer. Unknown ones are ignored, as the leader does. */
  #relay(number: number, { type, data, authInfo }: QuorumPacket): void {
    const { role, stats } = this.#options;
    if (type === PacketType.PING) {
      for (const { sessionId, timeoutMs } of sessionTouches.decode(data)) role.relayTouch(sessionId, timeoutMs);
    } else if (type === PacketType.REVALIDATE) {
      stats.revalidations++;
      const { sessionId, timeoutMs } = revalidation.decode(data);
      this.#sessions.moved(sessionId, number);
      role.relayRevalidation(sessionId, timeoutMs, (isValid) => {
        this.#send([number], { type: "revalidate", sessionId, isValid });
      });
    } else if (type === PacketType.REQUEST) {
      const request = { ...forwardedRequest.decode(data), ids: authInfo ?? [] };
      if (request.type === OpCode.sync) role.relaySync(request, () => this.#send([number], { type: "sync" }));
      else role.relay(this.#isFromPlace(number, request) ? request : refusedBy(request));
    }
  }

  /** Returns false for a write that a client has sent before it moved to another server here. */
  #isFromPlace(number: number, { type, sessionId }: ForwardedRequest): boolean {
    if (type === OpCode.createSession) this.#sessions.moved(sessionId, number);
    return type === OpCode.closeSession || this.#sessions.isAt(sessionId, number);
  }
}

/**
 * Returns a request that every leader refuses with an error in the transaction, as it would refuse one with SESSION_MOVED: its
 * observer waits for a transaction. The path is invalid.
 */
function refusedBy(request: ForwardedRequest): ForwardedRequest {
  const body = new JuteWriter();
  deleteNode.writeRequest(body, { path: "", version: -1 });
  return { ...request, type: OpCode.delete, body: body.take() };
}
