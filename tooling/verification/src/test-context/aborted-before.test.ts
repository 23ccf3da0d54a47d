import { eventually } from "@conclave/testing";
import { expect, it } from "vitest";
import { abortedBefore } from "./aborted-before.ts";

function stall(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

it("a signal that has aborted in time counts as aborted before", async () => {
  const next = turn();
  expect(await abortedBefore(AbortSignal.abort(), next)).toBe(true);
});

it("a signal that aborts later does not, in a process without a stall", async () => {
  // Repeated, because a stall makes it wait for the abort.
  await eventually(async () => !(await abortedBefore(AbortSignal.timeout(1_000), turn())));
});

it("after a stall the abort may come after the next grant, and is awaited", async () => {
  const late = new AbortController();
  const next = turn().then(() => stall(20));
  const abortedFirst = abortedBefore(late.signal, next);
  await next;
  await turn();
  late.abort();
  expect(await abortedFirst).toBe(true);
});
