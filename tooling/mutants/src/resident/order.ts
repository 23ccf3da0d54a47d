/** Request of {@link ResidentRunner} to the tests in the worker: are these tests killed by the mutant? */
export interface Order {
  readonly mutant: string;
  /** Mutated file, as an absolute path. */
  readonly file: string;
  /** Names of the tests that run the mutated code, in Stryker's form. */
  readonly tests: readonly string[];
  /** Runs of the mutated code after which it is taken to run without end. */
  readonly hitLimit: number;
}

/**
 * Answer to an {@link Order}. `doubtful`: a test fails now that passed before, also without the mutant, or it is not loaded; the
 * tests must be loaded again.
 */
export type Answer =
  | { readonly fate: "killed"; readonly by: string; readonly message: string; readonly count: number }
  | { readonly fate: "survived"; readonly count: number }
  | { readonly fate: "doubtful"; readonly why: string };

/** Name of the channel of orders, answers and the message that the tests are loaded. */
export const CHANNEL = "conclave-mutants";

/** Messages of the worker. */
export type FromWorker = "loaded" | Answer;
/** Messages to the worker. */
export type ToWorker = "end" | Order;
