import { connect, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { nominate, readNomination, withdrawNomination } from "./nomination.js";

const [first, second] = ["_c_a-latch-0000000000", "_c_b-latch-0000000001"] as const;

describeOnEachEnsemble("a nomination", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Creates an election with the candidates a and b. */
  const electionOf = async (zk: ZooKeeper): Promise<string> => {
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/${first}`, "a");
    await zk.create(`${path}/${second}`, "b");
    return path;
  };

  it("is read with the queue, and counts only while the nominee is in the queue", async () => {
    const zk = await context.client();
    const path = await electionOf(zk);
    const children = [first, second];
    const read = async () => {
      const { children: names, nominee } = await readNomination(zk, path);
      return [names.toSorted(), nominee];
    };
    expect(await read()).toEqual([children, undefined]);
    await nominate(zk, path, "b", first);
    expect(await read()).toEqual([children, second]);
    for (const data of [`next: ${second}x`, `next: ${second}/x`, `the next: ${second}`, "next: ", second]) {
      await zk.setData(path, data);
      expect([data, await read()]).toEqual([data, [children, undefined]]);
    }
  });

  it("is read by one request if there is none, and by two if there is one", async () => {
    const { zk, proxy } = await context.unstable();
    const path = await electionOf(zk);
    const requests = async (): Promise<number> => {
      const before = proxy.traffic.requests;
      await readNomination(zk, path);
      return proxy.traffic.requests - before;
    };
    expect(await requests()).toBe(1);
    await nominate(zk, path, "b", first);
    expect(await requests()).toBe(2);
  });

  it("rejects an id that no other candidate has, with the ids of the waiting ones", async () => {
    const zk = await context.client();
    const path = await electionOf(zk);
    const message = `no participant called c waits in the election at ${path}; waiting: b`;
    await expect(nominate(zk, path, "c", first)).rejects.toThrow(new TypeError(message));
    await expect(nominate(zk, path, "a", first)).rejects.toThrow("no participant called a waits");
    await zk.create(`${path}/_c_c-latch-0000000002`, "d");
    await expect(nominate(zk, path, "c", first)).rejects.toThrow("waiting: b, d");
    await zk.delete(`${path}/${second}`);
    await zk.delete(`${path}/_c_c-latch-0000000002`);
    await expect(nominate(zk, path, "b", first)).rejects.toThrow("waiting: none");
  });

  it("finds a candidate that its server has not applied yet", async () => {
    const { zk, proxy } = await context.unstable();
    const path = await electionOf(zk);
    const { requests } = proxy.traffic;
    await nominate(zk, path, "b", first);
    // sync, the list, both candidates, and the write.
    expect(proxy.traffic.requests - requests).toBe(5);
  });

  it("is withdrawn by its nominee, and not by another leader", async () => {
    const zk = await context.client();
    const path = await electionOf(zk);
    await nominate(zk, path, "b", first);
    withdrawNomination(zk, path, first, silentLogger);
    await settled(zk);
    expect((await readNomination(zk, path)).nominee).toBe(second);
    withdrawNomination(zk, path, second, silentLogger);
    await eventually(async () => (await zk.getData(path)).data === null);
  });

  it("is not withdrawn when a later one has replaced it", async () => {
    const zk = await context.client();
    const path = await electionOf(zk);
    await nominate(zk, path, "b", first);
    withdrawNomination(zk, path, second, silentLogger);
    await zk.setData(path, `next: ${first}`);
    await settled(zk);
    expect((await readNomination(zk, path)).nominee).toBe(first);
  });

  it("that cannot be withdrawn is logged, unless that is harmless", async () => {
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, debug: (message, fields) => void logged.push([message, fields]) };
    const zk = await context.client();
    withdrawNomination(zk, context.newPath(), first, logger);
    await settled(zk);
    expect(logged).toEqual([]);
    await zk.close();
    withdrawNomination(zk, "/closed", first, logger);
    await eventually(() => logged.length > 0);
    expect(logged).toEqual([
      ["removing the nomination at /closed failed", { error: expect.objectContaining({ code: "CLOSED" }) }],
    ]);
  });
});
