import { OpCode } from "@conclave/protocol";
import type { LeaderEffect, LearnerEffect, TxnRecord } from "@conclave/server/simulation";
import { demand, zxidText } from "../check/violation.ts";
import type { MachineEvent, MachineMemory, MachineStart } from "./machine-memory.ts";
import type { Connection, ModelState, ServerState, Task, ToLeader, ToLearner } from "./model-state.ts";

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Servers of the model, and the number of them that decides. */
export const QUORUM = 2;

/** Faults of the model's disks, to show that the invariants find them. */
export type PlantedDiskFault = "flushes keep nothing" | "epochs are not stored";

/** One step of the model: a copy of a state that is changed until it is the next one. Throws at the first broken invariant. */
export class ModelStep {
  readonly #memory: MachineMemory;
  readonly #fault: PlantedDiskFault | undefined;
  readonly #servers: Draft<ServerState>[];
  #connections: Draft<Connection>[];
  readonly #left: Draft<ModelState["left"]>;
  #committed: readonly bigint[];
  #leaders: ModelState["leaders"];

  constructor(memory: MachineMemory, state: ModelState, fault?: PlantedDiskFault) {
    this.#memory = memory;
    this.#fault = fault;
    this.#servers = state.servers.map((each) => ({ ...each }));
    this.#connections = state.connections.map((each) => ({ ...each }));
    this.#left = { ...state.left };
    this.#committed = state.committed;
    this.#leaders = state.leaders;
  }

  finish(): ModelState {
    const connections = this.#connections.sort((a, b) => order(a) - order(b));
    return {
      ...{ servers: this.#servers, connections, left: this.#left, committed: this.#committed, leaders: this.#leaders },
    };
  }

  #server(id: number): Draft<ServerState> {
    return this.#servers[id - 1]!;
  }

  // Elections, which are abstract

  elect(id: number, supporters: readonly number[]): void {
    const { acceptedEpoch, currentEpoch, zxids } = this.#server(id);
    this.#begin(id, { kind: "leader", id, acceptedEpoch, currentEpoch, zxids });
    this.#take(id, { type: "start", now: 0 });
    for (const each of supporters) if (each !== id) this.join(each, id);
  }

  join(id: number, leader: number): void {
    const server = this.#server(id);
    const { acceptedEpoch, currentEpoch, zxids, needsSnapshot } = server;
    const lastZxid = needsSnapshot ? -1n : (zxids.at(-1) ?? 0n);
    this.#begin(id, { kind: "learner", id, leader, acceptedEpoch, currentEpoch, lastZxid });
    const number = ++this.#server(leader).connections;
    this.#connections.push({ number, leader, learner: id, toLeader: [], toLearner: [] });
    this.#take(id, { type: "connected" });
  }

  #begin(id: number, start: MachineStart): void {
    const last = this.#server(id).zxids.at(-1) ?? 0n;
    const fresh = { flushed: -1n, committed: last, applied: last, connections: 0, incoming: [], needsSnapshot: false };
    Object.assign(this.#server(id), { machine: this.#memory.start(start), ...fresh });
  }

  // Steps

  propose(id: number): void {
    const zxid = this.#server(id).machine!.nextZxid!;
    this.#left.transactions--;
    this.#take(id, { type: "propose", record: recordOf(zxid) });
  }

  /** The leader has heard nothing of a quorum for too long. */
  giveUp(id: number): void {
    this.#take(id, { type: "tick", now: 1_000_000 });
  }

  crash(id: number, kept: number): void {
    this.#left.crashes--;
    this.#closeConnections(id);
    const server = this.#server(id);
    const zxids = server.zxids.slice(0, kept);
    Object.assign(server, { isUp: false, machine: undefined, tasks: [], incoming: [], zxids, needsSnapshot: false });
    Object.assign(server, { flushed: -1n, committed: 0n, applied: 0n, connections: 0 });
  }

  /** Recovery makes the whole log durable. */
  restart(id: number): void {
    const server = this.#server(id);
    Object.assign(server, { isUp: true, durable: server.zxids.length });
  }

  /** The network cuts a connection: both ends learn it, each at its own time, after what is on its way. */
  cut(index: number): void {
    this.#left.cuts--;
    const connection = this.#connections[index]!;
    connection.toLearner = [...connection.toLearner, "closed"];
    connection.toLeader = [...connection.toLeader, "closed"];
  }

  deliverToLeader(index: number): void {
    const connection = this.#connections[index]!;
    const { number: learner, leader } = connection;
    const message = connection.toLeader[0]!;
    connection.toLeader = connection.toLeader.slice(1);
    if (message !== "closed") return this.#take(leader, { type: "packet", learner, packet: message });
    this.#endLeaderSide(connection);
    this.#take(leader, { type: "gone", learner });
  }

  deliverToLearner(index: number): void {
    const connection = this.#connections[index]!;
    const { learner } = connection;
    const message = connection.toLearner[0]!;
    connection.toLearner = connection.toLearner.slice(1);
    if (message === "closed") return this.#take(learner, { type: "disconnected", cause: "closed" });
    if (message.snapshot !== undefined) this.#server(learner).incoming = message.snapshot;
    this.#take(learner, { type: "packet", packet: message.packet });
  }

  /** Ends the first disk operation on the log, or on the epochs. */
  endTask(id: number, on: Task["on"]): void {
    const server = this.#server(id);
    const task = server.tasks.find((each) => each.on === on)!;
    server.tasks = server.tasks.filter((each) => each !== task);
    const event = this.#run(id, task);
    if (event.type === "durable" && event.zxid > server.flushed) server.flushed = event.zxid;
    this.#take(id, event);
  }

  #run(id: number, task: Task): MachineEvent {
    const server = this.#server(id);
    switch (task.kind) {
      case "accepted":
        demand(
          task.epoch > server.acceptedEpoch,
          () => `${id} accepts epoch ${task.epoch} after ${server.acceptedEpoch}`,
        );
        if (this.#fault !== "epochs are not stored") server.acceptedEpoch = task.epoch;
        return { type: "acceptedEpochStored" };
      case "current":
        demand(
          task.epoch >= server.currentEpoch && task.epoch <= server.acceptedEpoch,
          () => `${id} joins epoch ${task.epoch} after ${server.currentEpoch}; it has accepted ${server.acceptedEpoch}`,
        );
        server.currentEpoch = task.epoch;
        return { type: "currentEpochStored" };
      case "flush":
        if (this.#fault !== "flushes keep nothing") server.durable = Math.max(server.durable, task.count);
        return { type: "durable", zxid: task.zxid };
      case "truncate": {
        const count = task.zxid === 0n ? 0 : server.zxids.indexOf(task.zxid) + 1;
        if (count > 0 || task.zxid === 0n)
          Object.assign(server, { zxids: server.zxids.slice(0, count), durable: count });
        return { type: "truncated", lastZxid: server.zxids.at(-1) ?? 0n };
      }
      case "install":
        Object.assign(server, { zxids: task.zxids, durable: task.zxids.length });
        return { type: "snapshotInstalled", zxid: task.zxid };
    }
  }

  // Machines

  #take(id: number, event: MachineEvent): void {
    const server = this.#server(id);
    if (server.machine === undefined) return;
    const { state, effects } = this.#memory.after(server.machine, event);
    server.machine = state;
    const isLeader = state.start.kind === "leader";
    for (const effect of effects) {
      if (isLeader) this.#executeForLeader(id, effect as LeaderEffect);
      else this.#executeForLearner(id, effect as LearnerEffect);
    }
    if (isLeader && server.machine !== undefined) this.#apply(id);
  }

  /** A leader applies at once what is committed and durable. */
  #apply(id: number): void {
    const { committed, flushed, applied } = this.#server(id);
    const to = lesser(committed, flushed);
    if (to <= applied) return;
    this.#server(id).applied = to;
    this.#take(id, { type: "applied", zxid: to });
  }

  #executeForLeader(id: number, effect: LeaderEffect): void {
    const server = this.#server(id);
    switch (effect.type) {
      case "send":
        for (const number of effect.learners) this.#sendToLearner(id, number, { packet: effect.packet });
        return;
      case "sync":
        return this.#synchronize(id, effect);
      case "disconnect": {
        this.#sendToLearner(id, effect.learner, "closed");
        const connection = this.#connections.find((each) => each.leader === id && each.number === effect.learner);
        if (connection !== undefined) this.#endLeaderSide(connection);
        return;
      }
      case "commit":
        server.committed = effect.zxid;
        return this.#commit(id, effect.zxid);
      case "serve":
        return this.#establish(id, effect.epoch);
      case "end":
        demand(effect.reason !== "invalid-proposal", () => effect.message);
        return this.#end(id);
      default:
        return this.#executeOnDisk(id, effect);
    }
  }

  #executeForLearner(id: number, effect: LearnerEffect): void {
    const server = this.#server(id);
    switch (effect.type) {
      case "send":
        if (effect.packet.type === "ack") this.#checkAck(id, effect.packet.zxid);
        return this.#sendToLeader(id, effect.packet);
      case "truncate":
        return this.#addTask(id, { on: "log", kind: "truncate", zxid: effect.zxid });
      case "installSnapshot":
        return this.#addTask(id, { on: "log", kind: "install", zxids: server.incoming, zxid: effect.zxid });
      case "commit":
        return this.#checkApplied(id, effect.zxid);
      case "end":
        demand(effect.reason !== "protocol-error" && effect.reason !== "history-gap", () => `${id}: ${effect.message}`);
        this.#end(id);
        server.needsSnapshot = effect.reason === "truncation-refused";
        return;
      default:
        return this.#executeOnDisk(id, effect);
    }
  }

  #executeOnDisk(id: number, effect: LeaderEffect | LearnerEffect): void {
    const server = this.#server(id);
    switch (effect.type) {
      case "append":
        server.zxids = [...server.zxids, effect.record.header.zxid];
        return;
      case "flush":
        return this.#addTask(id, { on: "log", kind: "flush", count: server.zxids.length, zxid: effect.zxid });
      case "storeAcceptedEpoch":
        return this.#addTask(id, { on: "epochs", kind: "accepted", epoch: effect.epoch });
      case "storeCurrentEpoch":
        return this.#addTask(id, { on: "epochs", kind: "current", epoch: effect.epoch });
    }
  }

  #addTask(id: number, task: Task): void {
    const server = this.#server(id);
    server.tasks = [...server.tasks, task];
  }

  #synchronize(id: number, { learner, plan }: Extract<LeaderEffect, { type: "sync" }>): void {
    const { zxids, applied } = this.#server(id);
    if (plan.mode === "snap") {
      const snapshot = zxids.filter((each) => each <= applied);
      return this.#sendToLearner(id, learner, { packet: { type: "snap", zxid: applied }, snapshot });
    }
    const { after, to, mode } = plan;
    this.#sendToLearner(id, learner, {
      packet: mode === "diff" ? { type: "diff", zxid: to } : { type: "trunc", zxid: after },
    });
    for (const zxid of zxids.filter((each) => each > after && each <= to)) {
      this.#sendToLearner(id, learner, { packet: { type: "proposal", record: recordOf(zxid) } });
      this.#sendToLearner(id, learner, { packet: { type: "commit", zxid } });
    }
  }

  /** Ends a machine. Its disk operations end before the next one begins. */
  #end(id: number): void {
    this.#closeConnections(id);
    const server = this.#server(id);
    server.machine = undefined;
    for (const task of server.tasks) this.#run(id, task);
    Object.assign(server, { tasks: [], incoming: [], flushed: -1n, committed: 0n, applied: 0n, connections: 0 });
  }

  // Connections

  #sendToLearner(leader: number, number: number, message: ToLearner): void {
    const connection = this.#connections.find((each) => each.leader === leader && each.number === number);
    if (connection !== undefined && connection.learner !== 0) connection.toLearner = [...connection.toLearner, message];
  }

  #sendToLeader(learner: number, message: ToLeader): void {
    const connection = this.#connections.find((each) => each.learner === learner);
    if (connection !== undefined && connection.number !== 0) connection.toLeader = [...connection.toLeader, message];
  }

  #closeConnections(id: number): void {
    for (const connection of this.#connections) {
      if (connection.leader === id && connection.number !== 0) {
        connection.toLearner = [...connection.toLearner, "closed"];
        this.#endLeaderSide(connection);
      }
      if (connection.learner === id) {
        if (connection.number !== 0) connection.toLeader = [...connection.toLeader, "closed"];
        Object.assign(connection, { learner: 0, toLearner: [] });
      }
    }
    this.#forgetEnded();
  }

  #endLeaderSide(connection: Draft<Connection>): void {
    Object.assign(connection, { number: 0, toLeader: [] });
    this.#forgetEnded();
  }

  #forgetEnded(): void {
    this.#connections = this.#connections.filter(({ number, learner }) => number !== 0 || learner !== 0);
  }

  // Invariants

  /** An epoch has one leader, and its log begins with every committed record. */
  #establish(id: number, epoch: number): void {
    const former = this.#leaders.find(([each]) => each === epoch)?.[1];
    demand(former === undefined || former === id, () => `${former} and ${id} lead epoch ${epoch}`);
    this.#leaders = [...this.#leaders, [epoch, id]];
    const { zxids } = this.#server(id);
    const missing = this.#committed.find((each, i) => zxids[i] !== each);
    demand(missing === undefined, () => `the leader of epoch ${epoch} lacks ${zxidText(missing!)}`);
  }

  /** A committed record is on the disks of a quorum. */
  #commit(id: number, zxid: bigint): void {
    for (const each of this.#server(id).zxids.slice(this.#committed.length)) {
      if (each > zxid) break;
      const copies = this.#servers.filter(({ zxids, durable }) => zxids.slice(0, durable).includes(each)).length;
      demand(copies >= QUORUM, () => `${zxidText(each)} is committed with ${copies} copies`);
      this.#committed = [...this.#committed, each];
    }
    this.#checkApplied(id, zxid);
  }

  #checkApplied(id: number, zxid: bigint): void {
    const own = this.#server(id).zxids.filter((each) => each <= zxid);
    const isPrefix = own.every((each, i) => each === this.#committed[i]);
    demand(isPrefix, () => `${id} applies ${own.map(zxidText)}, but ${this.#committed.map(zxidText)} are committed`);
  }

  /** An acknowledged record is durable. */
  #checkAck(id: number, zxid: bigint): void {
    if ((zxid & 0xffff_ffffn) === 0n) return;
    const { zxids, durable } = this.#server(id);
    demand(zxids.slice(0, durable).includes(zxid), () => `${id} acknowledged ${zxidText(zxid)}, which it may lose`);
  }
}

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

const order = ({ leader, learner, number }: Connection): number => leader * 10_000 + learner * 1000 + number;

const records = new Map<bigint, TxnRecord>();

function recordOf(zxid: bigint): TxnRecord {
  let record = records.get(zxid);
  if (record === undefined) {
    const header = { clientId: 1n, cxid: 1, zxid, time: 0, type: OpCode.setData as number };
    record = { header, txn: { type: OpCode.setData, path: "/a", data: null, version: 1 } };
    records.set(zxid, record);
  }
  return record;
}
