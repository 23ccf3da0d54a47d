import { dirname, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { TestRunner } from "vitest";
import type { Answer, Order } from "./order.ts";

type Task = Parameters<TestRunner["onAfterTryTask"]>[0];

interface LoadedTest {
  readonly id: string;
  readonly task: Task;
  readonly runner: TestRunner;
  /** Duration of its first run. */
  readonly ms: number;
}

/** Variables by which Stryker's changed code finds the active mutant. */
interface Instruments {
  activeMutant: string | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
}

interface Snapshots {
  readonly snapshotClient: { clearTest(file: string, testId: string): void };
}

/** A test is taken to wait without end after this time beyond four times that of its first run. */
const PATIENCE_MS = 2_000;

const shared = globalThis as unknown as {
  conclaveLoadedTests?: LoadedTest[];
  conclaveCleanups: (() => Promise<unknown>)[];
  __stryker__?: Instruments;
};
shared.conclaveLoadedTests ??= [];
shared.conclaveCleanups ??= [];
// The modules of a worker may be loaded more than once.
const loaded = shared.conclaveLoadedTests;
shared.__stryker__ ??= { activeMutant: undefined, hitCount: undefined, hitLimit: undefined };
const instruments = shared.__stryker__;

/** Runs each test once, as Vitest does, and keeps it. The setup of a suite, such as a server, stays until {@link close}. */
export default class LoadingRunner extends TestRunner {
  override async onBeforeRunSuite(suite: Suite): Promise<void> {
    if (suite.mode === "run") postponeCleanup(suite);
    await super.onBeforeRunSuite(suite);
  }

  async runTask(task: Task): Promise<void> {
    const started = performance.now();
    await TestRunner.getTestFn(task)!();
    loaded.push({ id: idOf(task), task, runner: this, ms: performance.now() - started });
  }
}

function postponeCleanup(suite: Suite): void {
  const hooks = TestRunner.getSuiteHooks(suite);
  const { beforeAll, afterAll } = hooks;
  for (const hook of afterAll.splice(0)) shared.conclaveCleanups.push(async () => hook(suite));
  const wrapped = beforeAll.map((hook): typeof hook => async (of) => {
    const cleanup: unknown = await hook(of);
    if (typeof cleanup === "function") shared.conclaveCleanups.push(async () => cleanup());
  });
  beforeAll.splice(0, beforeAll.length, ...wrapped);
}

/** Ends the setup of all suites, the last first. */
export async function close(): Promise<void> {
  for (const cleanup of shared.conclaveCleanups.splice(0).reverse()) await settled(cleanup);
}

/** Prepares the loaded tests to run again: Vitest forgets the snapshots of a file at its end. */
export async function prepare(): Promise<void> {
  const files = new Map(loaded.map(({ task, runner }) => [task.file, runner]));
  for (const [file, runner] of files) await runner.onBeforeRunSuite(file);
}

/** Runs the tests with the mutant until one fails: those next to the mutated file first, then the fastest. */
export async function execute({ mutant, file, tests, hitLimit }: Order): Promise<Answer> {
  const wanted = new Set(tests);
  const chosen = loaded.filter(({ id }) => wanted.has(id));
  if (new Set(chosen.map(({ id }) => id)).size < wanted.size) return { fate: "doubtful", why: "a test is not loaded" };
  const distance = ({ task }: LoadedTest) => (dirname(task.file.filepath) === dirname(file) ? 0 : 1);
  chosen.sort((a, b) => distance(a) - distance(b) || a.ms - b.ms);
  for (const [index, test] of chosen.entries()) {
    const failure = await problemOf(test, mutant, hitLimit);
    if (failure === undefined) continue;
    // A mutant may leave something behind that makes the next tests fail.
    const doubt = await problemOf(test, undefined, undefined);
    if (doubt !== undefined) return { fate: "doubtful", why: `${test.id}: ${doubt}` };
    return { fate: "killed", by: test.id, message: failure, count: index + 1 };
  }
  return { fate: "survived", count: chosen.length };
}

/** Runs a test as Vitest repeats one. Returns the message of its failure. */
async function problemOf({ task, runner, ms }: LoadedTest, mutant: string | undefined, hitLimit: number | undefined) {
  const cleanups: (() => unknown)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it waits without end")), PATIENCE_MS + 4 * ms);
  });
  Object.assign(instruments, { activeMutant: mutant, hitCount: mutant === undefined ? undefined : 0, hitLimit });
  try {
    await runner.onBeforeRunTask(task);
    runner.onBeforeTryTask(task, { retry: 0, repeats: 1 });
    // Vitest takes each snapshot to be one of the test that it runs: the one that serves.
    const serving = TestRunner.getCurrentTest()!;
    (runner as unknown as Snapshots).snapshotClient.clearTest(serving.file.filepath, serving.id);
    for (const suite of suitesOf(task)) {
      for (const hook of TestRunner.getSuiteHooks(suite).beforeEach) {
        const cleanup: unknown = await Promise.race([hook(task.context, suite), late]);
        if (typeof cleanup === "function") cleanups.unshift(cleanup as () => unknown);
      }
    }
    await Promise.race([TestRunner.getTestFn(task)!(), late]);
    runner.onAfterTryTask(task);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
    Object.assign(instruments, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    for (const suite of suitesOf(task).reverse()) {
      for (const hook of TestRunner.getSuiteHooks(suite).afterEach) await settled(() => hook(task.context, suite));
    }
    for (const cleanup of cleanups) await settled(cleanup);
    for (const finished of [task, TestRunner.getCurrentTest()]) {
      const hooks = (finished as { onFinished?: ((context: unknown) => unknown)[] } | undefined)?.onFinished;
      for (const hook of hooks?.splice(0).reverse() ?? []) await settled(() => hook(task.context));
    }
  }
}

/** Waits for a cleanup, no longer than a test that waits without end. */
async function settled(cleanup: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  try {
    await Promise.race([cleanup(), late]);
  } catch {
    // The mutant may have prevented what the cleanup takes back. The next run of the test shows if that matters.
  } finally {
    clearTimeout(timer);
  }
}

type Suite = NonNullable<Task["suite"]>;

/** Returns the suites around a test, the outermost first: its file. */
function suitesOf(task: Task): Suite[] {
  const suites: Suite[] = [];
  for (let suite = task.suite; suite !== undefined; suite = suite.suite) suites.unshift(suite);
  return [task.file, ...suites.filter((suite) => suite !== task.file)];
}

/** Returns the name by which Stryker knows a test. */
function idOf(task: Task): string {
  const names = [task.name];
  for (let suite = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return `${relative(process.cwd(), task.file.filepath)}#${names.join(" > ").trim()}`;
}
