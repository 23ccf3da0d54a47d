import { type Random, randomInt } from "@conclave/runtime";
import { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import { Election } from "../../src/zab/election/election.js";
import type { DecidedState, ElectionEffect, ElectionEvent } from "../../src/zab/election/election-event.js";
import { EMPTY_UNTRUSTED, type Vote } from "../../src/zab/election/vote.js";
import { ElectionRules, type History } from "./election-rules.js";
import { shownEffects, shownEvent } from "./election-transcript.js";
import { NotificationNetwork } from "./notification-network.js";
import { VirtualTime } from "./virtual-time.js";

const TICK_MS = 100;
/** Time that a decided server waits for its leader, and a leader for a quorum, before the next election. */
const INIT_LIMIT_MS = 2_000;
const SYNC_LIMIT_MS = 1_000;

/** Role after a decision, until it ends. */
interface ServerRole {
  readonly state: DecidedState;
  readonly leader: bigint;
  isEstablished: boolean;
  /** Time of the decision, or the last time at which the leader had a quorum, or a learner its leader. */
  lastContact: number;
}

interface Server {
  readonly id: bigint;
  /** The configurations that this server has seen. */
  readonly quorums: QuorumSet;
  /** On disk: survives a crash. `accepted` is the last epoch that was promised to a leader. */
  disk: History & { readonly accepted: number };
  /** Undefined while the process is down. */
  election: Election | undefined;
  readonly timers: Map<string, () => void>;
  role: ServerRole | undefined;
}

/** Ensemble of elections on a network with faults, with roles that hold as long as a leader has a quorum. */
export class ElectionEnsemble {
  readonly time = new VirtualTime();
  readonly network: NotificationNetwork;
  readonly servers: readonly Server[];
  readonly #rules: ElectionRules;
  readonly #quorums: QuorumSet;
  readonly #random: Random;
  readonly #maxIntervalMs: number;
  /** The last events, for the report of a failure. */
  readonly #trace: {
    readonly at: number;
    readonly id: bigint;
    readonly event: ElectionEvent;
    effects: readonly ElectionEffect[];
  }[] = [];

  /** @param seenBy the share of the servers that have seen the proposed configuration, if there is one */
  constructor(random: Random, quorums: QuorumSet, maxIntervalMs: number, seenBy: number) {
    this.#random = random;
    this.#quorums = quorums;
    this.#maxIntervalMs = maxIntervalMs;
    this.network = new NotificationNetwork(random, this.time, (from, to, notification) => {
      this.#give(this.server(to), { type: "notification", from, notification });
    });
    const ids = new Set(quorums.configurations.flatMap(({ members }) => [...members.keys()]));
    this.servers = [...ids].map((id) => {
      const disk = { zxid: BigInt(randomInt(random, 3)), epoch: 0, accepted: 0 };
      const seen = random.float() < seenBy ? quorums : new QuorumSet(quorums.active);
      return { id, quorums: seen, disk, election: undefined, timers: new Map(), role: undefined };
    });
    this.#rules = new ElectionRules((id) => this.server(id).quorums);
    for (const server of this.servers) this.restart(server);
    this.#scheduleTick();
  }

  server(id: bigint): Server {
    return this.servers.find((server) => server.id === id)!;
  }

  /** Starts the process of a server that is down. */
  restart(server: Server): void {
    if (server.election !== undefined) return;
    const options = { quorums: server.quorums, maxNotificationIntervalMs: this.#maxIntervalMs };
    server.election = new Election({ id: server.id, ...options });
    this.#startLater(server);
  }

  crash(server: Server): void {
    for (const cancel of server.timers.values()) cancel();
    server.election = undefined;
    server.role = undefined;
    this.network.crash(server.id);
  }

  /** Empties the disk of a server that is down, unless the rest of the voters with a history would be no quorum. */
  wipe(server: Server): void {
    const rest = this.servers.filter(({ id, disk }) => id !== server.id && disk.zxid !== EMPTY_UNTRUSTED);
    if (server.election !== undefined || !this.#quorums.isQuorum(rest.map(({ id }) => id))) return;
    server.disk = { zxid: EMPTY_UNTRUSTED, epoch: 0, accepted: server.disk.accepted };
  }

  /** Ends the role of a server, and lets it search for a leader again. */
  endRole(server: Server): void {
    server.role = undefined;
    this.#give(server, { type: "stop" });
    this.#startLater(server);
  }

  /** Returns true if all servers follow one established leader. */
  isAgreed(): boolean {
    const leader = this.servers.find(({ role }) => role?.state === "leading" && role.isEstablished);
    return (
      leader !== undefined &&
      this.servers.every(({ role }) => role?.isEstablished === true && role.leader === leader.id)
    );
  }

  /** Returns the states of all servers, and the last events. */
  report(): string {
    const states = this.servers.map(({ id, disk, election, role }) => {
      const state = `${election?.state ?? "down"} round ${election?.round} of ${election?.vote.leader}`;
      return `${id}: epoch ${disk.epoch} zxid ${disk.zxid}, ${state}${role?.isEstablished ? ", established" : ""}`;
    });
    const events = this.#trace.map(
      ({ at, id, event, effects }) => `${at} ms: ${id} ${shownEvent(event)} -> ${shownEffects(effects)}`,
    );
    return ["", ...states, ...events].join("\n");
  }

  #startLater(server: Server): void {
    const { election } = server;
    this.time.after(randomInt(this.#random, 100), () => {
      if (server.election !== election || server.role !== undefined || election?.state !== "idle") return;
      this.#give(server, { type: "start", zxid: server.disk.zxid, epoch: server.disk.epoch });
    });
  }

  #give(server: Server, event: ElectionEvent): void {
    const { election } = server;
    if (election === undefined) return;
    const entry = { at: this.time.now, id: server.id, event, effects: [] as readonly ElectionEffect[] };
    this.#trace.push(entry);
    if (this.#trace.length > 60) this.#trace.shift();
    entry.effects = election.handle(event);
    if (election.state === "looking" || election.state === "finalizing") {
      this.#rules.cast(server.id, election.vote, server.disk);
    }
    for (const effect of entry.effects) this.#execute(server, event, effect);
  }

  #execute(server: Server, cause: ElectionEvent, effect: ElectionEffect): void {
    switch (effect.type) {
      case "send":
        this.#refuseLater(server, this.server(effect.to));
        return this.network.send(server.id, effect.to, effect.notification);
      case "connectAll":
        return this.network.connectAll(server.id);
      case "setTimer":
        server.timers.get(effect.name)?.();
        server.timers.set(
          effect.name,
          this.time.after(effect.ms, () => this.#give(server, this.#timerEvent(server, effect.name))),
        );
        return;
      case "cancelTimer":
        return server.timers.get(effect.name)?.();
      case "decided":
        return this.#onDecided(server, cause, effect.state, effect.vote);
      default:
        throw new Error(`unexpected effect ${effect.type}`);
    }
  }

  #timerEvent(server: Server, name: "resend" | "finalize"): ElectionEvent {
    if (name === "finalize") return { type: "timer", name };
    return { type: "timer", name, delivered: this.network.hasDelivered(server.id) };
  }

  #onDecided(server: Server, cause: ElectionEvent, state: DecidedState, vote: Vote): void {
    const mayJoin = cause.type === "notification" && cause.notification.state !== "looking";
    if (!mayJoin) this.#rules.cast(server.id, vote, server.disk);
    this.#rules.decided(server.id, state, vote, mayJoin);
    server.role = { state, leader: vote.leader, isEstablished: false, lastContact: this.time.now };
  }

  /** Tells a server that another one does not run. */
  #refuseLater(server: Server, other: Server): void {
    if (other.election !== undefined) return;
    this.time.after(randomInt(this.#random, 20), () => {
      if (other.election === undefined) this.#give(server, { type: "unreachable", server: other.id });
    });
  }

  #scheduleTick(): void {
    this.time.after(TICK_MS, () => {
      for (const server of this.servers) this.#tick(server);
      this.#scheduleTick();
    });
  }

  #tick(server: Server): void {
    const { role } = server;
    if (role === undefined) return;
    if (role.state === "leading") this.#lead(server, role);
    else if (role.isEstablished && this.#learners(this.server(role.leader)).includes(server)) {
      role.lastContact = this.time.now;
    }
    const limit = role.isEstablished ? SYNC_LIMIT_MS : INIT_LIMIT_MS;
    if (server.role === role && this.time.now - role.lastContact > limit) this.endRole(server);
  }

  /** Returns the servers that follow this one and can reach it. */
  #learners({ id, role }: Server): Server[] {
    if (role?.state !== "leading") return [];
    return this.servers.filter(
      (each) => each.id !== id && each.role?.leader === id && !this.network.isBlocked(each.id, id),
    );
  }

  #lead(leader: Server, role: ServerRole): void {
    const learners = this.#learners(leader);
    if (!leader.quorums.isQuorum([leader, ...learners].map(({ id }) => id))) return;
    if (!role.isEstablished) return this.#establish(leader, role, learners);
    role.lastContact = this.time.now;
    for (const learner of learners) if (!learner.role!.isEstablished) this.#begin(learner, leader.disk);
    // A new transaction reaches some of the learners at once, and the others later.
    leader.disk = { ...leader.disk, zxid: leader.disk.zxid + 1n };
    for (const learner of learners) {
      if (this.#random.float() < 0.7) learner.disk = { ...learner.disk, zxid: leader.disk.zxid };
    }
  }

  /** Discovery: a leader whose history is shorter than that of a learner gives up, as Apache's does. */
  #establish(leader: Server, role: ServerRole, learners: readonly Server[]): void {
    if (learners.some(({ disk }) => isLonger(disk, leader.disk))) return this.endRole(leader);
    role.lastContact = this.time.now;
    const accepted = Math.max(...[leader, ...learners].map(({ disk }) => disk.accepted)) + 1;
    const disk = { accepted, epoch: accepted, zxid: leader.disk.zxid };
    for (const server of [leader, ...learners]) this.#begin(server, disk);
    leader.disk = { ...disk, zxid: BigInt(accepted) << 32n };
  }

  #begin(server: Server, disk: Server["disk"]): void {
    server.disk = { ...disk, accepted: Math.max(disk.accepted, server.disk.accepted) };
    server.role!.isEstablished = true;
    server.role!.lastContact = this.time.now;
    this.#give(server, { type: "established", epoch: disk.epoch });
  }
}

function isLonger(a: History, b: History): boolean {
  return a.epoch === b.epoch ? a.zxid > b.zxid : a.epoch > b.epoch;
}
