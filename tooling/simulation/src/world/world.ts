import { type LogFields, type Logger, type Random, seededRandom, silentLogger } from "@conclave/runtime";
import { type DataTree, EnsembleConfiguration, type MemberState, type Role } from "@conclave/server/simulation";
import { History } from "../check/history.ts";
import { MemberDisk } from "../check/member-disk.ts";
import { ReplyCheck } from "../client/reply-check.ts";
import { Load } from "../client/request.ts";
import { VirtualClient } from "../client/virtual-client.ts";
import { VirtualDisk } from "../disk/virtual-disk.ts";
import { Machine } from "../member/machine.ts";
import { CLIENT_PORT, SimulatedMember } from "../member/member.ts";
import { Links } from "../network/links.ts";
import { VirtualNetwork } from "../network/virtual-network.ts";
import type { Life } from "../time/life.ts";
import { Scheduler } from "../time/scheduler.ts";
import { MachineTime } from "../time/virtual-clock.ts";
import { type Settings, settingsOf } from "./settings.ts";

/** Faults planted in the server's parts or in clients, to show that the checks find them. */
export interface Tamper {
  /** Called when a member has recovered its state, at each start of its process. */
  readonly state?: (member: { readonly id: number; readonly state: MemberState; readonly disk: VirtualDisk }) => void;
  /** Called when a member serves clients in a role, with the tree that it serves them from. */
  readonly role?: (member: { readonly id: number; readonly role: Role; readonly tree: DataTree }) => void;
  /** Clients that move to another member do not send the last zxid that they have seen. */
  readonly clientsHideTheirZxid?: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly faults?: number | undefined;
  readonly tamper?: Tamper | undefined;
  /** Receives the log lines of members, and the faults, with the virtual time. @default nothing */
  readonly onLine?: ((time: number, source: string, text: string) => void) | undefined;
}

/** A machine with its place in the ensemble. */
export interface Node {
  readonly id: number;
  readonly machine: Machine;
  readonly disk: MemberDisk;
  /** Configuration that its process is given. */
  configuration: EnsembleConfiguration;
  member: SimulatedMember | undefined;
  /** True while no process is started: it is no member yet, or not any more. */
  isHeldDown: boolean;
}

/** An ensemble with its clients, all of it made from one seed. */
export class World {
  readonly settings: Settings;
  readonly scheduler = new Scheduler();
  readonly links: Links;
  readonly network: VirtualNetwork;
  readonly history: History;
  readonly replies: ReplyCheck;
  readonly nodes: readonly Node[];
  readonly clients: readonly VirtualClient[];
  readonly random: Random;
  readonly note: (source: string, text: string) => void;
  /** Synchronizations of learners by mode. */
  readonly syncs: Record<string, number> = {};
  #streams = 0;
  readonly #options: WorldOptions;
  #defect: unknown;
  #hasDefect = false;

  constructor(options: WorldOptions) {
    const { seed, faults, onLine } = options;
    this.#options = options;
    this.random = this.#stream();
    const settings = settingsOf(this.random, faults);
    this.settings = settings;
    this.note = onLine === undefined ? () => {} : (source, text) => onLine(this.scheduler.now, source, text);
    this.note("world", `seed ${seed}: ${JSON.stringify(settings)}`);
    this.links = new Links(this.scheduler, this.#stream(), settings.latencyMs);
    const { bufferBytes, splitShare } = settings;
    this.network = new VirtualNetwork({
      ...{ scheduler: this.scheduler, links: this.links, random: this.#stream(), bufferBytes, splitShare },
    });
    const { participants, observers, spares } = settings;
    const ids = Array.from({ length: participants + observers + spares }, (_, i) => i + 1);
    const members = ids.slice(0, participants + observers);
    const role = (id: number) => (id <= participants ? "participant" : "observer");
    const configuration = EnsembleConfiguration.parse(members.map((id) => serverLine(id, role(id))).join("\n"));
    const disks = new Map<bigint, MemberDisk>();
    this.history = new History(configuration, disks);
    for (const id of ids) disks.set(BigInt(id), new MemberDisk(`member ${id}`, this.history.known));
    this.replies = new ReplyCheck(this.history);
    this.nodes = ids.map((id) => this.#node(id, disks.get(BigInt(id))!, configuration, !members.includes(id)));
    this.clients = this.#makeClients(ids.map((id) => `m${id}`));
  }

  /** Starts all members and clients. A member may come much later than the others, with an empty disk. */
  start(): void {
    for (const node of this.nodes) this.startLater(node, this.random.float() < 0.1 ? 3000 * this.random.float() : 0);
    for (const client of this.clients) client.start();
  }

  /** Every part has random numbers of its own, so that a change of one part leaves the others alone. */
  #stream(): Random {
    return seededRandom(Math.imul(this.#options.seed + 1, 0x9e3779b1) ^ Math.imul(++this.#streams, 0x85ebca6b));
  }

  #node(id: number, disk: MemberDisk, configuration: EnsembleConfiguration, isHeldDown: boolean): Node {
    const { hasDurableWrites, syncMs } = this.settings;
    const { scheduler, network } = this;
    const host = `m${id}`;
    const random = this.#stream();
    const machine: Machine = new Machine({
      ...{ host, scheduler, network, random },
      disk: new VirtualDisk({ scheduler, random: this.#stream(), hasDurableWrites, syncMs }),
      time: new MachineTime(scheduler, random.float() * 1e6, (random.float() - 0.5) * 1e6),
      boot: (life) => this.#boot(node, life),
    });
    const node: Node = { id, machine, disk, configuration, member: undefined, isHeldDown };
    return node;
  }

  #boot(node: Node, life: Life): void {
    const { id, machine, disk } = node;
    const { scheduler, network, history, settings } = this;
    const name = `member ${id}`;
    this.note(name, `starts, ${life.name}`);
    const member = new SimulatedMember({
      ...{ id, machine, life, scheduler, network, configuration: node.configuration, settings: settings.member },
      random: this.#stream(),
      logger: this.#loggerOf(name),
      observed: { name, history, disk, report: (error) => this.fail(error) },
      onState: (state) => this.#options.tamper?.state?.({ id, state, disk: machine.disk }),
      onRole: (role, tree) => this.#options.tamper?.role?.({ id, role, tree }),
      onExit: () => this.#exit(node, life),
      onRemoved: () => {
        // An operator gives it the present configuration, which counts because it is newer than the stored one.
        const { current } = this.history.configurations;
        if (current.members.has(BigInt(id))) node.configuration = current;
        this.#exit(node, life);
      },
      onDefect: (error) => {
        this.fail(error);
        this.#exit(node, life);
      },
    });
    node.member = member;
    member.start();
  }

  /** The process ends by itself. A supervisor starts it again. */
  #exit(node: Node, life: Life): void {
    if (node.machine.life !== life) return;
    this.note(`member ${node.id}`, "exits");
    node.machine.kill();
    node.member = undefined;
    this.startLater(node, 100 + this.random.float() * 1000);
  }

  /** Members that run, or will be started again. */
  get running(): Node[] {
    return this.nodes.filter(({ isHeldDown }) => !isHeldDown);
  }

  /** Starts a member after some milliseconds, unless it is held down or runs by then. */
  startLater(node: Node, ms: number): void {
    this.scheduler.after(ms, undefined, () => {
      if (!node.isHeldDown) node.machine.start();
    });
  }

  /** Returns a logger that counts synchronizations, and shows everything to `onLine`. */
  #loggerOf(source: string): Logger {
    const { syncs, note } = this;
    const isShown = this.#options.onLine !== undefined;
    const line = (message: string, fields?: LogFields): void => {
      if (message === "synchronizing a learner") {
        const mode = String(fields?.mode);
        syncs[mode] = (syncs[mode] ?? 0) + 1;
      }
      if (isShown) note(source, `${message} ${fieldsText(fields)}`);
    };
    return isShown ? { debug: line, info: line, warn: line, error: line } : { ...silentLogger, info: line };
  }

  #makeClients(members: readonly string[]): VirtualClient[] {
    const { scheduler, network, history, replies, settings } = this;
    const load = new Load(this.#stream());
    return Array.from({ length: settings.clients }, (_, i) => {
      const random = this.#stream();
      const { tickMs } = settings.member;
      const timeoutMs = tickMs * (4 + Math.floor(random.float() * 20));
      const { thinkMs, depth } = settings;
      return new VirtualClient({
        ...{
          host: `c${i + 1}`,
          scheduler,
          network,
          random,
          members,
          history,
          replies,
          load,
          timeoutMs,
          thinkMs,
          depth,
        },
        hidesZxid: this.#options.tamper?.clientsHideTheirZxid ?? false,
      });
    });
  }

  /** Something happened that must never happen: the run ends after this event. */
  fail(error: unknown): void {
    if (this.#hasDefect) return;
    this.#hasDefect = true;
    this.#defect = error;
  }

  /** Runs until a time, or until a condition holds. Throws the first violation. */
  run(until: number, isDone: () => boolean = () => false): void {
    this.scheduler.run(until, () => this.#hasDefect || isDone());
    if (this.#hasDefect) throw this.#defect;
  }
}

/** Returns the line of a server in a configuration. */
export function serverLine(id: number, role: "participant" | "observer"): string {
  return `server.${id}=m${id}:2888:3888:${role};${CLIENT_PORT}`;
}

function fieldsText(fields: LogFields = {}): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value instanceof Error ? value.message : String(value)}`)
    .join(" ");
}
