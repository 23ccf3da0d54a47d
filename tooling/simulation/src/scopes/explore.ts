import { Counts } from "./counts.ts";
import type { Mistake } from "./mistakes.ts";
import { Model } from "./model.ts";
import type { Budget, ModelState } from "./model-state.ts";
import { type NextStep, nextSteps } from "./next-steps.ts";
import { StateSet } from "./state-set.ts";

export interface ExploreOptions extends Budget {
  /** No leader proposes a later epoch. @default one more than crashes and cuts */
  readonly epochs?: number | undefined;
  /** Ends after so many states. */
  readonly maxStates?: number | undefined;
  readonly mistake?: Mistake | undefined;
  /** Leaves out orders that lead to the same ends as others. @default true */
  readonly isReduced?: boolean | undefined;
  readonly onProgress?: ((states: number) => void) | undefined;
  readonly onEnd?: ((state: ModelState) => void) | undefined;
}

export interface Exploration {
  /** Different states of the whole ensemble. */
  readonly states: number;
  /** Steps between them. */
  readonly steps: number;
  /** Number of different orders of steps from the beginning to an end, in which nothing more can happen. */
  readonly interleavings: number;
  /** States in which nothing more can happen. */
  readonly ends: number;
  /** Longest order of steps that was followed. */
  readonly depth: number;
  /** Different states of one machine. */
  readonly machineStates: number;
  /** True if every state was visited. */
  readonly isWhole: boolean;
}

interface Frame {
  readonly number: number;
  readonly steps: readonly NextStep[];
  next: number;
  /** Orders of steps from this state to an end. */
  orders: number;
}

const PROGRESS = 1_000_000;

/**
 * Visits every state that three servers can reach with so many transactions, crashes and cut connections, by every order of
 * steps, and checks the invariants at each step. Throws the first violation, with the steps that lead to it.
 */
export function explore(options: ExploreOptions): Exploration {
  const { transactions, crashes, cuts, isReduced = true, maxStates = Number.POSITIVE_INFINITY } = options;
  const { epochs = crashes + cuts + 1, mistake, onProgress } = options;
  const model = new Model({ epochs, mistake, isSymmetric: isReduced });
  const seen = new StateSet();
  const orders = new Counts();
  const path: Frame[] = [];
  let [steps, depth, ends] = [0, 0, 0];
  const enter = (state: ModelState): number => {
    const { size } = seen;
    const number = seen.numberOf(model.hashOf(state));
    if (number < size) return number;
    const next = nextSteps(model, state, isReduced);
    if (next.length === 0) {
      demandHealthy(state);
      options.onEnd?.(state);
      ends++;
    }
    path.push({ number, steps: next, next: 0, orders: 0 });
    if (seen.size % PROGRESS === 0) onProgress?.(seen.size);
    return number;
  };
  try {
    enter(model.initialState({ transactions, crashes, cuts }));
    for (let frame = path.at(-1); frame !== undefined && seen.size < maxStates; frame = path.at(-1)) {
      const step = frame.steps[frame.next++];
      if (step === undefined) {
        path.pop();
        orders.set(frame.number, frame.steps.length === 0 ? 1 : frame.orders);
        const parent = path.at(-1);
        if (parent !== undefined) parent.orders += orders.get(frame.number);
        continue;
      }
      steps++;
      const number = enter(step.state);
      // Steps back to a state on the path add no order of their own.
      if (path.at(-1) === frame) frame.orders += orders.get(number);
      depth = Math.max(depth, path.length);
    }
  } catch (error) {
    const names = path.map((frame) => frame.steps[frame.next - 1]!.name);
    throw new Error(`${(error as Error).message}\nafter these steps:\n${names.join("\n")}`, { cause: error });
  } finally {
    model.close();
  }
  const isWhole = path.length === 0;
  const machineStates = model.memory.size;
  return { states: seen.size, steps, interleavings: orders.get(0), ends, depth, machineStates, isWhole };
}

/** When nothing more can happen, all servers have the same records, and these are committed. */
function demandHealthy({ servers, facts }: ModelState): void {
  const logs = servers.map(({ value }) => value.zxids.slice(0, value.durable).join());
  // Without further epochs some servers cannot find a leader any more.
  if (servers.some(({ value }) => value.machine === undefined)) return;
  const committed = facts.commits.map(({ zxid }) => zxid).join();
  if (logs.some((each) => each !== committed))
    throw new Error(`it ends with the logs ${logs.join(" | ")}, and ${committed} is committed`);
}
