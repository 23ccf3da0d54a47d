import type { SequentialModel } from "./sequential-model.js";

/** What is asked of a register. A write answers `true`, a compare-and-set whether it wrote, a read the value. */
export type RegisterInput =
  | { readonly type: "read" }
  | { readonly type: "write"; readonly value: string }
  | { readonly type: "compareAndSet"; readonly expected: string; readonly value: string };

/** One value that is read, written, and replaced where it is what was expected. */
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

/** What is asked of a counter. Both answer what it is then. */
export type CounterInput = { readonly type: "read" } | { readonly type: "add"; readonly delta: bigint };

/** A number to which others are added. */
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
 * What is asked of a lock that gives out fencing tokens. `acquire` answers the token; `release` answers `true`, also where
 * that token holds no more; `guarded` answers whether a write that is guarded by the token was let through.
 */
export type LockInput =
  | { readonly type: "acquire" }
  | { readonly type: "release"; readonly token: bigint }
  | { readonly type: "guarded"; readonly token: bigint };

/** The token that holds, and the last that was given. */
export interface LockState {
  readonly holder: bigint | undefined;
  readonly last: bigint;
}

/**
 * One holds at a time, each with a larger token than all before, and what is guarded is let through for it alone. A loss
 * that nobody asked for is a release without an answer. An acquisition without an answer holds nothing that anybody sees.
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
