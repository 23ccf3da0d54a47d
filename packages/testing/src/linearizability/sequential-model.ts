/** Sequential specification of an object: its behaviour when operations run one after the other. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * Returns the possible states after an operation with this output; none if the output is impossible. `output` is
   * `undefined` for an operation with an unknown result.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** The same text for the same state, and for no other. */
  key(state: State): string;
}
