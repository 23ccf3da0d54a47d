import { relative } from "node:path";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import "./provided.ts";

/** Number of files in the list. */
const SLOWEST = 10;
/** Smallest number of files of a run with a list; in a smaller run the times are next to the names. */
const LISTED_FROM = 20;

interface TimedFile {
  readonly path: string;
  readonly seconds: number;
}

/**
 * Prints `N passed, N failed` as the very last line of a run: each test counts, and each error outside of a test counts as
 * failed. Prints the slowest files, and the number of skipped tests by reason, before that line.
 */
export class PlainLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #reasons = new Map<string, number>();
  #files: readonly TimedFile[] = [];

  onInit(): void {
    // Other reporters, and vitest itself, print after the last event that a reporter receives.
    process.once("exit", (code) => process.stdout.write(this.#lines(code)));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#passed = 0;
    this.#failed = unhandledErrors.length;
    this.#skipped = 0;
    this.#reasons = new Map();
    this.#files = modules.map(timeOf);
    for (const module of modules) {
      this.#failed += module.errors().length;
      for (const suite of module.children.allSuites()) this.#failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") this.#passed++;
        else if (state === "failed") this.#failed++;
        else this.#skipped++;
        const { skippedBecause } = test.meta();
        if (skippedBecause !== undefined) {
          this.#reasons.set(skippedBecause, (this.#reasons.get(skippedBecause) ?? 0) + 1);
        }
      }
    }
  }

  #lines(code: number): string {
    // A run without tests can fail, too: by a wrong setting, or without a required service.
    const failed = code !== 0 && this.#failed === 0 ? 1 : this.#failed;
    const reasons = [...this.#reasons].map(([reason, count]) => `${count} skipped: ${reason}\n`);
    const skipped = this.#skipped > 0 ? `${this.#skipped} skipped in all\n` : "";
    return `\n${slowest(this.#files)}${reasons.join("")}${skipped}${this.#passed} passed, ${failed} failed\n`;
  }
}

/** Returns the time from the import of a file to the end of its last hook. */
function timeOf(module: TestModule): TimedFile {
  const { collectDuration, duration } = module.diagnostic();
  return { path: relative(process.cwd(), module.moduleId), seconds: (collectDuration + duration) / 1_000 };
}

/** Describes the slowest files of a run and their share of the time; empty for a run of few files. */
export function slowest(files: readonly TimedFile[]): string {
  if (files.length < LISTED_FROM) return "";
  const shown = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const sum = (some: readonly TimedFile[]): number => some.reduce((total, { seconds }) => total + seconds, 0);
  const share = Math.round((100 * sum(shown)) / sum(files));
  const head = `The slowest ${SLOWEST} of ${files.length} files take ${share} % of their time:\n`;
  return `${head}${shown.map(({ path, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${path}\n`).join("")}\n`;
}
