import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MIB = 1024 * 1024;

/** How large the young generation becomes in a process in which a load of objects comes and goes. */
async function youngGenerationUnderLoad(given: readonly string[]): Promise<number> {
  const script = `
    import { setImmediate as turn } from "node:timers/promises";
    import { getHeapSpaceStatistics } from "node:v8";
    import { keepHeapSmall } from ${JSON.stringify(new URL("small-heap.ts", import.meta.url).href)};
    keepHeapSmall(${JSON.stringify(given)});
    const kept = [];
    let largest = 0;
    for (let i = 0; i < 1_000; i++) {
      kept[i % 100] = Array.from({ length: 1_000 }, (_, at) => ({ at }));
      await turn();
      largest = Math.max(largest, getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size);
    }
    console.log(largest);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return Number(stdout);
}

it("the young generation of a server stays small under load", async () => {
  expect(await youngGenerationUnderLoad([])).toBeLessThanOrEqual(8 * MIB);
});

it.each(["--max_semi_space_size=64", "--enable-source-maps --max-semi-space-size=64"])(
  "whoever chose its size by %j has it",
  async (given) => {
    expect(await youngGenerationUnderLoad([given])).toBeGreaterThan(8 * MIB);
  },
);
