import { CreateMode, connect, Permission } from "@conclave/client";
import { type Logger, silentLogger, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { setObeyedACL } from "../../test-support/obeyed-acl.js";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import {
  cleanUpForSure,
  type DeletionTools,
  deleteForSure,
  deleteOwnForSure,
  deleteWatchedForSure,
} from "./guaranteed-delete.js";

describeOnEachEnsemble("a guaranteed deletion", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());
  /** Dependencies of a deletion; no timer fires unless the test advances the clock. */
  const toolsOf = () => ({ logger: silentLogger, random: systemRandom, clock: new TestClock() });

  it("resolves at once without a connection, and deletes the znode after the reconnection", async () => {
    const { zk, isolate, accept, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path);
    isolate();
    await reaches("suspended");
    await deleteForSure(path, { ...toolsOf(), zk });
    accept();
    await eventually(async () => (await other.exists(path)) === null);
  });

  it("resolves when the connection is lost, and is repeated without a delay after the reconnection", async () => {
    const { zk, proxy, accept, isolate, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path);
    await zk.sync(path);
    const tools = toolsOf();
    const lost = proxy.loseRequest("delete");
    const deleting = deleteForSure(path, { ...tools, zk });
    await lost;
    isolate();
    await reaches("suspended");
    await deleting;
    accept();
    await eventually(async () => (await other.exists(path)) === null);
    expect(tools.clock.delays).toEqual([]);
  });

  it("is not repeated in the next session, in which the znode may be that of another client", async () => {
    const { zk, isolate, accept, expire, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path);
    isolate();
    await reaches("suspended");
    const tools = toolsOf();
    await deleteForSure(path, { ...tools, zk });
    await expire();
    accept();
    await reaches("connected");
    await settled(zk);
    expect([await other.exists(path), tools.clock.delays]).toEqual([expect.anything(), []]);
  });

  it("is repeated with increasing delays while the ensemble rejects it, and logs each of them", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    const permissions = Permission.READ | Permission.CREATE | Permission.ADMIN;
    await zk.create(parent, null, { acl: [{ permissions, id: { scheme: "world", id: "anyone" } }] });
    await zk.create(`${parent}/node`);
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) };
    const tools = { ...toolsOf(), logger, random: { ...systemRandom, float: () => 0 } };
    const { clock } = tools;
    await deleteForSure(`${parent}/node`, { ...tools, zk });
    await eventually(() => clock.pending === 1);
    clock.advance(100);
    await eventually(() => clock.delays.length === 2);
    expect(clock.delays).toEqual([100, 200]);
    expect(warnings).toEqual(
      [100, 200].map((delayMs) => [
        `delete ${parent}/node failed; retrying`,
        { error: expect.objectContaining({ code: "NO_AUTH" }), delayMs },
      ]),
    );
    await setObeyedACL(zk, parent, Permission.ALL);
    clock.advance(200);
    await eventually(async () => (await zk.exists(`${parent}/node`)) === null);
    await settled(zk);
    expect([clock.pending, clock.delays.length]).toEqual([0, 2]);
  });

  it("of an own znode deletes only an ephemeral of this session with the given czxid", async () => {
    const zk = await context.client();
    const other = await context.client();
    const [persistent, foreign, own] = [context.newPath(), context.newPath(), context.newPath()];
    await zk.create(persistent);
    await other.create(foreign, null, { mode: CreateMode.EPHEMERAL });
    const { stat } = await zk.create2(own, null, { mode: CreateMode.EPHEMERAL });
    await zk.sync("/");
    const tools = { ...toolsOf(), zk };
    for (const path of [persistent, foreign]) await deleteOwnForSure(path, tools);
    await deleteOwnForSure(own, tools, stat.czxid - 1n);
    await deleteOwnForSure(context.newPath(), tools);
    for (const path of [persistent, foreign, own]) expect(await zk.exists(path)).not.toBe(null);
    await deleteOwnForSure(own, tools, stat.czxid);
    expect([await zk.exists(own), tools.clock.delays]).toEqual([null, []]);
  });

  it("of a watched znode deletes it by one request at its version, and resolves if it does not exist", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    await zk.create(path);
    const { requests } = proxy.traffic;
    const tools = { ...toolsOf(), zk };
    for (let call = 0; call < 2; call++) await deleteWatchedForSure(path, 0, tools);
    expect([proxy.traffic.requests - requests, tools.clock.delays]).toEqual([2, []]);
    expect(await zk.exists(path)).toBe(null);
  });

  it("of a watched znode leaves a later znode of another owner after the reply was lost", async () => {
    const { zk, proxy, isolate, accept, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await zk.create(path, null, { mode: CreateMode.EPHEMERAL });
    const lost = proxy.loseReply("delete");
    const deleting = deleteWatchedForSure(path, 0, { ...toolsOf(), zk });
    await lost;
    isolate();
    await reaches("suspended");
    await deleting;
    await other.create(path);
    accept();
    await reaches("connected");
    await settled(zk);
    expect(await other.exists(path)).not.toBe(null);
  });

  it("of znodes that do not exist is done after one attempt", async () => {
    const zk = await context.client();
    const tools = { ...toolsOf(), zk };
    await deleteForSure(context.newPath(), tools);
    await deleteOwnForSure(context.newPath(), tools);
    await cleanUpForSure(context.newPath(), "_c_", tools);
    expect(tools.clock.delays).toEqual([]);
  });

  it.each<[name: string, what: string, deletion: (parent: string, tools: DeletionTools) => Promise<void>]>([
    ["deleteWatchedForSure", "delete %/node", (parent, tools) => deleteWatchedForSure(`${parent}/node`, 0, tools)],
    ["deleteOwnForSure", "delete %/node", (parent, tools) => deleteOwnForSure(`${parent}/node`, tools)],
    ["cleanUpForSure", "delete %/no*", (parent, tools) => cleanUpForSure(parent, "no", tools)],
  ])("by %s is repeated when the ensemble rejects it, and named in the log", async (name, what, deletion) => {
    const zk = await context.client();
    const parent = context.newPath();
    const permissions = Permission.CREATE | (name === "cleanUpForSure" ? 0 : Permission.READ);
    await zk.create(parent, null, { acl: [{ permissions, id: { scheme: "world", id: "anyone" } }] });
    await zk.create(`${parent}/node`, null, { mode: CreateMode.EPHEMERAL });
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    await deletion(parent, { ...toolsOf(), logger, zk });
    await eventually(() => warnings.length === 1);
    expect(warnings).toEqual([`${what.replace("%", parent)} failed; retrying`]);
  });

  it("waits for its delay also without a connection, and ends when the client is closed", async () => {
    const { zk, isolate, accept, reaches } = await context.unstable();
    const parent = context.newPath();
    const permissions = Permission.CREATE | Permission.READ;
    await zk.create(parent, null, { acl: [{ permissions, id: { scheme: "world", id: "anyone" } }] });
    await zk.create(`${parent}/node`);
    const tools = toolsOf();
    await deleteForSure(`${parent}/node`, { ...tools, zk });
    await eventually(() => tools.clock.pending === 1);
    isolate();
    await reaches("suspended");
    accept();
    await reaches("connected");
    await settled(zk);
    expect([tools.clock.pending, tools.clock.delays.length]).toEqual([1, 1]);
    await zk.close();
    await eventually(() => tools.clock.pending === 0);
    expect(tools.clock.delays).toHaveLength(1);
  });

  it("of a watched znode leaves a znode of another owner with a later version", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.setData(path, "other");
    await deleteWatchedForSure(path, 0, { ...toolsOf(), zk });
    expect(await zk.exists(path)).not.toBe(null);
  });

  it("leaves no listener on its client after a delay", async () => {
    const zk = await context.client();
    const listeners = new Set<unknown>();
    let failures = 1;
    const counted = withMethods(zk, {
      on: (event, listener) => {
        listeners.add(`${event}`);
        return zk.on(event, listener);
      },
      off: (event, listener) => {
        listeners.delete(`${event}`);
        return zk.off(event, listener);
      },
      delete: (path) => (failures-- > 0 ? Promise.reject(new Error("no memory")) : zk.delete(path)),
    });
    const tools = toolsOf();
    const path = context.newPath();
    await zk.create(path);
    await deleteForSure(path, { ...tools, zk: counted });
    await eventually(() => tools.clock.pending === 1);
    expect([...listeners]).toEqual(["state"]);
    tools.clock.advance(100);
    await eventually(async () => (await zk.exists(path)) === null);
    expect(listeners.size).toBe(0);
  });
});
