import { MachineMemory } from "./machine-memory.ts";
import { type Budget, fingerprint, initialState, type ModelState, type ServerState } from "./model-state.ts";
import { ModelStep, type PlantedDiskFault, QUORUM } from "./model-step.ts";
import { StateSet } from "./state-set.ts";

/** Something that can happen next. */
interface Action {
  readonly name: string;
  readonly run: (step: ModelStep) => void;
}

export interface Exploration {
  /** Different states of the whole ensemble. */
  readonly states: number;
  /** Steps between them. */
  readonly steps: number;
  /** Number of different orders of steps from the beginning to an end, in which nothing more can happen. */
  readonly interleavings: number;
  /** Longest order of steps that was followed. */
  readonly depth: number;
  /** Different states of one machine. */
  readonly machineStates: number;
  /** True if every state was visited. */
  readonly isWhole: boolean;
}

interface Frame {
  readonly number: number;
  readonly state: ModelState;
  readonly actions: readonly Action[];
  next: number;
  /** Orders of steps from this state to an end. */
  orders: number;
}

/**
 * Visits every state that three servers can reach with so many transactions, crashes and cut connections, by every order of
 * steps, and checks the invariants at each step. Throws the first violation, with the steps that lead to it.
 */
export function explore(budget: Budget, maxStates = Number.POSITIVE_INFINITY, fault?: PlantedDiskFault): Exploration {
  const memory = new MachineMemory();
  const seen = new StateSet();
  const orders: number[] = [];
  const path: Frame[] = [];
  let [steps, depth] = [0, 0];
  const enter = (state: ModelState): number => {
    const { size } = seen;
    const number = seen.numberOf(fingerprint(state));
    if (number === size) path.push({ number, state, actions: actionsOf(state), next: 0, orders: 0 });
    return number;
  };
  enter(initialState(budget));
  for (let frame = path.at(-1); frame !== undefined && seen.size < maxStates; frame = path.at(-1)) {
    const action = frame.actions[frame.next++];
    if (action === undefined) {
      path.pop();
      orders[frame.number] = frame.actions.length === 0 ? 1 : frame.orders;
      const parent = path.at(-1);
      if (parent !== undefined) parent.orders += orders[frame.number]!;
      continue;
    }
    steps++;
    const number = enter(after({ memory, fault }, frame.state, action, path));
    // Steps back to a state on the path add no order of their own.
    if (path.at(-1) === frame) frame.orders += orders[number] ?? 0;
    depth = Math.max(depth, path.length);
  }
  memory.close();
  const isWhole = path.length === 0;
  return { states: seen.size, steps, interleavings: orders[0] ?? 0, depth, machineStates: memory.size, isWhole };
}

interface Model {
  readonly memory: MachineMemory;
  readonly fault: PlantedDiskFault | undefined;
}

function after({ memory, fault }: Model, state: ModelState, action: Action, path: readonly Frame[]): ModelState {
  const step = new ModelStep(memory, state, fault);
  try {
    action.run(step);
  } catch (error) {
    const names = path.map(({ actions, next }) => actions[next - 1]!.name);
    throw new Error(`${(error as Error).message}\nafter these steps:\n${names.join("\n")}`, { cause: error });
  }
  return step.finish();
}

function actionsOf(state: ModelState): Action[] {
  return [
    ...electionActions(state),
    ...state.servers.flatMap((_, i) => serverActions(state, i + 1)),
    ...connectionActions(state),
  ];
}

function serverActions({ servers, connections, left }: ModelState, id: number): Action[] {
  const server = servers[id - 1]!;
  const actions: Action[] = [];
  const add = (name: string, run: Action["run"]): void => void actions.push({ name: `${id} ${name}`, run });
  if (!server.isUp) {
    add("starts", (step) => step.restart(id));
    return actions;
  }
  for (const on of ["log", "epochs"] as const) {
    if (server.tasks.some((each) => each.on === on))
      add(`ends a disk operation on the ${on}`, (step) => step.endTask(id, on));
  }
  if (server.machine?.nextZxid !== undefined && left.transactions > 0) add("proposes", (step) => step.propose(id));
  if (server.machine?.start.kind === "leader" && !connections.some((each) => each.leader === id && each.number !== 0)) {
    add("gives up", (step) => step.giveUp(id));
  }
  if (left.crashes > 0) {
    for (let kept = server.durable; kept <= server.zxids.length; kept++) {
      add(`crashes and keeps ${kept} records`, (step) => step.crash(id, kept));
    }
  }
  return actions;
}

function connectionActions({ connections, left }: ModelState): Action[] {
  return connections.flatMap(({ leader, learner, number, toLeader, toLearner }, index) => {
    const actions: Action[] = [];
    const isOpen = number !== 0 && learner !== 0;
    if (toLeader.length > 0) actions.push({ name: `to leader ${leader}`, run: (step) => step.deliverToLeader(index) });
    if (toLearner.length > 0 && learner !== 0) {
      actions.push({ name: `${leader} to ${learner}`, run: (step) => step.deliverToLearner(index) });
    }
    if (isOpen && left.cuts > 0 && toLeader.at(-1) !== "closed") {
      actions.push({ name: `${leader} and ${learner} are cut`, run: (step) => step.cut(index) });
    }
    return actions;
  });
}

/** The best of any quorum of servers without a leader is elected; or such a server joins a leader. */
function electionActions({ servers }: ModelState): Action[] {
  const looking = servers.flatMap((each, i) => (each.isUp && each.machine === undefined ? [i + 1] : []));
  const actions: Action[] = [];
  for (const id of looking) {
    const supporters = looking.filter((each) => !isBetter(servers, each, id));
    if (supporters.length >= QUORUM) {
      actions.push({ name: `${id} is elected by ${supporters}`, run: (step) => step.elect(id, supporters) });
    }
    servers.forEach(({ machine }, i) => {
      if (machine?.start.kind !== "leader") return;
      actions.push({ name: `${id} joins ${i + 1}`, run: (step) => step.join(id, i + 1) });
    });
  }
  return actions;
}

function isBetter(servers: readonly ServerState[], a: number, b: number): boolean {
  const [one, other] = [servers[a - 1]!, servers[b - 1]!];
  if (one.currentEpoch !== other.currentEpoch) return one.currentEpoch > other.currentEpoch;
  const [last, otherLast] = [one.zxids.at(-1) ?? 0n, other.zxids.at(-1) ?? 0n];
  return last === otherLast ? a > b : last > otherLast;
}
