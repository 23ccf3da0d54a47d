import type { TxnRecord } from "../../src/tree/txn.js";
import { Leader } from "../../src/zab/leader/leader.js";
import type { LeaderEffect, LeaderEvent } from "../../src/zab/leader/leader-events.js";
import { Learner } from "../../src/zab/learner/learner.js";
import type { LearnerEffect, LearnerEvent } from "../../src/zab/learner/learner-events.js";
import { roleIn } from "../../src/zab/reconfig/roles.js";
import type { SyncPlan } from "../../src/zab/sync/sync-plan.js";
import { addLogTask, executeOnDisk } from "./model-disk-effects.js";
import { ModelInvariants } from "./model-invariants.js";
import { CHOICES, type Connection, type ModelServer, modelServer, supportersOf } from "./model-server.js";
import { configuration, record, shown, zxidText } from "./zab-text.js";

/** Something that can happen next. */
export interface Action {
  readonly name: string;
  readonly weight: number;
  /** True for the next message of a connection, and the next disk operation of a server. */
  readonly isDue?: boolean;
  run(choice: number): void;
}

const INITIAL = configuration("0:0", [1, 2, 3], [4]);

/**
 * Five servers, first three voters, an observer and one that is no member, whose machines run against each other. Every order
 * of events is possible: the caller chooses among {@link actions}. Elections are abstract: the best of any quorum that has no
 * leader leads. Each step checks the invariants of Zab and throws if one is broken.
 */
export class ModelEnsemble {
  readonly servers: readonly ModelServer[] = [1n, 2n, 3n, 4n, 5n].map((id) => modelServer(id, INITIAL));
  readonly invariants = new ModelInvariants(this.servers);
  readonly trace: string[] = [];
  /** Numbers of synchronizations by mode. */
  readonly modes = { diff: 0, trunc: 0, snap: 0 };
  /** Number of reconfigurations that became active on a leader. */
  reconfigurations = 0;
  /** All records that were proposed, also those that are lost. */
  readonly #records = new Map<bigint, TxnRecord>();
  #connections: Connection[] = [];
  #numbers = 0;
  #now = 0;
  readonly #reconfigEnabled: boolean;

  constructor(reconfigEnabled: boolean) {
    this.#reconfigEnabled = reconfigEnabled;
  }

  /** Runs an action, and adds it to the trace. */
  run(action: Action, choice = 0): void {
    this.trace.push(action.name);
    action.run(choice);
  }

  /** Adds to the last line of the trace. */
  #note(text: string): void {
    this.trace.push(`${this.trace.pop()} ${text}`);
  }

  actions(): Action[] {
    return [
      ...this.servers.flatMap((server) => this.#serverActions(server)),
      ...this.#connections.flatMap((connection) => this.#connectionActions(connection)),
      ...this.#electionActions(),
    ];
  }

  #serverActions(server: ModelServer): Action[] {
    const actions: Action[] = [];
    const add = (name: string, weight: number, run: (choice: number) => void) =>
      actions.push({ name: `${server.id} ${name}`, weight, run });
    if (server.isDown) {
      add("starts", 10, () => {
        server.isDown = false;
      });
      return actions;
    }
    add("loses power", 1, (choice) => this.#losePower(server, choice));
    for (const [kind, tasks] of [
      ["log", server.logTasks],
      ["file", server.fileTasks],
    ] as const) {
      const name = `${server.id} ends a ${kind} operation`;
      if (tasks.length > 0) actions.push({ name, weight: 40, isDue: true, run: () => this.#runTask(server, tasks) });
    }
    const { leader } = server;
    if (leader === undefined) return actions;
    if (leader.nextZxid !== undefined) {
      add("proposes", 8, () => this.#propose(server));
      if (this.#reconfigEnabled && server.reconfig <= server.committed) {
        add("reconfigures", 2, (choice) => this.#reconfigure(server, choice));
      }
    }
    add("ticks", 1, () => this.#tick(server));
    const { durable, committed, applied } = server;
    if (committed > applied && durable > applied) {
      add("applies", 15, () => this.#apply(server, lesser(committed, durable)));
    }
    return actions;
  }

  #connectionActions(connection: Connection): Action[] {
    const { leader, learner, toLeader, toLearner } = connection;
    const actions: Action[] = [];
    if (toLeader.length > 0) {
      const name = `${learner.id} -> ${leader.id}`;
      actions.push({ name, weight: 40, isDue: true, run: () => this.#deliverToLeader(connection) });
    }
    if (toLearner.length > 0) {
      const name = `${leader.id} -> ${learner.id}`;
      actions.push({ name, weight: 40, isDue: true, run: () => this.#deliverToLearner(connection) });
    }
    if (learner.connection === connection) {
      const run = () => this.#takeLearner(learner, { type: "disconnected", cause: "reset" });
      actions.push({ name: `${learner.id} x ${leader.id}`, weight: 1, run });
    }
    return actions;
  }

  #electionActions(): Action[] {
    const looking = this.servers.filter(
      (each) => !each.isDown && each.leader === undefined && each.learner === undefined,
    );
    const actions: Action[] = [];
    for (const server of looking) {
      const supporters = supportersOf(server, looking);
      if (!server.disk.configurations.isQuorum(supporters.map(({ id }) => id))) continue;
      const name = `${server.id} is elected`;
      actions.push({ name, weight: 5, run: (choice) => this.#elect(server, supporters, choice) });
    }
    for (const server of looking) {
      for (const other of this.servers) if (!other.isDown) actions.push(...this.#adoption(server, other));
    }
    for (const server of looking) {
      for (const other of this.servers) {
        if (other.leader === undefined) continue;
        actions.push({ name: `${server.id} joins ${other.id}`, weight: 10, run: () => this.#connect(server, other) });
      }
    }
    return actions;
  }

  /** Servers that look for a leader exchange their active configurations. */
  #adoption({ id, disk }: ModelServer, other: ModelServer): Action[] {
    const { active } = other.disk.configurations;
    if (active.version <= disk.configurations.active.version) return [];
    const run = () => {
      disk.configurations = disk.configurations.activate(active);
    };
    return [{ name: `${id} adopts the configuration of ${other.id}`, weight: 10, run }];
  }

  #elect(server: ModelServer, supporters: readonly ModelServer[], choice: number): void {
    this.#begin(server);
    const { acceptedEpoch, currentEpoch, configurations } = server.disk;
    server.leader = new Leader({
      id: server.id,
      acceptedEpoch,
      currentEpoch,
      history: server.disk.history(choice % 8),
      configurations,
      reconfigEnabled: this.#reconfigEnabled,
      initLimitMs: 10_000,
      syncLimitMs: 5000,
    });
    server.active = configurations.active;
    server.reconfig = 0n;
    this.#note(`by ${supporters.map(({ id }) => id).join()}`);
    this.#takeLeader(server, { type: "start", now: this.#now });
    for (const each of supporters) if (each !== server) this.#connect(each, server);
  }

  #connect(server: ModelServer, leader: ModelServer): void {
    this.#begin(server);
    const { acceptedEpoch, currentEpoch, last, configurations } = server.disk;
    server.learner = new Learner({
      id: server.id,
      role: roleIn(configurations.active, server.id),
      leader: leader.id,
      acceptedEpoch,
      currentEpoch,
      lastZxid: last,
      configurations,
      reconfigEnabled: this.#reconfigEnabled,
      initLimitMs: 10_000,
      syncLimitMs: 5000,
    });
    server.connection = { number: ++this.#numbers, leader, learner: server, toLearner: [], toLeader: [] };
    this.#connections.push(server.connection);
    this.#takeLearner(server, { type: "connected" });
  }

  #begin(server: ModelServer): void {
    server.durable = -1n;
    server.committed = server.disk.last;
    server.applied = server.disk.last;
  }

  #propose(server: ModelServer, text?: string): void {
    const zxid = server.leader!.nextZxid!;
    const proposed = record(zxidText(zxid), text);
    this.#records.set(zxid, proposed);
    this.#takeLeader(server, { type: "propose", record: proposed });
  }

  #reconfigure(server: ModelServer, choice: number): void {
    const [voters, observers] = CHOICES[choice % CHOICES.length]!;
    const zxid = server.leader!.nextZxid!;
    server.reconfig = zxid;
    this.#propose(server, configuration(zxidText(zxid), voters, observers).toString());
  }

  #tick(server: ModelServer): void {
    this.#now += 2500;
    this.#takeLeader(server, { type: "tick", now: this.#now });
  }

  #apply(server: ModelServer, zxid: bigint): void {
    server.applied = zxid;
    this.#takeLeader(server, { type: "applied", zxid });
  }

  #runTask(server: ModelServer, tasks: ModelServer["logTasks"]): void {
    const task = tasks.shift()!;
    task.run();
    const event = task.event();
    if (event === undefined) return;
    if (event.type === "durable" && event.zxid > server.durable) server.durable = event.zxid;
    if (server.leader !== undefined) this.#takeLeader(server, event as LeaderEvent);
    else this.#takeLearner(server, event as LearnerEvent);
  }

  #deliverToLeader({ leader, number: learner, toLeader }: Connection): void {
    const message = toLeader.shift()!;
    this.#note(typeof message === "string" ? message : shown(message));
    if (leader.leader === undefined) return;
    if (message === "closed") this.#takeLeader(leader, { type: "gone", learner });
    else if (message === "heard") this.#takeLeader(leader, { type: "heard", learner });
    else this.#takeLeader(leader, { type: "packet", learner, packet: message });
  }

  #deliverToLearner(connection: Connection): void {
    const message = connection.toLearner.shift()!;
    const { learner } = connection;
    this.#note(message === "closed" ? message : shown(message.packet));
    if (learner.connection !== connection) return;
    if (message === "closed") return this.#takeLearner(learner, { type: "disconnected", cause: "closed" });
    if (message.snapshot !== undefined) learner.incoming = message.snapshot;
    this.#takeLearner(learner, { type: "packet", packet: message.packet });
  }

  #losePower(server: ModelServer, choice: number): void {
    this.#close(server);
    server.logTasks = [];
    server.fileTasks = [];
    server.isDown = true;
    server.disk.losePower(choice % 16);
  }

  /** Ends the machine of a server. Its connections are closed, behind what is on its way. */
  #close(server: ModelServer): void {
    for (const connection of this.#connections) {
      if (connection.leader === server) connection.toLearner.push("closed");
      if (connection.learner === server) connection.toLeader.push("closed");
    }
    server.leader = undefined;
    server.learner = undefined;
    server.connection = undefined;
    this.#connections = this.#connections.filter(
      (each) => each.learner.connection === each || each.toLeader.length + each.toLearner.length > 0,
    );
  }

  /** Ends the machine, and waits for its disk operations before the next one. */
  #end(server: ModelServer): void {
    this.#close(server);
    for (const task of [...server.logTasks.splice(0), ...server.fileTasks.splice(0)]) task.run();
  }

  #takeLearner(server: ModelServer, event: LearnerEvent): void {
    const { learner } = server;
    if (learner === undefined) return;
    for (const effect of learner.handle(event)) this.#executeForLearner(server, effect);
  }

  #executeForLearner(server: ModelServer, effect: LearnerEffect): void {
    const { disk, connection } = server;
    switch (effect.type) {
      case "send":
        if (effect.packet.type === "ack") this.#checkAck(server, effect.packet.zxid);
        connection?.toLeader.push(effect.packet);
        return;
      case "answerPing":
        connection?.toLeader.push("heard");
        return;
      case "truncate":
        return addLogTask(
          server,
          () => disk.truncate(effect.zxid),
          () => ({ type: "truncated", lastZxid: disk.last }),
        );
      case "installSnapshot": {
        const { incoming } = server;
        return addLogTask(
          server,
          () => disk.install(incoming),
          () => ({ type: "snapshotInstalled", zxid: effect.zxid }),
        );
      }
      case "commit":
        return this.invariants.applies(server, effect.zxid);
      case "end":
        this.trace.push(`    ${server.id} ends: ${effect.reason} ${effect.message}`);
        if (effect.reason === "truncation-refused") this.invariants.refusesTruncation(server);
        if (effect.reason === "protocol-error" || effect.reason === "history-gap") throw new Error(effect.message);
        return this.#end(server);
      case "setReadTimeout":
      case "deliver":
      case "serve":
        return;
      default:
        return executeOnDisk(server, effect, this.invariants);
    }
  }

  #checkAck(server: ModelServer, zxid: bigint): void {
    const isVoter = roleIn(server.disk.configurations.active, server.id) === "follower";
    this.invariants.acknowledges(server, zxid, isVoter);
  }

  #takeLeader(server: ModelServer, event: LeaderEvent): void {
    const { leader } = server;
    if (leader === undefined) return;
    for (const effect of leader.handle(event)) this.#executeForLeader(server, effect);
  }

  #executeForLeader(server: ModelServer, effect: LeaderEffect): void {
    switch (effect.type) {
      case "send":
        for (const number of effect.learners) this.#connection(number)?.toLearner.push({ packet: effect.packet });
        return;
      case "sync":
        return this.#sync(server, effect.learner, effect.plan);
      case "disconnect":
        this.trace.push(`    ${server.id} disconnects: ${effect.message}`);
        this.#connection(effect.learner)?.toLearner.push("closed");
        return;
      case "commit":
        server.committed = effect.zxid;
        return this.invariants.commits(server, effect.zxid);
      case "serve":
        return this.invariants.established(server, effect.epoch);
      case "localSynced":
        return;
      case "end":
        this.trace.push(`    ${server.id} ends: ${effect.reason} ${effect.message}`);
        if (effect.reason === "invalid-proposal") throw new Error(effect.message);
        return this.#end(server);
      case "activateConfiguration":
        this.reconfigurations++;
        server.active = effect.configuration;
        return executeOnDisk(server, effect, this.invariants);
      case "storeCurrentEpoch":
        this.invariants.begins(effect.epoch, server.disk.zxids);
        return executeOnDisk(server, effect, this.invariants);
      default:
        return executeOnDisk(server, effect, this.invariants);
    }
  }

  #connection(number: number): Connection | undefined {
    return this.#connections.find((each) => each.number === number);
  }

  #sync({ disk, applied }: ModelServer, learner: number, plan: SyncPlan): void {
    const queue = this.#connection(learner)?.toLearner ?? [];
    this.modes[plan.mode]++;
    const isReadable = plan.to <= applied || (plan.mode !== "snap" && plan.to === plan.after);
    if (!isReadable) throw new Error(`the plan goes to ${zxidText(plan.to)}, but ${zxidText(applied)} is applied`);
    if (plan.mode === "snap") {
      const snapshot = disk.zxids.filter((each) => each <= applied);
      queue.push({ packet: { type: "snap", zxid: applied }, snapshot });
      return;
    }
    queue.push({
      packet: plan.mode === "diff" ? { type: "diff", zxid: plan.to } : { type: "trunc", zxid: plan.after },
    });
    for (const zxid of disk.zxids.filter((each) => each > plan.after && each <= plan.to)) {
      queue.push(
        { packet: { type: "proposal", record: record(zxidText(zxid)) } },
        { packet: { type: "commit", zxid } },
      );
    }
  }
}

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
