import { statSync } from "node:fs";
import { dirname } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Runs the test file named after the mutated source first, then those in its folder, then the others; small ones first. Most
 * mutants are killed there, and the first failure ends the run.
 */
export class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Stryker sets the mutated source as the one for which related tests are searched.
    const [mutated = ""] = this.ctx.config.related ?? [];
    const distance = ({ moduleId }: TestSpecification): number => {
      // The file that tries mutants on the tests that are loaded.
      if (!moduleId.endsWith(".test.ts")) return 3;
      if (moduleId === mutated.replace(/\.ts$/, ".test.ts")) return 0;
      return dirname(moduleId) === dirname(mutated) ? 1 : 2;
    };
    const ranked = files.map((file) => ({ file, distance: distance(file), size: statSync(file.moduleId).size }));
    return ranked.sort((a, b) => a.distance - b.distance || a.size - b.size).map(({ file }) => file);
  }
}
