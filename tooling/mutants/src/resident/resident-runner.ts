/*
 * Stryker's plugin that runs tests. It loads them once and then only calls them, which takes milliseconds for each mutant. What
 * cannot be decided so is left to Stryker's own runner, which loads the tests for each mutant: code that runs while a module is
 * loaded, and mutants that spoil the tests of others.
 */
import { join } from "node:path";
import { strykerPlugins as originals } from "@stryker-mutator/vitest-runner";
import { createVitest, type Vitest } from "vitest/node";
import { type Answer, CHANNEL, type FromWorker, type Order, type ToWorker } from "./order.ts";

type Factory = (typeof originals)[number]["factory"];
type Original = ReturnType<Factory>;
type MutantRun = Parameters<Original["mutantRun"]>[0];
type MutantResult = Awaited<ReturnType<Original["mutantRun"]>>;

const original = originals[0]!;

class ResidentRunner {
  readonly #original: Original;
  #tests: LoadedTests | undefined;

  constructor(from: Original) {
    this.#original = from;
  }

  capabilities(): ReturnType<Original["capabilities"]> {
    return this.#original.capabilities();
  }

  async init(): Promise<void> {
    await this.#original.init?.();
  }

  dryRun(options: Parameters<Original["dryRun"]>[0]): ReturnType<Original["dryRun"]> {
    return this.#original.dryRun(options);
  }

  async mutantRun(run: MutantRun): Promise<MutantResult> {
    const { testFilter: tests, hitLimit, activeMutant, sandboxFileName: file } = run;
    if (run.reloadEnvironment || tests === undefined || hitLimit === undefined) return this.#original.mutantRun(run);
    this.#tests ??= await LoadedTests.load();
    const answer = await this.#tests.ask({ mutant: activeMutant.id, file, tests, hitLimit });
    if (answer.fate === "doubtful") {
      console.error(`mutant ${activeMutant.id}: ${answer.why}`);
      await this.#tests.end();
      this.#tests = undefined;
      return this.#original.mutantRun(run);
    }
    const { fate, count: nrOfTests } = answer;
    const result = fate === "killed" ? { killedBy: [answer.by], failureMessage: answer.message } : {};
    return { status: fate, nrOfTests, ...result } as MutantResult;
  }

  async dispose(): Promise<void> {
    await this.#tests?.end();
    await this.#original.dispose?.();
  }
}

/** Tests in a worker that stays until the end. */
class LoadedTests {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #vitest: Vitest;
  readonly #run: Promise<unknown>;

  private constructor(vitest: Vitest) {
    this.#vitest = vitest;
    this.#run = vitest.start();
  }

  static async load(): Promise<LoadedTests> {
    const serve = join(import.meta.dirname, "serve.ts");
    const tests = new LoadedTests(
      await createVitest("test", {
        config: join(import.meta.dirname, "../vitest.config.ts"),
        include: [process.env.CONCLAVE_MUTANT_TESTS!, serve],
        runner: join(import.meta.dirname, "loaded-tests.ts"),
        pool: "threads",
        maxWorkers: 1,
        isolate: false,
        fsModuleCache: false,
        update: "none",
        coverage: { enabled: false },
        dangerouslyIgnoreUnhandledErrors: true,
        watch: false,
        onConsoleLog: () => false,
      }),
    );
    await tests.#next();
    return tests;
  }

  async ask(order: Order): Promise<Answer> {
    const answer = this.#next();
    this.#send(order);
    return (await answer) as Answer;
  }

  async end(): Promise<void> {
    this.#send("end");
    await this.#run;
    await this.#vitest.close();
    this.#channel.close();
  }

  #send(message: ToWorker): void {
    this.#channel.postMessage(message);
  }

  #next(): Promise<FromWorker> {
    return new Promise((resolve) => {
      this.#channel.onmessage = ({ data }: { data: FromWorker }) => resolve(data);
    });
  }
}

const load = original.factory as (injector: unknown) => Original;

/** Read by Stryker. */
export const strykerPlugins = [
  {
    kind: original.kind,
    name: "resident",
    factory: Object.assign((injector: unknown) => new ResidentRunner(load(injector)), { inject: ["$injector"] }),
  },
];
