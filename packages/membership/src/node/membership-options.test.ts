import { describe, expect, it } from "vitest";
import { type MembershipOptions, resolveMembership } from "./membership-options.js";

const resolve = (more: object) => resolveMembership({ servers: "a:1", group: "web", ...more } as MembershipOptions);

describe("the options of a membership", () => {
  it("have defaults, and are left as they are", () => {
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
    [{ servers: undefined }, "either servers"],
    [{ client: {} }, "either servers"],
    [{ id: "a/b" }, "cannot be the id"],
    [{ id: "a b" }, "cannot be the id"],
    [{ id: "ä" }, "cannot be the id"],
    [{ id: ".." }, "cannot be the id"],
    [{ url: "a.example" }, "cannot be the URL"],
    [{ routes: "/" }, "routes is a path"],
    [{ routes: "/a/" }, "routes is a path"],
    [{ onSuspended: "hope" }, "onSuspended"],
    [{ metadata: { a: 1 } }, "metadata"],
    [{ maxHops: -1 }, "maxHops"],
    [{ drainDelayMs: 0.5 }, "drainDelayMs"],
    [{ heartbeatMs: 0 }, "heartbeatMs is a whole number, 1 or more"],
  ])("are refused when they are %j", (more, message) => {
    expect(() => resolve(more)).toThrow(message);
  });
});
