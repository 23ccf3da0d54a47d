import type { LeaderEffect, LearnerEffect, LearnerPacket } from "@conclave/server/simulation";
import { demand, zxidText } from "../check/violation.ts";
import { ConnectionStep, type Sent } from "./connection-step.ts";
import { runTask } from "./disk-task.ts";
import { commit, demandCommitted, establish, type Facts, settle } from "./facts.ts";
import type { MachineStart } from "./machine-fields.ts";
import type { MachineEvent } from "./machine-memory.ts";
import { inOrder, messageOf, recordOf } from "./message.ts";
import type { Model } from "./model.ts";
import { type Budget, type ModelState, QUORUM, type ServerState, settledEpoch, type Task } from "./model-state.ts";
import type { Part } from "./parts.ts";
import { openerOf } from "./renaming.ts";

export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** One step of the model: a copy of a state that is changed until it is the next one. Throws at the first broken invariant. */
export class ModelStep {
  readonly #model: Model;
  readonly #before: ModelState;
  readonly #drafts: (Draft<ServerState> | undefined)[] = [undefined, undefined, undefined];
  readonly #connections: ConnectionStep;
  #left: Budget;
  #facts: Facts;
  #hasWritten = false;
  constructor(model: Model, state: ModelState) {
    this.#model = model;
    this.#before = state;
    this.#connections = new ConnectionStep(state.connections);
    this.#left = state.left;
    this.#facts = state.facts;
  }

  /** Ends the step. Returns the next state. */
  finish(): ModelState {
    const { servers, connections } = this.#model;
    const next = this.#before.servers.map((part, i) => {
      const draft = this.#drafts[i];
      return draft === undefined ? part : servers.of(draft);
    });
    this.#settle(next);
    return {
      servers: next,
      connections: this.#connections.finish(connections),
      left: this.#left,
      facts: this.#facts,
    };
  }

  /** Messages that were sent in this step. */
  get sent(): readonly Sent[] {
    return this.#connections.sent;
  }

  /** True if a loss of power right after this step may have another result than one right before it. */
  get isVisible(): boolean {
    return this.#hasWritten || this.sent.length > 0;
  }

  #read(id: number): ServerState {
    return this.#drafts[id - 1] ?? this.#before.servers[id - 1]!.value;
  }

  #server(id: number): Draft<ServerState> {
    this.#drafts[id - 1] ??= { ...this.#before.servers[id - 1]!.value };
    return this.#drafts[id - 1]!;
  }

  // Elections, which are abstract

  /** A server is elected, and another one follows it. */
  elect(id: number, follower: number): void {
    const { acceptedEpoch, currentEpoch, zxids } = this.#read(id);
    this.#begin(id, { kind: "leader", id, acceptedEpoch, currentEpoch, zxids });
    Object.assign(this.#server(id), { flushed: -1n });
    this.#take(id, { type: "start", now: 0 });
    this.join(follower, id);
  }

  join(id: number, leader: number): void {
    const { acceptedEpoch, currentEpoch, zxids, needsSnapshot } = this.#read(id);
    const lastZxid = needsSnapshot ? -1n : (zxids.at(-1) ?? 0n);
    this.#begin(id, { kind: "learner", acceptedEpoch, currentEpoch, lastZxid });
    this.#connections.open(leader, id);
    this.#take(id, { type: "connected" });
  }

  #begin(id: number, start: MachineStart): void {
    Object.assign(this.#server(id), { machine: this.#model.memory.start(start), needsSnapshot: false });
  }

  // Steps

  propose(id: number): void {
    const zxid = this.#read(id).machine!.nextZxid!;
    this.#left = { ...this.#left, transactions: this.#left.transactions - 1 };
    this.#take(id, { type: "propose", record: recordOf(zxid) });
  }

  /** The leader has heard nothing of a quorum for too long. It notices that in every second tick. */
  giveUp(id: number): void {
    this.#take(id, { type: "tick", now: 1_000_000 });
    this.#take(id, { type: "tick", now: 1_000_000 });
  }

  /** A server loses its power, and starts again with this content of its disk. Its last messages on some connections are lost. */
  crash(id: number, disk: Partial<ServerState>, lost: readonly Sent[]): void {
    this.#left = { ...this.#left, crashes: this.#left.crashes - 1 };
    this.#connections.lose(id, lost);
    this.#connections.close(id);
    const volatile = { machine: undefined, tasks: [], flushed: 0n, committed: 0n, needsSnapshot: false };
    Object.assign(this.#server(id), volatile, disk, { applied: disk.zxids?.at(-1) ?? 0n });
  }

  /** The connection of a learner is cut. What is on its way to the learner is lost. */
  cut(id: number): void {
    this.#left = { ...this.#left, cuts: this.#left.cuts - 1 };
    this.#connections.cut(id);
    this.#take(id, { type: "disconnected", cause: "cut" });
  }

  /** The rest of what a learner has sent before its connection was cut is lost. */
  loseRest(index: number): void {
    this.#connections.loseRest(index);
    this.deliverToLeader(index);
  }

  deliverToLeader(index: number): void {
    const { number: learner, leader } = this.#connections.at(index);
    const message = this.#connections.takeForLeader(index);
    if (message === "closed") return this.#take(leader, { type: "gone", learner });
    const packet = message.packet as LearnerPacket;
    const known = packet.type === "learnerInfo" ? { ...packet, id: BigInt(openerOf(learner)) } : packet;
    this.#take(leader, { type: "packet", learner, packet: known });
  }

  deliverToLearner(index: number): void {
    const { learner } = this.#connections.at(index);
    const message = this.#connections.takeForLearner(index);
    if (message === "closed") return this.#take(learner, { type: "disconnected", cause: "closed" });
    const { packet, snapshot } = message;
    if (this.#model.mistake === "the current epoch is stored before the history" && packet.type === "newLeader") {
      this.#server(learner).currentEpoch = Number(packet.zxid >> 32n);
    }
    this.#take(learner, { type: "packet", packet } as MachineEvent, snapshot);
  }

  /** Ends the first disk operation on the log, or on the epochs. */
  endTask(id: number, on: Task["on"]): void {
    const server = this.#server(id);
    const task = server.tasks.find((each) => each.on === on)!;
    server.tasks = server.tasks.filter((each) => each !== task);
    const event = runTask(server, task, this.#model.mistake);
    if (task.kind === "flush" && this.#model.mistake === "records are acknowledged before their flush") return;
    this.#take(id, event);
  }

  // Machines

  #take(id: number, event: MachineEvent, snapshot: readonly bigint[] = []): void {
    const { machine, flushed } = this.#read(id);
    if (machine === undefined) return;
    const isLeader = machine.start.kind === "leader";
    const { state, effects } = this.#model.memory.after(machine, event);
    if (state !== machine) this.#server(id).machine = state;
    if (event.type === "durable" && event.zxid > flushed) this.#server(id).flushed = event.zxid;
    for (const effect of effects) {
      if (isLeader) this.#executeForLeader(id, effect as LeaderEffect);
      else this.#executeForLearner(id, effect as LearnerEffect, snapshot);
    }
    if (this.#model.mistake === "records are acknowledged before their flush") {
      for (const each of effects) if (each.type === "flush") this.#take(id, { type: "durable", zxid: each.zxid });
    }
    if (this.#read(id).machine !== undefined) this.#apply(id, isLeader);
  }

  /** A server applies at once what is committed and durable. */
  #apply(id: number, isLeader: boolean): void {
    const { committed, flushed, applied } = this.#read(id);
    const [to = 0n] = inOrder([committed, flushed]);
    if (to <= applied) return;
    this.#server(id).applied = to;
    if (isLeader) this.#take(id, { type: "applied", zxid: to });
  }

  #executeForLeader(id: number, effect: LeaderEffect): void {
    switch (effect.type) {
      case "send":
        for (const number of effect.learners) this.#connections.toLearner(id, number, messageOf(effect.packet));
        return;
      case "sync":
        return this.#synchronize(id, effect);
      case "disconnect":
        return this.#connections.disconnect(id, effect.learner);
      case "commit":
        this.#server(id).committed = effect.zxid;
        return this.#commit(id, effect.zxid);
      case "serve":
        this.#facts = establish(this.#facts, { epoch: effect.epoch, zxids: this.#read(id).zxids });
        return;
      case "end":
        demand(effect.reason !== "invalid-proposal", () => effect.message);
        return this.#end(id);
      default:
        return this.#executeOnDisk(id, effect);
    }
  }

  #executeForLearner(id: number, effect: LearnerEffect, snapshot: readonly bigint[]): void {
    switch (effect.type) {
      case "send":
        if (effect.packet.type === "ack") this.#checkAck(id, effect.packet.zxid);
        return this.#connections.toLeader(id, messageOf(effect.packet));
      case "truncate":
        return this.#addTask(id, { on: "log", kind: "truncate", zxid: effect.zxid });
      case "installSnapshot":
        return this.#addTask(id, { on: "log", kind: "install", zxids: snapshot, zxid: effect.zxid });
      case "commit":
        this.#server(id).committed = effect.zxid;
        return demandCommitted(this.#facts, this.#upTo(id, effect.zxid));
      case "end":
        demand(effect.reason !== "protocol-error" && effect.reason !== "history-gap", () => `${id}: ${effect.message}`);
        this.#end(id);
        if (effect.reason === "truncation-refused") this.#server(id).needsSnapshot = true;
        return;
      default:
        return this.#executeOnDisk(id, effect);
    }
  }

  #executeOnDisk(id: number, effect: LeaderEffect | LearnerEffect): void {
    const { zxids } = this.#read(id);
    switch (effect.type) {
      case "append":
        this.#hasWritten = true;
        this.#server(id).zxids = [...zxids, effect.record.header.zxid];
        return;
      case "flush":
        return this.#addTask(id, { on: "log", kind: "flush", count: zxids.length, zxid: effect.zxid });
      case "storeAcceptedEpoch":
        return this.#addTask(id, { on: "epochs", kind: "accepted", epoch: effect.epoch });
      case "storeCurrentEpoch":
        return this.#addTask(id, { on: "epochs", kind: "current", epoch: effect.epoch });
    }
  }

  #addTask(id: number, task: Task): void {
    this.#hasWritten = true;
    const server = this.#server(id);
    server.tasks = [...server.tasks, task];
  }

  #synchronize(id: number, { learner, plan }: Extract<LeaderEffect, { type: "sync" }>): void {
    const { zxids, applied } = this.#read(id);
    let after = plan.to;
    if (plan.mode === "snap") {
      // A new leader puts all its records into its tree before.
      if (applied < plan.to) this.#server(id).applied = plan.to;
      const snapshot = zxids.filter((each) => each <= plan.to);
      this.#connections.toLearner(id, learner, messageOf({ type: "snap", zxid: plan.to }, snapshot));
    } else {
      after = plan.after;
      const opening = plan.mode === "diff" ? { type: plan.mode, zxid: plan.to } : { type: plan.mode, zxid: after };
      this.#connections.toLearner(id, learner, messageOf(opening));
    }
    for (const zxid of zxids.filter((each) => each > after && each <= plan.to)) {
      this.#connections.toLearner(id, learner, messageOf({ type: "proposal", record: recordOf(zxid) }));
      this.#connections.toLearner(id, learner, messageOf({ type: "commit", zxid }));
    }
  }

  /** Ends a machine. Its disk operations end before the next one begins. */
  #end(id: number): void {
    this.#connections.close(id);
    const server = this.#server(id);
    for (const task of server.tasks) runTask(server, task, this.#model.mistake);
    Object.assign(server, { machine: undefined, tasks: [], flushed: 0n, committed: 0n });
  }

  // Invariants

  #upTo(id: number, zxid: bigint): readonly bigint[] {
    return this.#read(id).zxids.filter((each) => each <= zxid);
  }

  /** A committed record is on the disks of a quorum. */
  #commit(id: number, zxid: bigint): void {
    const log = this.#upTo(id, zxid);
    for (const each of log.slice(this.#facts.commits.length)) {
      const copies = [1, 2, 3].filter((other) => {
        const { zxids, durable } = this.#read(other);
        return zxids.slice(0, durable).includes(each);
      });
      demand(copies.length >= QUORUM, () => `${zxidText(each)} is committed with ${copies.length} copies`);
    }
    this.#facts = commit(this.#facts, log, this.#read(id).machine!.epoch);
  }

  /** An acknowledged record is durable. */
  #checkAck(id: number, zxid: bigint): void {
    if ((zxid & 0xffff_ffffn) === 0n) return;
    const { zxids, durable } = this.#read(id);
    demand(zxids.slice(0, durable).includes(zxid), () => `${id} acknowledged ${zxidText(zxid)}, which it may lose`);
  }

  #settle(servers: readonly Part<ServerState>[]): void {
    const epoch = settledEpoch(servers.map(({ value }) => value));
    const { commits, leaders } = this.#facts;
    const isSettled = (each: { readonly epoch: number }): boolean => each.epoch > 0 && each.epoch <= epoch;
    if (commits.some(isSettled) || leaders.some(isSettled)) this.#facts = settle(this.#facts, epoch);
  }
}
