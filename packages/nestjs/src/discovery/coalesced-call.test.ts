import { expect, it } from "vitest";
import { CoalescedCall } from "./coalesced-call.js";

it("a coalesced call runs once for all requests that arrive while it works, one run at a time", async () => {
  let calls = 0;
  let finish = (): void => {};
  const call = new CoalescedCall(() => {
    calls++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  call.request();
  call.request();
  await Promise.resolve();
  expect(calls).toBe(1);
  for (let i = 0; i < 3; i++) call.request();
  expect(calls).toBe(1);
  finish();
  await Promise.resolve();
  expect(calls).toBe(2);
  finish();
  await call.stop();
  expect(calls).toBe(2);
});

it("a coalesced call does not run after it was stopped, and its stop waits for the current run", async () => {
  let calls = 0;
  let finish = (): void => {};
  const call = new CoalescedCall(() => {
    calls++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  call.request();
  await Promise.resolve();
  call.request();
  const stopped = call.stop();
  finish();
  await stopped;
  call.request();
  await call.stop();
  expect(calls).toBe(1);
});
