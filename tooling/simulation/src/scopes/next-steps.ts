import type { Sent } from "./connection-step.ts";
import { disksAfterCrash } from "./disk-task.ts";
import type { MachineState } from "./machine-memory.ts";
import type { Model } from "./model.ts";
import type { Connection, ModelState, ServerState } from "./model-state.ts";
import { ModelStep } from "./model-step.ts";

/** Step to a next state. */
export interface NextStep {
  readonly name: string;
  readonly state: ModelState;
}

interface Action {
  readonly name: string;
  /** Server that acts. It may lose its power, or its connection, right after. */
  readonly actor: number;
  readonly run: (step: ModelStep) => void;
}

/** Returns all steps from a state, or those of a server that are enough (see SPEC.md). */
export function nextSteps(model: Model, state: ModelState, isReduced: boolean): NextStep[] {
  let actions = (isReduced ? sufficientActions(model, state) : undefined) ?? allActions(model, state);
  if (actions.length === 0) actions = timeouts(state);
  const steps: NextStep[] = [];
  for (const { name, actor, run } of actions) {
    const step = new ModelStep(model, state);
    try {
      run(step);
    } catch (error) {
      throw new Error(`${(error as Error).message}\nin the step: ${name}`, { cause: error });
    }
    const next = step.finish();
    steps.push({ name, state: next });
    if (step.isVisible) {
      steps.push(...faultsAfter(model, { name, state: next }, actor, step.sent));
    }
  }
  return steps;
}

/** Returns the faults that a server may have right after a step. */
function faultsAfter(model: Model, { name, state }: NextStep, id: number, sent: readonly Sent[]): NextStep[] {
  const { left, servers, connections } = state;
  const server = servers[id - 1]!.value;
  const steps: NextStep[] = [];
  if (left.crashes > 0 && (server.machine !== undefined || server.durable < server.zxids.length)) {
    for (const disk of disksAfterCrash(server, model.mistake)) {
      for (const lost of subsetsOf(server.machine === undefined ? [] : sent)) {
        const step = new ModelStep(model, state);
        step.crash(id, disk, lost);
        steps.push({ name: crashName(name, id, disk, lost), state: step.finish() });
      }
    }
  }
  if (left.cuts > 0 && connections.some(({ value }) => value.learner === id && value.number !== 0)) {
    const step = new ModelStep(model, state);
    step.cut(id);
    const next = { name: `${name}; ${id} loses its connection`, state: step.finish() };
    steps.push(next);
    // A loss of power after that has an effect only if it loses records.
    const { zxids, durable } = next.state.servers[id - 1]!.value;
    if (durable < zxids.length) steps.push(...faultsAfter(model, next, id, []));
  }
  return steps;
}

function crashName(
  name: string,
  id: number,
  { zxids, acceptedEpoch }: Partial<ServerState>,
  lost: readonly Sent[],
): string {
  const epochs = acceptedEpoch === undefined ? "" : " and the new epoch";
  const messages = lost.length === 0 ? "" : `, its messages on ${lost.map(({ number }) => number)} are lost`;
  return `${name}; ${id} loses its power, keeps ${zxids!.length} records${epochs}${messages}`;
}

function subsetsOf(sent: readonly Sent[]): (readonly Sent[])[] {
  return sent.reduce<Sent[][]>((subsets, each) => subsets.flatMap((some) => [some, [...some, each]]), [[]]);
}

function allActions(model: Model, state: ModelState): Action[] {
  return [
    ...electionActions(model, state),
    ...state.servers.flatMap(({ value }) => serverActions(state, value)),
    ...state.connections.flatMap(({ value }, index) => connectionActions(value, index)),
  ];
}

/**
 * Returns actions of one server, if every order of steps from this state on leads to the same end as one that begins with one of
 * them. SPEC.md says why.
 */
function sufficientActions(model: Model, state: ModelState): Action[] | undefined {
  const { servers, connections, left } = state;
  for (const [index, { value: connection }] of connections.entries()) {
    const { learner, toLearner } = connection;
    if (learner === 0 || toLearner.length === 0) continue;
    return [deliverToLearner(connection, index), ...serverActions(state, servers[learner - 1]!.value)];
  }
  for (const { value } of servers) {
    if (value.machine?.start.kind !== "leader" || hasLearner(state, value.id)) continue;
    const fromLearners = connections.flatMap((each, i) =>
      each.value.leader === value.id ? connectionActions(each.value, i) : [],
    );
    return [...serverActions(state, value), ...fromLearners];
  }
  const isQuiet = left.crashes === 0 && left.cuts === 0;
  for (const { value } of servers) {
    if (value.machine?.start.kind !== "learner" || value.tasks.length === 0) continue;
    if (isQuiet || onlyWaitsForDisk(value.machine.phase, left.transactions)) return serverActions(state, value);
  }
  return isQuiet ? joinOfThird(model, state) : undefined;
}

/** True if a learner gets nothing before the end of its disk operation that makes a difference: at most the end of the connection. */
function onlyWaitsForDisk(phase: MachineState["phase"], transactions: number): boolean {
  if (phase === "acceptingEpoch") return true;
  return transactions === 0 && (phase === "storingEpoch" || phase === "broadcasting");
}

/** Without faults, a server that looks for a leader finds the only one. */
function joinOfThird(model: Model, state: ModelState): Action[] | undefined {
  const looking = state.servers.filter(({ value }) => value.machine === undefined);
  const [third] = looking;
  if (third === undefined || looking.length > 1) return undefined;
  const leader = [1, 2, 3].find((id) => canJoin(model, state, third.value, id));
  return leader === undefined ? undefined : [joinAction(third.value.id, leader)];
}

/** When nothing else can happen, a leader that is not established gives up. */
function timeouts({ servers }: ModelState): Action[] {
  const leader = servers.find(({ value: { machine } }) => machine?.start.kind === "leader")?.value;
  if (leader === undefined || leader.machine?.phase === "broadcasting") return [];
  return [giveUpAction(leader.id)];
}

const giveUpAction = (id: number): Action => ({ name: `${id} gives up`, actor: id, run: (step) => step.giveUp(id) });

function serverActions({ connections, left }: ModelState, { id, machine, tasks }: ServerState): Action[] {
  const actions: Action[] = [];
  const add = (name: string, run: Action["run"]): void => void actions.push({ name: `${id} ${name}`, actor: id, run });
  for (const on of ["log", "epochs"] as const) {
    if (tasks.some((each) => each.on === on)) add(`ends a disk operation on the ${on}`, (step) => step.endTask(id, on));
  }
  if (machine?.nextZxid !== undefined && left.transactions > 0) add("proposes", (step) => step.propose(id));
  if (machine?.start.kind !== "leader") return actions;
  if (!connections.some(({ value }) => value.leader === id && value.number !== 0)) {
    actions.push(giveUpAction(id));
  }
  return actions;
}

function connectionActions(connection: Connection, index: number): Action[] {
  const { leader, learner, number, isCut, toLeader, toLearner } = connection;
  const actions: Action[] = [];
  if (toLeader.length > 0) {
    actions.push({
      name: `${leader} receives from ${number}`,
      actor: leader,
      run: (step) => step.deliverToLeader(index),
    });
  }
  if (isCut && toLeader.length > 1) {
    actions.push({ name: `${leader} loses connection ${number}`, actor: leader, run: (step) => step.loseRest(index) });
  }
  if (toLearner.length > 0 && learner !== 0) actions.push(deliverToLearner(connection, index));
  return actions;
}

function deliverToLearner({ leader, learner }: Connection, index: number): Action {
  return { name: `${learner} receives from ${leader}`, actor: learner, run: (step) => step.deliverToLearner(index) };
}

/** The better one of two servers without a leader is elected; or such a server joins a leader. */
function electionActions(model: Model, state: ModelState): Action[] {
  const servers = state.servers.map(({ value }) => value);
  const looking = servers.filter(({ machine }) => machine === undefined);
  const actions: Action[] = [];
  for (const server of looking) {
    for (const other of looking) {
      const epoch = Math.max(server.acceptedEpoch, other.acceptedEpoch) + 1;
      if (other === server || isBetter(other, server) || epoch > model.epochs) continue;
      const [id, follower] = [server.id, other.id];
      actions.push({
        name: `${id} is elected by ${follower}`,
        actor: follower,
        run: (step) => step.elect(id, follower),
      });
    }
    for (const leader of servers) {
      if (canJoin(model, state, server, leader.id)) actions.push(joinAction(server.id, leader.id));
    }
  }
  return actions;
}

function joinAction(id: number, leader: number): Action {
  return { name: `${id} joins ${leader}`, actor: id, run: (step) => step.join(id, leader) };
}

/** Votes of a leader and of a server that follows it show the others that it leads. */
function canJoin(model: Model, state: ModelState, { acceptedEpoch }: ServerState, leader: number): boolean {
  const { machine } = state.servers[leader - 1]!.value;
  if (machine?.start.kind !== "leader" || !hasLearner(state, leader)) return false;
  return machine.epoch > 0 || acceptedEpoch < model.epochs;
}

function hasLearner({ connections }: ModelState, leader: number): boolean {
  return connections.some(({ value }) => value.leader === leader && value.learner !== 0 && value.number !== 0);
}

function isBetter(a: ServerState, b: ServerState): boolean {
  if (a.currentEpoch !== b.currentEpoch) return a.currentEpoch > b.currentEpoch;
  return (a.zxids.at(-1) ?? 0n) > (b.zxids.at(-1) ?? 0n);
}
