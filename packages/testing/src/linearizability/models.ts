/** Sequential specification of an object: its behaviour when operations run one after the other. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * Returns the possible states after an operation with this output; none if the output is impossible. `output` is
   * `undefined` for an operation with an unknown result.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** Returns a text that is equal for equal states only. */
  key(state: State): string;
}

/**
 * Operation on a register. A write outputs `true`, a compare-and-set outputs true if it wrote, a read outputs the
 * value.
 */
export type RegisterInput =
  | { readonly type: "read" }
  | { readonly type: "write"; readonly value: string }
  | { readonly type: "compareAndSet"; readonly expected: string; readonly value: string };

/** Register with read, write and compare-and-set. */
export function registerModel(initial: string): SequentialModel<string, RegisterInput, string | boolean> {
  return {
    initial,
    step: (state, input, output) => {
      switch (input.type) {
        case "read":
          return answer(state, state, output);
        case "write":
          return answer(input.value, true, output);
        case "compareAndSet":
          return state === input.expected ? answer(input.value, true, output) : answer(state, false, output);
      }
    },
    key: (state) => state,
  };
}

/** Operation on a counter. Both output the value after the operation. */
export type CounterInput = { readonly type: "read" } | { readonly type: "add"; readonly delta: bigint };

/** Counter with read and add. */
export function counterModel(initial: bigint): SequentialModel<bigint, CounterInput, bigint> {
  return {
    initial,
    step: (state, input, output) => {
      const after = input.type === "add" ? state + input.delta : state;
      return answer(after, after, output);
    },
    key: String,
  };
}

/**
 * Operation on a lock with fencing tokens. `acquire` outputs the token; `release` outputs `true`, even if the token no
 * longer holds the lock; `guarded` outputs true if a write guarded by the token was accepted.
 */
export type LockInput =
  | { readonly type: "acquire" }
  | { readonly type: "release"; readonly token: bigint }
  | { readonly type: "guarded"; readonly token: bigint };

/** Token of the current holder, and the last granted token. */
export interface LockState {
  readonly holder: bigint | undefined;
  readonly last: bigint;
}

/**
 * Lock with one holder at a time; each token is larger than all earlier ones, and guarded writes are accepted from the
 * holder only. An involuntary loss is a release without an output. An acquisition without an output has no observable
 * holder.
 */
export const lockModel: SequentialModel<LockState, LockInput, bigint | boolean> = {
  initial: { holder: undefined, last: -1n },
  step: (state, input, output) => {
    switch (input.type) {
      case "acquire":
        if (output === undefined) return [state];
        if (state.holder !== undefined || typeof output !== "bigint" || output <= state.last) return [];
        return [{ holder: output, last: output }];
      case "release":
        return answer(state.holder === input.token ? { ...state, holder: undefined } : state, true, output);
      case "guarded":
        return answer(state, state.holder === input.token, output);
    }
  },
  key: ({ holder, last }) => `${holder} ${last}`,
};

function answer<State, Output>(after: State, expected: Output, output: Output | undefined): readonly State[] {
  return output === undefined || output === expected ? [after] : [];
}
