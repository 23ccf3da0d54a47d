import { describe, expect, it } from "vitest";
import { type MembershipOptions, resolveMembership } from "./membership-options.js";

const resolve = (more: object) => resolveMembership({ servers: "a:1", group: "web", ...more } as MembershipOptions);

describe("the options of a membership", () => {
  it("get their defaults in a copy, and the caller's object is not changed", () => {
    const metadata = { pid: "7" };
    const resolved = resolve({ metadata, url: "http://a.example/" });
    expect(resolved).toMatchObject({
      routes: "/cluster",
      url: "http://a.example",
      onSuspended: "revoke",
      maxHops: 2,
      proxyTimeoutMs: 30_000,
      drainDelayMs: 5_000,
      closeTimeoutMs: 10_000,
      heartbeatMs: 15_000,
      metadata,
    });
    expect(Object.isFrozen(resolved) && !Object.isFrozen(metadata)).toBe(true);
    expect(resolve({ routes: false }).routes).toBeUndefined();
  });

  it.each([
    [{ group: "" }, "needs the option group"],
    [{ servers: undefined }, "one of the options servers"],
    [{ client: {} }, "one of the options servers"],
    [{ id: "a/b" }, "cannot be the id"],
    [{ id: "a b" }, "cannot be the id"],
    [{ id: "ä" }, "cannot be the id"],
    [{ id: ".." }, "cannot be the id"],
    [{ url: "a.example" }, "cannot be the URL"],
    [{ routes: "/" }, "routes must be a path"],
    [{ routes: "/a/" }, "routes must be a path"],
    [{ onSuspended: "hope" }, "onSuspended"],
    [{ metadata: { a: 1 } }, "metadata"],
    [{ maxHops: -1 }, "maxHops"],
    [{ drainDelayMs: 0.5 }, "drainDelayMs"],
    [{ heartbeatMs: 0 }, "heartbeatMs must be a whole number, 1 or more"],
  ])("are rejected when they are %j", (more, message) => {
    expect(() => resolve(more)).toThrow(message);
  });
});
