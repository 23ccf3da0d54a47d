/** What a thing does when one operation is done after the other. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * The states that it may be in after an operation with this answer; none where the answer cannot be. `output` is
   * `undefined` for an operation whose answer nobody knows.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** The same text for the same state, and for no other. */
  key(state: State): string;
}
