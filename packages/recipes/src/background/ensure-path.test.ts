import { connect, OPEN_ACL_UNSAFE, Permission, ZkError } from "@conclave/client";
import { systemClock, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { ensurePath } from "./ensure-path.js";

describeOnEachEnsemble("ensurePath", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());
  const tools = { clock: systemClock, random: systemRandom };

  it("creates all missing znodes as containers with the ACL, although replies are lost", async () => {
    const { zk, proxy } = await context.unstable();
    const path = `${context.newPath()}/a/b`;
    const acl = [...OPEN_ACL_UNSAFE, { permissions: Permission.READ, id: { scheme: "ip", id: "127.0.0.1" } }];
    const lost = proxy.loseReply("createContainer");
    await ensurePath(zk, path, { ...tools, acl });
    await lost;
    expect((await zk.getACL(path)).acl).toHaveLength(2);
    await ensurePath(zk, path, tools);
  });

  it("rejects when its signal aborts without a connection", async () => {
    const { zk, isolate, reaches } = await context.unstable();
    isolate();
    await reaches("suspended");
    const stop = new AbortController();
    const ensuring = ensurePath(zk, context.newPath(), { ...tools, signal: stop.signal });
    stop.abort();
    await expect(ensuring).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("is repeated after any number of lost attempts, with delays by its clock, until its signal aborts", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const clock = new TestClock();
    let failures = 12;
    const late = withMethods(zk, {
      create: (at, data, options) =>
        failures-- > 0
          ? Promise.reject(new ZkError("CONNECTION_LOSS", "lost", { outcome: "not-applied" }))
          : zk.create(at, data, options),
    });
    const stop = new AbortController();
    const ensured = ensurePath(late, path, { clock, random: systemRandom, signal: stop.signal });
    await eventually(() => {
      clock.advance(60_000);
      return failures < 0;
    });
    await ensured;
    expect([clock.delays.length, (await zk.exists(path)) !== null]).toEqual([12, true]);
    failures = 1;
    const aborted = expect(ensurePath(late, path, { clock, random: systemRandom, signal: stop.signal })).rejects;
    await eventually(() => clock.pending === 1);
    stop.abort();
    await aborted.toMatchObject({ code: "ABORTED" });
  });
});
