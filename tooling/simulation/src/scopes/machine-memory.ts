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
import { PrivateFields } from "./private-fields.ts";

/** Parameters of a machine of zab/. */
export type MachineStart =
  | {
      readonly kind: "leader";
      readonly id: number;
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly zxids: readonly bigint[];
    }
  | {
      readonly kind: "learner";
      readonly id: number;
      readonly leader: number;
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly lastZxid: bigint;
    };

export type MachineEvent = LeaderEvent | LearnerEvent;
export type MachineEffect = LeaderEffect | LearnerEffect;

/** State of a machine. Two machines with the same fields have the same one. */
export interface MachineState {
  readonly number: number;
  readonly start: MachineStart;
  /** Events that lead to this state. */
  readonly events: readonly MachineEvent[];
  /** Zxid that the next proposal must have, on a leader that takes one. */
  readonly nextZxid: bigint | undefined;
}

/** Machine after an event, and the effects of the event. */
export interface MachineStep {
  readonly state: MachineState;
  readonly effects: readonly MachineEffect[];
}

const CONFIGURATION = EnsembleConfiguration.parse(
  [1, 2, 3].map((id) => `server.${id}=m${id}:2888:3888:participant`).join("\n"),
);
const LIMIT_MS = 1000;

/**
 * The machines of zab/ as values. A machine is never copied: an event is given to a new one, after events that lead to the state
 * before it. That happens once for each state and event; the result is remembered.
 */
export class MachineMemory {
  readonly #starts = new Map<string, MachineState>();
  readonly #steps = new Map<string, MachineStep>();
  readonly #states = new Map<string, MachineState>();
  readonly #fields = new PrivateFields();

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
      state = this.#stateOf(machineOf(start), start, []);
      this.#starts.set(key, state);
    }
    return state;
  }

  /** Returns the machine after an event. */
  after(state: MachineState, event: MachineEvent): MachineStep {
    const key = `${state.number} ${keyOf(event)}`;
    let step = this.#steps.get(key);
    if (step === undefined) {
      const machine = machineOf(state.start);
      for (const each of state.events) machine.handle(each as never);
      const effects: readonly MachineEffect[] = machine.handle(event as never);
      step = { state: this.#stateOf(machine, state.start, [...state.events, event]), effects };
      this.#steps.set(key, step);
    }
    return step;
  }

  #stateOf(machine: Leader | Learner, start: MachineStart, events: readonly MachineEvent[]): MachineState {
    const key = `${keyOf(start)} ${this.#fields.of(machine)}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      const nextZxid = machine instanceof Leader ? machine.nextZxid : undefined;
      state = { number: this.#states.size, start, events, nextZxid };
      this.#states.set(key, state);
    }
    return state;
  }
}

function machineOf(start: MachineStart): Leader | Learner {
  const { acceptedEpoch, currentEpoch } = start;
  const shared = {
    ...{ id: BigInt(start.id), acceptedEpoch, currentEpoch, configurations: new QuorumSet(CONFIGURATION) },
    ...{ reconfigEnabled: false, initLimitMs: LIMIT_MS, syncLimitMs: LIMIT_MS },
  };
  if (start.kind === "leader") return new Leader({ ...shared, history: new ZxidHistory(0n, start.zxids) });
  return new Learner({ ...shared, role: "follower", leader: BigInt(start.leader), lastZxid: start.lastZxid });
}

/** Returns a text that is different for different values. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}n` : each));
}
