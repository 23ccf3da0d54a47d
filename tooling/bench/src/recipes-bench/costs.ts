/** A step of a recipe, with a count of its requests. */
export interface CostStep {
  readonly title: string;
  readonly recipe: string;
  readonly step: string;
  /** Sessions to count: all three, or only the second, which waits for the first. */
  readonly of: "all" | "second";
  /** True if the step ends only when no more traffic passes: it continues in the background, or waits. */
  readonly isOverWhenQuiet: boolean;
}

const step = (recipe: string, name: string, title: string, more: Partial<CostStep> = {}): CostStep => ({
  ...{ recipe, step: name, title, of: "all", isOverWhenQuiet: false },
  ...more,
});
const second = { of: "second" } as const;
const quiet = { isOverWhenQuiet: true } as const;

/** The steps of one recipe are adjacent, in their order. */
export const COSTS: readonly CostStep[] = [
  step("mutex", "acquire", "mutex: acquire, free"),
  step("mutex", "release", "mutex: release"),
  step("mutex-queue", "join", "mutex: join the wait queue", { ...second, ...quiet }),
  step("mutex-queue", "win", "mutex: acquire after that", second),
  step("read-lock", "acquire", "read lock: acquire, free"),
  step("read-lock", "release", "read lock: release"),
  step("write-lock", "acquire", "write lock: acquire, free"),
  step("write-lock", "release", "write lock: release"),
  step("semaphore", "acquire", "semaphore: acquire, free"),
  step("semaphore", "release", "semaphore: release"),
  step("election", "win", "election: join and win alone"),
  step("election", "resign", "election: resign", quiet),
  step("election-queue", "join", "election: join the wait queue", { ...second, ...quiet }),
  step("election-queue", "win", "election: win after that", second),
  step("barrier", "pass", "barrier: pass, not set"),
  step("barrier-wait", "join", "barrier: wait", { ...second, ...quiet }),
  step("barrier-wait", "win", "barrier: pass when it is lifted", second),
  step("double-barrier", "enter", "double barrier: enter, all three"),
  step("double-barrier", "leave", "double barrier: leave, all three"),
  step("counter", "add", "counter: add"),
  step("value", "set", "value: set"),
  step("value", "update", "value: read and change"),
  step("value", "compareAndSet", "value: read, compare and set"),
  step("group", "join", "group: join"),
  step("group", "leave", "group: leave"),
];

export const costFigure = ({ recipe, step: name }: CostStep, metric: "requests" | "roundTrips"): string =>
  `${recipe}.${name}.${metric}`;
