import { CreateMode } from "@conclave/protocol";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";

describeOnEachEnsemble("updateServers", ({ connectString, root }) => {
  it("moves the session off a server that is not in the list, and loses no operation", async () => {
    const [target = ""] = connectString().split(",");
    await using one = await startFaultProxy({ target });
    await using two = await startFaultProxy({ target });
    await using zk = await connectForLong(one.connectString);
    const id = zk.sessionId;
    const parent = await zk.create(`${root}-`, null, { mode: CreateMode.PERSISTENT_SEQUENTIAL });
    const before = Array.from({ length: 50 }, (_, i) => zk.create(`${parent}/a${i}`));
    expect(zk.updateServers(two.connectString)).toBe(true);
    const after = Array.from({ length: 50 }, (_, i) => zk.create(`${parent}/b${i}`));
    await Promise.all([...before, ...after]);
    expect([zk.sessionId, one.connections, two.connections]).toEqual([id, 0, 1]);
    expect(zk.updateServers(two.connectString)).toBe(false);
  });

  it("rejects another chroot and an invalid connect string", async () => {
    await using zk = await connectForLong(connectString());
    expect(() => zk.updateServers(`${connectString()}/app`)).toThrow(TypeError);
    expect(() => zk.updateServers("")).toThrow(TypeError);
  });
});
