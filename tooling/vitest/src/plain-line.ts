import type { Reporter, SerializedError, TestModule } from "vitest/node";
import "./provided.ts";

/**
 * Prints `N passed, N failed` alone as the very last line of a run: each test counts, and each error outside a test counts
 * as failed. Above it, how many tests were skipped, and why those that could not run on this machine.
 */
export class PlainLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #reasons = new Map<string, number>();

  onInit(): void {
    // Other reporters, and vitest itself, print after the last event that a reporter is told.
    process.once("exit", (code) => process.stdout.write(this.#lines(code)));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#passed = 0;
    this.#failed = unhandledErrors.length;
    this.#skipped = 0;
    this.#reasons = new Map();
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
    // A run can end before a single test does: a wrong setting, a service that is required and missing.
    const failed = code !== 0 && this.#failed === 0 ? 1 : this.#failed;
    const reasons = [...this.#reasons].map(([reason, count]) => `${count} skipped: ${reason}\n`);
    const skipped = this.#skipped > 0 ? `${this.#skipped} skipped in all\n` : "";
    return `\n${reasons.join("")}${skipped}${this.#passed} passed, ${failed} failed\n`;
  }
}
