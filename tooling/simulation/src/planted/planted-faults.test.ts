import { describe, expect, it } from "vitest";
import { simulateSoon } from "../run/simulate.ts";
import { PLANTED_FAULTS, type PlantedFault } from "./planted-faults.ts";

const SEEDS = 30;

/** Returns the first violation that a planted fault leads to, over some seeds. */
async function violationOf({ tamper }: PlantedFault): Promise<string> {
  for (let seed = 0; seed < SEEDS; seed++) {
    try {
      await simulateSoon({ seed, faults: 12, tamper });
    } catch (error) {
      return (error as Error).message;
    }
  }
  return `none in ${SEEDS} seeds`;
}

describe("the checks of a simulation find", () => {
  it.each(Object.entries(PLANTED_FAULTS))("%s", async (_, fault) => {
    expect(await violationOf(fault)).toMatch(fault.violation);
  });
});
