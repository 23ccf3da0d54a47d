import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { silentLogger } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import type { Unreadable } from "../watching/read-children.js";
import { Group } from "./group.js";

interface Service {
  readonly port: number;
}

describeOnEachEnsemble("a group", (ensemble: EnsembleUnderTest) => {
  let zk: ZooKeeper;
  let path = "";
  let count = 0;

  const groupOf = (client = zk): Group<Service> => new Group<Service>(client, { path });
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });

  beforeAll(async () => {
    const first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
    await first.close();
  });
  beforeEach(async () => {
    zk = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    path = `${ensemble.root}/g${count++}`;
  });
  afterEach(() => zk.close());

  it("lists its members with their data until they leave", async () => {
    const group = groupOf();
    expect(await group.members()).toEqual([]);
    const a = await group.join({ id: "a", data: { port: 1 } });
    const b = await group.join({ id: "b", data: { port: 2 } });
    expect(await group.members()).toMatchObject([
      { id: "a", data: { port: 1 }, path: `${path}/a`, sessionId: zk.sessionId },
      { id: "b", data: { port: 2 } },
    ]);
    await a.update({ port: 3 });
    await b.leave();
    expect(await group.members()).toMatchObject([{ id: "a", data: { port: 3 } }]);
    await a.leave();
    await a.leave();
    expect([await group.members(), a.isPresent]).toEqual([[], false]);
  });

  it("leaves an unreadable member out of lists and views, and reports it", async () => {
    const left: Unreadable[] = [];
    const warnings: unknown[] = [];
    const group = new Group<unknown>(zk, {
      path,
      onUnreadable: (unreadable) => {
        left.push(unreadable);
        throw new Error("a listener that throws disturbs nothing");
      },
      logger: { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields?.path]) },
    });
    await using _good = await group.join({ id: "good", data: 1 });
    await zk.create(`${path}/bad`, "10.0.0.1");
    const acl = [{ permissions: Permission.WRITE, id: { scheme: "world", id: "anyone" } }];
    await zk.create(`${path}/closed`, "2", { acl });
    expect((await group.members()).map(({ id }) => id)).toEqual(["good"]);
    expect(left.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "bad", path: `${path}/bad`, error: expect.any(Error) },
      { name: "closed", path: `${path}/closed`, error: expect.objectContaining({ code: "NO_AUTH" }) },
    ]);
    expect(warnings).toContainEqual([expect.stringContaining("a member of the group"), `${path}/bad`]);
    left.length = 0;
    await using view = await group.follow();
    expect([view.members.map(({ id }) => id), left.map(({ name }) => name).toSorted()]).toEqual([
      ["good"],
      ["bad", "closed"],
    ]);
    await zk.setData(`${path}/bad`, "3");
    await eventually(() => view.members.length === 2);
  });

  it("delivers to an iterator all events since the call, also those before its first read", async () => {
    const group = groupOf();
    const view = await group.follow();
    const events = view.events();
    const a = await group.join({ id: "a", data: { port: 1 } });
    await a.leave();
    await eventually(() => view.version > 0 && view.members.length === 0);
    expect((await events.next()).value).toMatchObject({ type: "joined", member: { id: "a" } });
    await view.close();
    expect((await events.next()).value).toMatchObject({ type: "left" });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("has a member again in its next session, with its last data", async () => {
    const { zk: client, isolate, accept } = await context.dying();
    const member = await groupOf(client).join({ id: "a", data: { port: 1 } });
    const words: boolean[] = [];
    member.on((isPresent) => void words.push(isPresent));
    const [{ sessionId } = { sessionId: 0n }] = await groupOf().members();
    isolate();
    await eventually(() => client.state === "expired" || !member.isPresent, { what: "the end of the session" });
    await member.update({ port: 2 });
    accept();
    await eventually(() => member.isPresent, { what: "the new znode of the member" });
    await zk.sync(path);
    const [again] = await groupOf().members();
    expect(again).toMatchObject({ id: "a", data: { port: 2 } });
    expect(again?.sessionId).not.toBe(sessionId);
    expect(words).toEqual([false, true]);
  });

  it("has the last data of a member that updated it while its znode was being created", async () => {
    const { zk: client, isolate, accept } = await context.dying();
    const member = await groupOf(client).join({ id: "a", data: { port: 1 } });
    isolate();
    await eventually(() => !member.isPresent, { what: "the end of the session" });
    // The creation of its znode now waits for the next connection.
    await new Promise((resolve) => setImmediate(resolve));
    await member.update({ port: 2 });
    accept();
    await eventually(() => member.isPresent, { what: "the new znode of the member" });
    await zk.sync(path);
    expect(await groupOf().members()).toMatchObject([{ id: "a", data: { port: 2 } }]);
  });

  it("has a member again after another client deleted its znode", async () => {
    const member = await groupOf().join({ id: "a", data: { port: 1 } });
    const words: boolean[] = [];
    member.on((isPresent) => void words.push(isPresent));
    await zk.delete(member.path);
    await eventually(() => words.length === 2);
    expect(words).toEqual([false, true]);
    expect(await groupOf().members()).toHaveLength(1);
  });

  it("admits one member per id: a second one waits until the first has left", async () => {
    const other = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    onTestFinished(() => other.close());
    const first = await groupOf().join({ id: "a", data: { port: 1 } });
    let isIn = false;
    const second = groupOf(other).join({ id: "a", data: { port: 2 } });
    void second.then(() => {
      isIn = true;
    });
    await other.sync("/");
    expect([isIn, (await groupOf().members()).map(({ data }) => data.port)]).toEqual([false, [1]]);
    await first.leave();
    expect((await second).isPresent).toBe(true);
    await zk.sync(path);
    expect((await groupOf().members()).map(({ data }) => data.port)).toEqual([2]);
  });

  it("leaves no znode when a join is aborted", async () => {
    const first = await groupOf().join({ id: "a", data: { port: 1 } });
    const stop = new AbortController();
    const second = groupOf().join({ id: "b", data: { port: 1 }, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    await eventually(async () => (await groupOf().members()).length === 1);
    await first.leave();
  });
});
