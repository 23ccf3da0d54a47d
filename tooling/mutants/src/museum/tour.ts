import { join } from "node:path";
import { createVitest, type TestCase, type TestModule, type Vitest } from "vitest/node";
import type { Exhibit, Scenario } from "./exhibit.ts";
import { titlePattern } from "./titles.ts";
import { WithoutGuard } from "./without-guard.ts";

/** Result of an exhibit. `how` is the failure of the scenario without the guard, `why` the reason why it shows nothing. */
export type Verdict = { readonly isRed: true; readonly how: string } | { readonly isRed: false; readonly why: string };

/** Runs scenarios with and without their guards, in one Vitest. Nothing is written into the sources. */
export class Tour {
  readonly #folder: string;
  readonly #guards: WithoutGuard;
  readonly #vitest: Vitest;
  /** Results with all guards in place. */
  readonly #green = new Map<string, Judgement>();

  private constructor(folder: string, guards: WithoutGuard, vitest: Vitest) {
    this.#folder = folder;
    this.#guards = guards;
    this.#vitest = vitest;
  }

  /** @param folder `src` folder of packages/server */
  static async open(folder: string): Promise<Tour> {
    const guards = new WithoutGuard(folder);
    const root = join(folder, "..");
    const config = join(import.meta.dirname, "vitest.config.ts");
    // A module without its guard must not be kept on disk for later runs.
    const options = { root, config, watch: false, update: "none", fsModuleCache: false } as const;
    const vitest = await createVitest("test", { ...options, reporters: [{}] }, { plugins: [guards.plugin()] });
    await vitest.standalone();
    return new Tour(folder, guards, vitest);
  }

  /** Runs the scenario of an exhibit with its guard, then without it. */
  async visit({ edits, scenario }: Exhibit): Promise<Verdict> {
    const green = await this.#withGuards(scenario);
    if (green.failure !== undefined) return { isRed: false, why: `it fails with the guard: ${green.failure}` };
    if (green.why !== undefined) return { isRed: false, why: green.why };
    const paths = edits.map((edit) => this.#guards.pathOf(edit));
    this.#guards.edits = edits;
    this.#invalidate(paths);
    try {
      const { failure, why } = judged(await this.#run(scenario), scenario);
      if (!this.#guards.isComplete) return { isRed: false, why: "the scenario does not load the file of the guard" };
      if (failure !== undefined) return { isRed: true, how: failure };
      return { isRed: false, why: why ?? "it passes without the guard" };
    } finally {
      this.#guards.edits = [];
      this.#invalidate(paths);
    }
  }

  async close(): Promise<void> {
    await this.#vitest.close();
  }

  async #withGuards(scenario: Scenario): Promise<Judgement> {
    const key = JSON.stringify(scenario);
    const known = this.#green.get(key) ?? judged(await this.#run(scenario), scenario);
    this.#green.set(key, known);
    return known;
  }

  #invalidate(paths: readonly string[]): void {
    for (const path of paths) this.#vitest.invalidateFile(path);
  }

  async #run({ file, titles }: Scenario): Promise<TestModule> {
    const project = this.#vitest.projects[0]!;
    const testNamePattern = titlePattern(...titles);
    const path = join(this.#folder, file);
    const specification = project.createSpecification(path, { testNamePattern });
    // Also has the modules of earlier runs.
    const { testModules } = await this.#vitest.runTestSpecifications([specification]);
    return testModules.find(({ moduleId }) => moduleId === path)!;
  }
}

/** Failure of a test of the scenario, or the reason why the run says nothing; neither if all its tests pass. */
interface Judgement {
  readonly failure?: string;
  readonly why?: string;
}

function judged(module: TestModule, { titles }: Scenario): Judgement {
  const [loadError] = module.errors();
  if (loadError !== undefined) return { why: `the test file cannot be loaded: ${loadError.message}` };
  const pattern = titlePattern(...titles);
  const tests = [...module.children.allTests()].filter(({ fullName }) => pattern.test(fullName));
  if (tests.length === 0) return { why: "there is no such test" };
  const skipped = tests.find((test) => test.result().state === "skipped");
  if (skipped !== undefined) return { why: "it is skipped" };
  const errors = tests.flatMap((test) => errorsOf(test));
  // Neither says anything about the guard: the changed code is no program, or a test waits until its end.
  const unusable = errors.find(
    ({ name, message }) => name === "ReferenceError" || name === "SyntaxError" || /timed out in \d+ms/.test(message),
  );
  if (unusable !== undefined) return { why: unusable.message };
  return errors.length === 0 ? {} : { failure: describeError(errors[0]!) };
}

type TestError = NonNullable<ReturnType<TestCase["result"]>["errors"]>[number];

function errorsOf(test: TestCase): readonly TestError[] {
  return test.result().errors ?? [];
}

/** Describes an error in one line: the first line of a transcript that differs, or the message. */
function describeError({ message, expected, actual }: TestError): string {
  const isTranscript = message.startsWith("Snapshot") && typeof expected === "string" && typeof actual === "string";
  if (!isTranscript) return message.split("\n")[0]!;
  const [wanted, found] = [linesOf(expected), linesOf(actual)];
  const at = wanted.findIndex((line, index) => line !== found[index]);
  return at < 0 ? `"${found[wanted.length]}" at the end` : `"${found[at] ?? ""}" instead of "${wanted[at]}"`;
}

/** Returns the lines of a text in quotation marks. */
function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim().replace(/^"|"$/g, ""));
}
