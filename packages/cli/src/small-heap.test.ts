import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MIB = 1024 * 1024;
const SMALL_BYTES = 8 * MIB;

/** How large a semi-space becomes in a process in which a load of objects comes and goes: until it is large, or for long. */
async function semiSpaceUnderLoad(given: readonly string[]): Promise<number> {
  const script = `
    import { setImmediate as turn } from "node:timers/promises";
    import { getHeapSpaceStatistics } from "node:v8";
    import { keepHeapSmall } from ${JSON.stringify(new URL("small-heap.ts", import.meta.url).href)};
    keepHeapSmall(${JSON.stringify(given)});
    const kept = [];
    let largest = 0;
    for (let i = 0; i < 5_000 && largest <= ${SMALL_BYTES}; i++) {
      kept[i % 100] = Array.from({ length: 1_000 }, (_, at) => ({ at }));
      await turn();
      const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      largest = Math.max(largest, space.space_used_size + space.space_available_size);
    }
    console.log(largest);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return Number(stdout);
}

it("the young generation of a server stays small under load", async () => {
  expect(await semiSpaceUnderLoad([])).toBeLessThan(SMALL_BYTES);
});

it.each(["--max_semi_space_size=64", "--enable-source-maps --max-semi-space-size=64"])(
  "the young generation has the size that %j sets",
  async (given) => {
    expect(await semiSpaceUnderLoad([given])).toBeGreaterThan(SMALL_BYTES);
  },
);

/** Whether Maglev compiles a function that it is asked to compile. */
async function compilesWithMaglev(given: readonly string[]): Promise<boolean> {
  const script = `
    import { setFlagsFromString } from "node:v8";
    import { runInThisContext } from "node:vm";
    import { keepHeapSmall } from ${JSON.stringify(new URL("small-heap.ts", import.meta.url).href)};
    keepHeapSmall(${JSON.stringify(given)});
    setFlagsFromString("--allow-natives-syntax");
    console.log(runInThisContext(\`
      const increment = (value) => value + 1;
      %PrepareFunctionForOptimization(increment);
      increment(1);
      %OptimizeMaglevOnNextCall(increment);
      increment(2);
      %ActiveTierIsMaglev(increment);
    \`));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return stdout.trim() === "true";
}

it("a server runs without Maglev", async () => {
  expect(await compilesWithMaglev([])).toBe(false);
});

it("a server runs with Maglev if --maglev asks for it", async () => {
  expect(await compilesWithMaglev(["--maglev"])).toBe(true);
});
