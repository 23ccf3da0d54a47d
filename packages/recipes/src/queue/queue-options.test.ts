import { textCodec } from "@conclave/client";
import { expect, it } from "vitest";
import { QueueFullError } from "./queue-full-error.js";
import { type QueueOptions, resolveQueue } from "./queue-options.js";

it("a queue holds 10,000 items, delivers them without a limit and gives them up with the connection by default", () => {
  const resolved = resolveQueue({ name: "mails", codec: textCodec });
  expect(resolved).toMatchObject({
    ...{ path: "/conclave/queues/mails", label: "mails", codec: textCodec },
    ...{ maxLength: 10_000, maxDeliveries: Number.POSITIVE_INFINITY, onSuspended: "revoke" },
  });
  expect(Object.isFrozen(resolved)).toBe(true);
});

it("a queue takes its limits and its policy from its options", () => {
  const options = { path: "/q", codec: textCodec, maxLength: 1, maxDeliveries: 2, onSuspended: "keep" } as const;
  expect(resolveQueue(options)).toMatchObject({ maxLength: 1, maxDeliveries: 2, onSuspended: "keep" });
});

it.each(["maxLength", "maxDeliveries"])("a queue rejects a %s below 1 with a TypeError that names it", (name) => {
  for (const value of [0, Number.NaN]) {
    const options = { path: "/q", codec: textCodec, [name]: value } as QueueOptions<string>;
    expect(() => resolveQueue(options)).toThrow(new TypeError(`${name} must be 1 or more, not ${value}`));
  }
});

it("a queue rejects an invalid path with a TypeError", () => {
  const options = { path: "q", codec: textCodec };
  expect(() => resolveQueue(options)).toThrow(new TypeError('"q" cannot be the path of a queue'));
});

it("a QueueFullError names the queue and its length, and is recognized across copies of the package", () => {
  const error = new QueueFullError("the queue mails", 10, 9);
  expect(error).toMatchObject({
    name: "QueueFullError",
    message: expect.stringContaining("the queue mails is full: 10"),
  });
  const foreign: unknown = { [Symbol.for("conclave.QueueFullError")]: true };
  for (const value of [error, foreign]) expect(value instanceof QueueFullError).toBe(true);
  for (const value of [new Error("other"), null, undefined, "text", () => {}]) {
    expect((value as unknown) instanceof QueueFullError).toBe(false);
  }
});
