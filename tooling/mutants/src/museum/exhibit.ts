/** Change of one source file. */
export interface Edit {
  /** Relative to the `src` folder of packages/server. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly text: string;
  /** Text in its place. */
  readonly without: string;
}

/** Test that fails without the guard. */
export interface Scenario {
  /** Relative to the `src` folder of packages/server. */
  readonly file: string;
  /** Titles of the suites around the test, and of the test, as a report shows them. */
  readonly titles: readonly string[];
}

/** Known bug of replication, the guard that keeps it out of this server, and the scenario that shows it without the guard. */
export interface Exhibit {
  /** Name for the command line: lower-case words with hyphens. */
  readonly name: string;
  /** Ids of Apache's issues without their prefix; empty for a hazard that has none. */
  readonly bugs: readonly string[];
  /** One sentence. */
  readonly defect: string;
  /** One sentence, without the file. */
  readonly guard: string;
  /** Takes the guard out. Most guards need one edit. */
  readonly edits: readonly Edit[];
  readonly scenario: Scenario;
}

/** Exhibits of one subject. */
export interface Room {
  readonly title: string;
  readonly exhibits: readonly Exhibit[];
}

/** Known bug that needs no scenario here. */
export interface Inapplicable {
  readonly bugs: readonly string[];
  readonly defect: string;
  /** Reason why it cannot happen here, or why its guard cannot be shown by a test. */
  readonly because: string;
}
