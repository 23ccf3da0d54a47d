import { expect, it } from "vitest";
import { LatestCall } from "./latest-call.js";

it("calls once for everything that became due while it worked, one call at a time", async () => {
  let looks = 0;
  let finish = (): void => {};
  const call = new LatestCall(() => {
    looks++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  call.due();
  call.due();
  await Promise.resolve();
  expect(looks).toBe(1);
  for (let i = 0; i < 3; i++) call.due();
  expect(looks).toBe(1);
  finish();
  await Promise.resolve();
  expect(looks).toBe(2);
  finish();
  await call.end();
  expect(looks).toBe(2);
});

it("makes no call after its end, and waits for the running one", async () => {
  let looks = 0;
  let finish = (): void => {};
  const call = new LatestCall(() => {
    looks++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  call.due();
  await Promise.resolve();
  call.due();
  const ended = call.end();
  finish();
  await ended;
  call.due();
  await call.end();
  expect(looks).toBe(1);
});
