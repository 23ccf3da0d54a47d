import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Projects with files that take the longest, up to a minute and a half. */
const LONG: ReadonlySet<string> = new Set([
  ...["demo", "packed", "simulation", "examples", "nest-reports", "bullmq-payouts"],
]);

/**
 * Starts long files first, so that no worker is left with one of them at the end. Without results of an earlier run, Vitest
 * starts large files first, and the long ones are small.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ project }: TestSpecification): boolean => LONG.has(project.name);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
