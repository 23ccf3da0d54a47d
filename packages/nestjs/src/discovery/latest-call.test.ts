import { expect, it } from "vitest";
import { LatestCall } from "./latest-call.js";

it("looks once for all that became due while it worked, one look at a time", async () => {
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

it("looks no more when it is ended, and waits for the look that is under way", async () => {
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
