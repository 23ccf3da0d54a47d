import { CreateMode, connect } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { expect, it } from "vitest";
import { inCreationOrder } from "./creation-order.js";

describeOnEachEnsemble("the order in which children were created", (ensemble: EnsembleUnderTest) => {
  it("is read from the ensemble only when sequence numbers have overflowed", async () => {
    const proxy = await startFaultProxy({ target: ensemble.connectString().split(",")[0]! });
    await using zk = await connect(proxy.connectString);
    const root = await zk.create(`${ensemble.root}-`, null, { mode: CreateMode.PERSISTENT_SEQUENTIAL });
    const overflowed = [
      "_c_z-lock-2147483647",
      "_c_m-__READ__-2147483648",
      "_c_a-lock-2147483647",
      "_c_b-lock--2147483648",
    ];
    for (const name of overflowed) await zk.create(`${root}/${name}`);
    const before = proxy.traffic.requests;
    const others = ["_c_b-lock-0000000001", "_c_a-lock-0000000000", "_c_c-__READ__0000000002", "_c_d-lock-2147483646"];
    others.push("_c_2147483647-lock-0000000003", "_c_a-2147483647-lock-0000000004");
    expect(await inCreationOrder(zk, root, others)).toBe(others);
    expect(await inCreationOrder(zk, root, [overflowed[0]!, ...others])).toEqual([overflowed[0], ...others]);
    expect(proxy.traffic.requests).toBe(before);
    const [first, second] = overflowed;
    expect(await inCreationOrder(zk, root, [second!, ...others, first!])).toEqual([...others, first, second]);
    const deleted = "_c_gone-lock-2147483647";
    const all = [deleted, ...overflowed.toSorted(), ...others];
    expect(await inCreationOrder(zk, root, all)).toEqual([...others, ...overflowed]);
    await zk.close();
    await proxy.close();
  });
});
