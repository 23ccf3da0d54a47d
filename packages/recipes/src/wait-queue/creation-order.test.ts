import { connect } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { expect, it } from "vitest";
import { inCreationOrder } from "./creation-order.js";

describeOnEachEnsemble("the order of creation", (ensemble: EnsembleUnderTest) => {
  it("is read from the ensemble only when sequence numbers have overflowed", async () => {
    const proxy = await startFaultProxy({ target: ensemble.connectString().split(",")[0]! });
    await using zk = await connect(proxy.connectString);
    await zk.create(ensemble.root);
    const worn = ["_c_z-lock-2147483647", "_c_m-__READ__-2147483648", "_c_a-lock-2147483647", "_c_b-lock--2147483648"];
    for (const name of worn) await zk.create(`${ensemble.root}/${name}`);
    const before = proxy.traffic.requests;
    const young = ["_c_b-lock-0000000001", "_c_a-lock-0000000000", "_c_c-__READ__0000000002", "_c_d-lock-2147483646"];
    expect(await inCreationOrder(zk, ensemble.root, young)).toBe(young);
    expect(proxy.traffic.requests).toBe(before);
    const gone = "_c_gone-lock-2147483647";
    const all = [gone, ...worn.toSorted(), ...young];
    expect(await inCreationOrder(zk, ensemble.root, all)).toEqual([...young, ...worn]);
    await zk.close();
    await proxy.close();
  });
});
