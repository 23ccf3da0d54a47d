import { connect } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { CombinedGrant } from "./combined-grant.js";
import type { GrantLostCode } from "./grant-lost-error.js";
import { type GrantParameters, HeldGrant } from "./held-grant.js";
import { runUnderGrant } from "./run-under-grant.js";

/** A grant whose deletions of the znode are recorded in `deleted`. */
const grantOf = (parameters: Partial<GrantParameters> = {}, deleted: string[] = []): HeldGrant =>
  new HeldGrant({
    ...{ zk: { state: "connected" }, what: "the lock a", path: "/a", fencingToken: 1n },
    deleteZnode: async () => void deleted.push(parameters.path ?? "/a"),
    ...parameters,
  });

describe("a grant", () => {
  it.each<[GrantLostCode, RegExp]>([
    ["RELEASED", /^the lock a was released$/],
    ["SUSPENDED", /^the lock a .*the connection was lost/],
    ["EXPIRED", /^the lock a .*the session expired$/],
    ["CLOSED", /^the lock a .*the client was closed$/],
    ["GONE", /^the lock a .*its znode was deleted or changed by another client$/],
    ["REFUSED", /^the lock a .*Grant READ to all participants in its acl$/],
  ])(
    "that ends with the code %s aborts its signal with an error that names the right and the reason",
    (code, message) => {
      const grant = grantOf();
      expect(grant.signal.aborted).toBe(false);
      const cause = new Error("no auth");
      grant.end(code, cause);
      expect(grant.signal.reason).toMatchObject({ code, message: expect.stringMatching(message), cause });
    },
  );

  it("keeps the first reason for its end", () => {
    const grant = grantOf();
    grant.end("SUSPENDED");
    grant.end("GONE");
    expect(grant.signal.reason).toMatchObject({ code: "SUSPENDED" });
  });

  it("has ended with the reason EXPIRED when the client's state is expired, whichever reason is given", () => {
    const zk: { state: GrantParameters["zk"]["state"] } = { state: "suspended" };
    const [read, ended] = [grantOf({ zk }), grantOf({ zk })];
    expect(read.signal.aborted).toBe(false);
    zk.state = "expired";
    ended.end("GONE");
    for (const { signal } of [read, ended]) expect(signal.reason).toMatchObject({ code: "EXPIRED" });
  });

  it("deletes its znode when it is released or leaves a scope, but not when it is lost", async () => {
    const deleted: string[] = [];
    const released = grantOf({ path: "/released" }, deleted);
    const lost = grantOf({ path: "/lost" }, deleted);
    lost.end("GONE");
    await released.release();
    expect(released.signal.reason).toMatchObject({ code: "RELEASED" });
    {
      await using _scoped = grantOf({ path: "/scoped" }, deleted);
    }
    expect(deleted).toEqual(["/released", "/scoped"]);
  });
});

describe("a combined grant", () => {
  it("has the largest token of its grants", () => {
    const tokens = [3n, 9n, 5n];
    expect(new CombinedGrant(tokens.map((fencingToken) => grantOf({ fencingToken }))).fencingToken).toBe(9n);
  });

  it("is lost with the reason of the first lost grant, and releases all, the last one first", () => {
    const deleted: string[] = [];
    const grants = ["/a", "/b", "/c"].map((path) => grantOf({ path }, deleted));
    const combined = new CombinedGrant(grants);
    expect(combined.signal.aborted).toBe(false);
    grants[1]!.end("GONE");
    expect(combined.signal.reason).toMatchObject({ code: "GONE" });
    expect(deleted).toEqual(["/c", "/b", "/a"]);
    expect(grants[2]!.signal.reason).toMatchObject({ code: "RELEASED" });
  });

  it("has ended when it is read after the session of one of its grants has expired", () => {
    const zk: { state: GrantParameters["zk"]["state"] } = { state: "connected" };
    const combined = new CombinedGrant([grantOf(), grantOf({ zk })]);
    zk.state = "expired";
    expect(combined.signal.aborted).toBe(true);
  });

  it("is released when it leaves a scope", async () => {
    const deleted: string[] = [];
    {
      await using _combined = new CombinedGrant(["/a", "/b"].map((path) => grantOf({ path }, deleted)));
    }
    expect(deleted.slice(0, 2)).toEqual(["/b", "/a"]);
  });
});

describe("a run under a grant", () => {
  it("resolves with the result of the task, and releases the grant after the task", async () => {
    const steps: string[] = [];
    const result = await runUnderGrant(
      async () => grantOf({ path: "released" }, steps),
      async (grant) => {
        steps.push(grant.path, `${grant.signal.aborted}`);
        return "done";
      },
    );
    expect([result, steps]).toEqual(["done", ["released", "false", "released"]]);
  });

  it("releases the grant when the task throws", async () => {
    const deleted: string[] = [];
    const failing = runUnderGrant(
      async () => grantOf({}, deleted),
      () => {
        throw new Error("no disk");
      },
    );
    await expect(failing).rejects.toThrow("no disk");
    expect(deleted).toEqual(["/a"]);
  });

  it("acquires again when the grant has ended before the task starts", async () => {
    const deleted: string[] = [];
    const grants = ["/first", "/second"].map((path) => grantOf({ path }, deleted));
    grants[0]!.end("EXPIRED");
    const ran: string[] = [];
    await runUnderGrant(
      async () => grants.shift()!,
      ({ path }) => void ran.push(path),
    );
    expect([ran, deleted]).toEqual([["/second"], ["/first", "/second"]]);
  });
});

describeOnEachEnsemble("a guarded transaction", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("commits only while the znode of each grant exists at its version", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    for (const name of ["a", "b"]) await zk.create(`${path}/${name}`);
    const combined = new CombinedGrant([
      grantOf({ zk, path: `${path}/a`, version: 0 }),
      grantOf({ zk, path: `${path}/b`, version: undefined }),
    ]);
    const commit = (): Promise<unknown> => combined.guard(zk.transaction()).setData(path, "guarded").commit();
    await zk.setData(`${path}/b`, "changed");
    await commit();
    await zk.setData(`${path}/a`, "changed");
    await expect(commit()).rejects.toMatchObject({ code: "BAD_VERSION" });
    await zk.delete(`${path}/a`);
    await zk.create(`${path}/a`);
    await commit();
    await zk.delete(`${path}/b`);
    await expect(commit()).rejects.toMatchObject({ code: "NO_NODE" });
  });
});
