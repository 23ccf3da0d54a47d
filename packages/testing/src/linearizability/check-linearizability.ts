import { inspect } from "node:util";
import type { HistoryOperation } from "./history.js";
import type { SequentialModel } from "./models.js";

/** Result of a linearizability check. */
export type LinearizabilityVerdict<State, Input, Output> =
  | { readonly isLinearizable: true; readonly configurations: number }
  | {
      readonly isLinearizable: false;
      readonly configurations: number;
      /** First operation with an output that no order explains. */
      readonly failed: HistoryOperation<Input, Output>;
      /** Operations that were pending when it returned. */
      readonly concurrent: readonly HistoryOperation<Input, Output>[];
      /** Possible states before that operation, according to the earlier outputs. */
      readonly states: readonly State[];
    };

/** Options of the check. */
export interface LinearizabilityOptions {
  /**
   * Throws a `RangeError` beyond this number of configurations at one time.
   * @default 200_000
   */
  readonly maxConfigurations?: number | undefined;
}

/** A possible state of the object, and the pending operations that have taken effect in it. */
interface Configuration<State> {
  readonly state: State;
  readonly done: bigint;
}

/**
 * Checks that the operations can be put in one order that the model allows and that respects real time: an operation
 * that returned before another was called precedes it (Herlihy and Wing, 1990). Pending operations may take effect at
 * any time after their call, or never.
 *
 * Uses Lowe's just-in-time search ("Testing for linearizability", 2017): events are processed in order; each return
 * linearizes its operation, preceded by as many concurrent operations as necessary. Configurations with the same state
 * and the same linearized operations are merged. The cost grows with the number of concurrent operations and of those
 * without an output.
 */
export function checkLinearizability<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly HistoryOperation<Input, Output>[],
  { maxConfigurations = 200_000 }: LinearizabilityOptions = {},
): LinearizabilityVerdict<State, Input, Output> {
  const open = new Map<HistoryOperation<Input, Output>, bigint>();
  let possible: readonly Configuration<State>[] = [{ state: model.initial, done: 0n }];
  let configurations = 1;
  let bits = 0n;
  for (const { operation, isReturn } of eventsOf(history)) {
    if (!isReturn) {
      open.set(operation, 1n << bits++);
      continue;
    }
    const own = open.get(operation)!;
    const reached = explore(model, possible, open, own, maxConfigurations);
    configurations += reached.length;
    const explained = unique(
      model,
      reached.filter(({ done }) => (done & own) !== 0n).map(({ state, done }) => ({ state, done: done & ~own })),
    );
    open.delete(operation);
    if (explained.length === 0) {
      const states = distinct(
        model,
        possible.map(({ state }) => state),
      );
      return { isLinearizable: false, configurations, failed: operation, concurrent: [...open.keys()], states };
    }
    possible = explained;
  }
  return { isLinearizable: true, configurations };
}

/** Throws an error that names the operation that no order explains, if the history is not linearizable. */
export function assertLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly HistoryOperation<Input, Output>[],
  options?: LinearizabilityOptions,
): void {
  const verdict = checkLinearizability(model, history, options);
  if (verdict.isLinearizable) return;
  const { failed, concurrent, states } = verdict;
  const others = concurrent.map((operation) => `\n  ${show(operation)}`).join("");
  throw new Error(
    `not linearizable: no order explains ${show(failed)}; before it, one of ${inspect(states)}` +
      (others === "" ? "" : `; pending at that time:${others}`),
  );
}

/**
 * Returns calls and returns in order of time. At equal times calls come first, so that such operations count as
 * concurrent.
 */
function eventsOf<Input, Output>(history: readonly HistoryOperation<Input, Output>[]) {
  const events: { operation: HistoryOperation<Input, Output>; at: number; isReturn: boolean }[] = [];
  for (const operation of history) {
    events.push({ operation, at: operation.calledAt, isReturn: false });
    if (operation.returnedAt !== undefined) events.push({ operation, at: operation.returnedAt, isReturn: true });
  }
  return events.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
}

/** Returns the configurations reachable by pending operations, up to the one that returned. */
function explore<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  from: readonly Configuration<State>[],
  open: ReadonlyMap<HistoryOperation<Input, Output>, bigint>,
  own: bigint,
  maxConfigurations: number,
): readonly Configuration<State>[] {
  const reached = [...from];
  const known = new Set(from.map((each) => keyOf(model, each)));
  for (let next = 0; next < reached.length; next++) {
    const { state, done } = reached[next]!;
    // The other pending operations can take effect later.
    if ((done & own) !== 0n) continue;
    const stateKey = model.key(state);
    for (const [{ input, output, returnedAt }, bit] of open) {
      if ((done & bit) !== 0n) continue;
      for (const after of model.step(state, input, output)) {
        // A pending operation that leaves the state unchanged needs no branch.
        if (returnedAt === undefined && model.key(after) === stateKey) continue;
        const configuration = { state: after, done: done | bit };
        const key = keyOf(model, configuration);
        if (known.has(key)) continue;
        known.add(key);
        reached.push(configuration);
      }
    }
    if (reached.length > maxConfigurations) {
      throw new RangeError(
        `more than ${maxConfigurations} configurations: too many operations of this history are pending at once`,
      );
    }
  }
  return reached;
}

function unique<State>(
  model: Pick<SequentialModel<State, unknown, unknown>, "key">,
  configurations: readonly Configuration<State>[],
): Configuration<State>[] {
  return [...new Map(configurations.map((each) => [keyOf(model, each), each])).values()];
}

function distinct<State>(
  model: Pick<SequentialModel<State, unknown, unknown>, "key">,
  states: readonly State[],
): State[] {
  return [...new Map(states.map((state) => [model.key(state), state])).values()];
}

function keyOf<State>(
  model: Pick<SequentialModel<State, unknown, unknown>, "key">,
  { state, done }: Configuration<State>,
): string {
  return `${done.toString(36)} ${model.key(state)}`;
}

function show({ by, input, output, returnedAt }: HistoryOperation<unknown, unknown>): string {
  const answer = returnedAt === undefined ? "no return" : inspect(output);
  return `${by}: ${inspect(input, { breakLength: Number.POSITIVE_INFINITY })} -> ${answer}`;
}
