import { eventually } from "@conclave/testing";
import { expect, it } from "vitest";
import { knewBefore } from "./knew-before.ts";

function standStill(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

it("who learns of the loss in time has known before", async () => {
  const next = turn();
  expect(await knewBefore(AbortSignal.abort(), next)).toBe(true);
});

it("who does not has not, in a process that does not stand still", async () => {
  // One that did is waited for, and has known at last.
  await eventually(async () => !(await knewBefore(AbortSignal.timeout(1_000), turn())));
});

it("a process that stood still may learn both in any order, but must learn of the loss", async () => {
  const late = new AbortController();
  const next = turn().then(() => standStill(20));
  const knew = knewBefore(late.signal, next);
  await next;
  await turn();
  late.abort();
  expect(await knew).toBe(true);
});
