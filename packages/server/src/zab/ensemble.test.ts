import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelEnsemble } from "../../test-support/zab/model-ensemble.js";

/** Takes one of the possible actions, by weight. */
function step(ensemble: ModelEnsemble, choice: number): void {
  const actions = ensemble.actions();
  let left = choice % actions.reduce((sum, { weight }) => sum + weight, 0);
  const action = actions.find(({ weight }) => {
    left -= weight;
    return left < 0;
  })!;
  ensemble.run(action, choice >>> 8);
}

describe("leaders and learners", () => {
  it.each([
    ["", false],
    ["reconfigurations, ", true],
  ])(
    "keep every committed record, in any order of messages, disk operations, %selections and power losses",
    (_, reconfigEnabled) => {
      const reached = { epochs: 0, committed: 0, diff: 0, trunc: 0, snap: 0, reconfigurations: 0 };
      const choices = fc.array(fc.nat(0xffff_ffff), { minLength: 300, maxLength: 600, size: "max" });
      fc.assert(
        fc.property(choices, (chosen) => {
          const ensemble = new ModelEnsemble(reconfigEnabled);
          try {
            for (const choice of chosen) step(ensemble, choice);
          } catch (error) {
            throw new Error(`${error instanceof Error ? error.message : error}\n${ensemble.trace.join("\n")}`);
          }
          const { invariants, modes, reconfigurations } = ensemble;
          reached.epochs += invariants.epochs;
          reached.committed += invariants.committed.length;
          reached.reconfigurations += reconfigurations;
          for (const mode of ["diff", "trunc", "snap"] as const) reached[mode] += modes[mode];
        }),
        // A shorter list of choices is another run, so shrinking finds nothing simpler.
        { numRuns: 300, endOnFailure: true },
      );
      const { reconfigurations, ...others } = reached;
      for (const [what, count] of Object.entries(others)) expect(count, what).toBeGreaterThan(50);
      expect(reconfigurations > 0).toBe(reconfigEnabled);
    },
  );
});
