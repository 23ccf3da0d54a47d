import { expect, it } from "vitest";
import { forEachSeed, SeedError } from "./seeds.js";

const env = {};

it("runs the body for the given number of seeds, from the first one on", async () => {
  const seen: number[] = [];
  await forEachSeed((_random, seed) => void seen.push(seed), { first: 7, count: 3, env });
  expect(seen).toEqual([7, 8, 9]);
});

it("gives the same random numbers for the same seed", async () => {
  const drawn: number[] = [];
  const draw = (random: { float(): number }): void => void drawn.push(random.float());
  await forEachSeed(draw, { first: 1, count: 2, env });
  await forEachSeed(draw, { first: 2, count: 1, env });
  expect(drawn[2]).toBe(drawn[1]);
  expect(drawn[0]).not.toBe(drawn[1]);
});

it("names the seed that failed and how to repeat it, and keeps the cause", async () => {
  const cause = new Error("no good");
  const run = forEachSeed(
    (_random, seed) => {
      if (seed === 8) throw cause;
    },
    { first: 7, count: 3, env },
  );
  const error = await run.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(SeedError);
  expect(error).toMatchObject({ seed: 8, cause });
  expect(String(error)).toMatch(/CONCLAVE_SEED=8.*no good/);
});

it("runs only the seed of the environment", async () => {
  const seen: number[] = [];
  await forEachSeed((_random, seed) => void seen.push(seed), { first: 7, env: { CONCLAVE_SEED: "42" } });
  expect(seen).toEqual([42]);
});

it("rejects a seed that is not a number", async () => {
  await expect(forEachSeed(() => {}, { env: { CONCLAVE_SEED: "x" } })).rejects.toThrow(TypeError);
});

it("uses other seeds in each run unless the first is given", async () => {
  const seen: number[] = [];
  for (let run = 0; run < 5; run++) await forEachSeed((_random, seed) => void seen.push(seed), { count: 1, env });
  expect(new Set(seen).size).toBeGreaterThan(1);
});
