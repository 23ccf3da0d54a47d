import { createHash } from "node:crypto";
import {
  EnsembleConfiguration,
  Leader,
  type LeaderEffect,
  type LeaderEvent,
  Learner,
  type LearnerEffect,
  type LearnerEvent,
  QuorumSet,
  ZxidHistory,
} from "@conclave/server/simulation";
import { isDeadField, livingPart, type MachineStart } from "./machine-fields.ts";
import { inOrder, keyOf, messageOf } from "./message.ts";
import { PrivateFields } from "./private-fields.ts";
import { type Renaming, renamedConnection, renamedServer } from "./renaming.ts";

export type MachineEvent = LeaderEvent | LearnerEvent;
export type MachineEffect = LeaderEffect | LearnerEffect;

/** State of a machine. Two machines with the same fields have the same one. */
export interface MachineState {
  readonly number: number;
  readonly start: MachineStart;
  /** State before the last event; undefined before the first one. */
  readonly before: MachineState | undefined;
  readonly event: MachineEvent | undefined;
  readonly phase: Leader["phase"] | Learner["phase"];
  /** Epoch that a leader has proposed; 0 before that. */
  readonly epoch: number;
  /** Zxid that the next proposal must have, on a leader that takes one. */
  readonly nextZxid: bigint | undefined;
  /** Results of events, by their texts. */
  readonly steps: Map<string, MachineStep>;
  /** The same state with other names of the servers, by the number of the renaming. */
  readonly renamed: MachineState[];
}

/** Machine after an event, and the effects of the event. */
export interface MachineStep {
  readonly state: MachineState;
  readonly effects: readonly MachineEffect[];
}

const LIMIT_MS = 1000;

/**
 * The machines of zab/ as values. A machine is never copied: an event is given to a new one, after events that lead to the state
 * before it. That happens once for each state and event; the result is remembered. A learner never uses its id and that of its
 * leader, but to tell them; so learners of all servers are the same.
 */
export class MachineMemory {
  readonly #configuration: EnsembleConfiguration;
  readonly #starts = new Map<string, MachineState>();
  readonly #states = new Map<string, MachineState>();
  readonly #fields = new PrivateFields({
    isImmutable: (value) => value instanceof QuorumSet,
    isDead: (value, name, whole) => isDeadField(value, name, (whole as Leader | Learner).phase),
  });

  /** @param commitsAlone plants a mistake: one copy of a record is a majority */
  constructor(commitsAlone = false) {
    const text = [1, 2, 3].map((id) => `server.${id}=m${id}:2888:3888:participant`).join("\n");
    this.#configuration = EnsembleConfiguration.parse(text);
    if (!commitsAlone) return;
    this.#configuration.quorumPosition = (positions) => inOrder(positions.values()).at(-1)!;
  }

  /** Number of different machine states. */
  get size(): number {
    return this.#states.size;
  }

  close(): void {
    this.#fields.close();
  }

  start(start: MachineStart): MachineState {
    const key = keyOf(start);
    let state = this.#starts.get(key);
    if (state === undefined) {
      state = this.#stateOf(this.#machineOf(start), start);
      this.#starts.set(key, state);
    }
    return state;
  }

  /** Returns the machine after an event. */
  after(state: MachineState, event: MachineEvent): MachineStep {
    const key =
      event.type === "packet"
        ? `${"learner" in event ? event.learner : ""}${messageOf(event.packet).key}`
        : keyOf(event);
    let step = state.steps.get(key);
    if (step === undefined) {
      const machine = this.#replay(state);
      const effects: readonly MachineEffect[] = machine.handle(event as never);
      step = { state: this.#stateOf(machine, state.start, state, event), effects };
      state.steps.set(key, step);
    }
    return step;
  }

  /** Returns the state of a machine that has done the same with servers of other names. */
  renamed(state: MachineState, renaming: Renaming): MachineState {
    if (state.start.kind === "learner" || renaming.number === 0) return state;
    let renamed = state.renamed[renaming.number];
    if (renamed === undefined) {
      const { start, before, event } = state;
      renamed =
        before === undefined
          ? this.start({ ...start, id: renamedServer(start.id, renaming) })
          : this.after(this.renamed(before, renaming), renamedEvent(event!, renaming)).state;
      state.renamed[renaming.number] = renamed;
    }
    return renamed;
  }

  #replay(state: MachineState): Leader | Learner {
    const events: MachineEvent[] = [];
    for (let each: MachineState | undefined = state; each?.event !== undefined; each = each.before)
      events.push(each.event);
    const machine = this.#machineOf(state.start);
    for (const each of events.reverse()) machine.handle(each as never);
    return machine;
  }

  #stateOf(machine: Leader | Learner, start: MachineStart, before?: MachineState, event?: MachineEvent): MachineState {
    const text = `${keyOf(livingPart(start, machine.phase))} ${this.#fields.of(machine)}`;
    const key = createHash("sha1").update(text).digest("base64");
    let state = this.#states.get(key);
    if (state === undefined) {
      const [nextZxid, epoch] = machine instanceof Leader ? [machine.nextZxid, machine.epoch] : [undefined, 0];
      const number = this.#states.size;
      state = { number, start, before, event, phase: machine.phase, epoch, nextZxid, steps: new Map(), renamed: [] };
      this.#states.set(key, state);
    }
    return state;
  }

  #machineOf(start: MachineStart): Leader | Learner {
    const { acceptedEpoch, currentEpoch } = start;
    const shared = {
      ...{ acceptedEpoch, currentEpoch, configurations: new QuorumSet(this.#configuration) },
      ...{ reconfigEnabled: false, initLimitMs: LIMIT_MS, syncLimitMs: LIMIT_MS },
    };
    if (start.kind === "leader") {
      return new Leader({ ...shared, id: BigInt(start.id), history: new ZxidHistory(0n, start.zxids) });
    }
    return new Learner({ ...shared, id: 1n, role: "follower", leader: 2n, lastZxid: start.lastZxid });
  }
}

function renamedEvent(event: MachineEvent, renaming: Renaming): MachineEvent {
  if (!("learner" in event)) return event;
  const learner = renamedConnection(event.learner, renaming);
  if (event.type !== "packet" || event.packet.type !== "learnerInfo") return { ...event, learner };
  const id = BigInt(renamedServer(Number(event.packet.id), renaming));
  return { ...event, learner, packet: { ...event.packet, id } };
}
