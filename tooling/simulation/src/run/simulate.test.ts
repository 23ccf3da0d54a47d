import { expect, it, vi } from "vitest";
import { simulate, simulateSoon } from "./simulate.ts";

it("a seed gives the same run each time, event by event", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const first = await simulateSoon({ seed, faults: 12 });
    expect(await simulateSoon({ seed, faults: 12 })).toEqual(first);
  }
});

it("collecting the events of a run does not change it", async () => {
  const lines: string[] = [];
  const quiet = await simulateSoon({ seed: 7, faults: 12 });
  const traced = await simulateSoon({
    seed: 7,
    faults: 12,
    onLine: (_, source, text) => lines.push(`${source} ${text}`),
  });
  expect(traced).toEqual(quiet);
  expect(lines.filter((line) => line.startsWith("fault "))).toHaveLength(12);
});

it("a run uses no clock, timer or random number of the machine", async () => {
  const calls = await new Promise<number[]>((resolve, reject) => {
    setImmediate(() => {
      const forbidden = [
        vi.spyOn(Date, "now"),
        vi.spyOn(Math, "random"),
        vi.spyOn(performance, "now"),
        vi.spyOn(globalThis, "setTimeout"),
        vi.spyOn(globalThis, "setImmediate"),
        vi.spyOn(process, "nextTick"),
      ];
      try {
        simulate({ seed: 8, faults: 12 });
        resolve(forbidden.map(({ mock }) => mock.calls.length));
      } catch (error) {
        reject(error);
      } finally {
        vi.restoreAllMocks();
      }
    });
  });
  expect(calls).toEqual([0, 0, 0, 0, 0, 0]);
});
