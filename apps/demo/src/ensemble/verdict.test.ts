import { expect, it } from "vitest";
import { type EnsembleRun, type ProbeWrite, verdict } from "./verdict.js";

const write = (
  number: number,
  begunAt: number,
  outcome: ProbeWrite["outcome"] = "acknowledged",
  ms = 10,
): ProbeWrite => ({
  ...{ number, begunAt, endedAt: begunAt + ms, outcome },
});

/** Server 3 is killed at 1,000 ms while write 1 is under way; server 2 leads at 1,300 ms. Write 1 was applied without an answer. */
const good: EnsembleRun = {
  failover: { killed: 3, killedAt: 1_000, next: 2, servedAt: 1_300 },
  writes: [write(0, 900), write(1, 995, "unknown"), write(2, 1_100, "not-applied"), write(3, 1_310)],
  views: Array.from({ length: 3 }, () => ["0-0000000000", "1-0000000001", "3-0000000002"]),
  limitMs: 4_000,
};

const holding = (run: EnsembleRun): Record<string, boolean> =>
  Object.fromEntries(verdict(run).map(({ name, holds }) => [name, holds]));

it("the verdict on the servers holds for a fail-over that loses no write, with its figures", () => {
  expect(holding(good)).toEqual({ "servers fail over": true, "no write lost or twice": true });
  const [failover, writes] = verdict(good);
  expect(failover!.because).toBe(
    "server.2 led 0.3 s after server.3, the leader, was killed; a client waited 0.4 s for its next write (allowed: 4.0 s)",
  );
  expect(writes!.because).toBe(
    "2 acknowledged writes, each once and in order on each of 3 servers; 1 write had no answer",
  );
});

const firstView = (...names: string[]): Partial<EnsembleRun> => ({ views: [names, ...good.views.slice(1)] });

it.each<[string, Partial<EnsembleRun>, string]>([
  ["the killed server led again", { failover: { ...good.failover, next: 3 } }, "servers fail over"],
  ["writes were interrupted for too long", { limitMs: 400 }, "servers fail over"],
  ["no write came before the kill", { writes: [write(3, 1_310)] }, "servers fail over"],
  ["no write came after the kill", { writes: [write(0, 900)] }, "servers fail over"],
  ["a server lacks an acknowledged write", firstView("1-0000000001", "3-0000000002"), "no write lost or twice"],
  ["a server has a write twice", firstView("0-0", "1-1", "1-2", "3-3"), "no write lost or twice"],
  ["a server has a refused write", firstView("0-0", "1-1", "2-2", "3-3"), "no write lost or twice"],
  ["a server has writes in another order", firstView("3-0", "1-1", "0-2"), "no write lost or twice"],
  ["the servers have different histories", firstView("0-0000000000", "3-0000000002"), "no write lost or twice"],
  ["there are no servers", { views: [] }, "no write lost or twice"],
])("the verdict on the servers fails if %s", (_title, change, name) => {
  expect(holding({ ...good, ...change })[name]).toBe(false);
});
