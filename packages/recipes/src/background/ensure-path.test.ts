import { connect, OPEN_ACL_UNSAFE, Permission } from "@conclave/client";
import { systemClock, systemRandom } from "@conclave/runtime";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
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
});
