import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take 20 seconds and more, the longest first. */
const LONG: readonly string[] = [
  "apps/demo/src/demo.test.ts",
  "tooling/packed/src/packed.test.ts",
  "packages/client/src/client.contract.test.ts",
  "tooling/simulation/src/seeds/",
  "packages/client/src/client-faults.contract.test.ts",
  "tooling/examples/src/documentation.test.ts",
  "apps/nest-reports/src/main.test.ts",
  "apps/bullmq-payouts/src/",
  "apps/express-cluster/src/page.test.ts",
  "packages/express/src/membership.contract.test.ts",
  "tooling/verification/src/recipe-chaos/",
  "tooling/simulation/src/",
  "packages/server/src/conformance.test.ts",
  "packages/recipes/src/leader-election/leader-election.contract.test.ts",
  "packages/cli/src/conclave-command.test.ts",
  "tooling/services/src/apache/apache-standalone.test.ts",
];

/**
 * Starts long files first, so that no worker is left with one of them at the end. Without results of an earlier run, Vitest
 * starts large files first, and the long ones are small.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((long) => moduleId.includes(`/${long}`));
      return at === -1 ? LONG.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
