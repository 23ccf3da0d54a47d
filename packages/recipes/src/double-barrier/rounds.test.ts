import { CreateMode, connect, OPEN_ACL_UNSAFE, Permission, parentPath, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods, withTransactions } from "../../test-support/with-methods.js";
import { resolveRecipe } from "../options/recipe-options.js";
import { createAhead, findNextRound, readRoster, roundPath } from "./rounds.js";

it("the path of a round has its number in ten digits", () => {
  expect(roundPath("/d", 7)).toBe("/d/round-0000000007");
});

it("the roster of a round is its data as JSON, and undefined while the round has none", () => {
  expect([null, Buffer.alloc(0), Buffer.from('["a","b"]')].map(readRoster)).toEqual([undefined, undefined, ["a", "b"]]);
});

describeOnEachEnsemble("the rounds of a double barrier", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const acl = [...OPEN_ACL_UNSAFE, { permissions: Permission.READ, id: { scheme: "ip", id: "127.0.0.1" } }];
  const barrierAt = (path: string) => resolveRecipe("double barrier", "double-barriers", { path, acl });
  const dataOf = async (zk: ZooKeeper, path: string) => `${(await zk.getData(path)).data}`;

  it("are numbered from 1; the barrier's znode has the number of the last, and all have the ACL", async () => {
    const zk = await context.client();
    const barrier = barrierAt(`${context.newPath()}/deep`);
    const { path } = barrier;
    const modes = new Map<string, CreateMode | undefined>();
    const watched = withMethods(zk, {
      create: (at, data, options) => {
        modes.set(at, options?.mode);
        return zk.create(at, data, options);
      },
    });
    expect(await findNextRound(watched, barrier, 0, {})).toBe(1);
    expect([await dataOf(zk, path), await zk.getChildren(path)]).toEqual(["1", ["round-0000000001"]]);
    for (const each of [path, roundPath(path, 1), parentPath(path)]) {
      expect((await zk.getACL(each)).acl).toHaveLength(2);
    }
    expect(modes.get(parentPath(path))).toBe(CreateMode.CONTAINER);
  });

  it("are found by others, who create the next one after a round that they know", async () => {
    const zk = await context.client();
    const barrier = barrierAt(context.newPath());
    expect(await findNextRound(zk, barrier, 0, {})).toBe(1);
    expect(await findNextRound(zk, barrier, 0, {})).toBe(1);
    expect(await findNextRound(zk, barrier, 1, {})).toBe(2);
    expect(await findNextRound(zk, barrier, 0, {})).toBe(2);
    expect(await zk.getChildren(barrier.path)).toHaveLength(2);
  });

  it("are created once by concurrent participants", async () => {
    const zks = [await context.client(), await context.client()];
    const barrier = barrierAt(`${context.newPath()}/deep`);
    const found = await Promise.all(zks.flatMap((zk) => [1, 2, 3].map(() => findNextRound(zk, barrier, 0, {}))));
    expect(found).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await zks[0]!.getChildren(barrier.path)).toHaveLength(1);
  });

  it("are created ahead only after the last one", async () => {
    const zk = await context.client();
    const barrier = barrierAt(context.newPath());
    createAhead(zk, barrier, 0);
    await settled(zk);
    expect(await zk.exists(barrier.path)).toBe(null);
    await findNextRound(zk, barrier, 0, {});
    createAhead(zk, barrier, 1);
    createAhead(zk, barrier, 1);
    await eventually(async () => (await dataOf(zk, barrier.path)) === "2");
    await settled(zk);
    expect([await dataOf(zk, barrier.path), (await zk.getChildren(barrier.path)).length]).toEqual(["2", 2]);
    expect((await zk.getACL(roundPath(barrier.path, 2))).acl).toHaveLength(2);
  });

  it("are not read from a znode that is not a double barrier", async () => {
    const zk = await context.client();
    for (const data of ["x", "-1", "1.5"]) {
      const path = context.newPath();
      await zk.create(path, data);
      await expect(findNextRound(zk, barrierAt(path), 0, {})).rejects.toThrow(
        `the znode at ${path} is not a double barrier: its data is not a round number`,
      );
    }
    const empty = context.newPath();
    await zk.create(empty);
    expect(await findNextRound(zk, barrierAt(empty), 0, {})).toBe(1);
  });

  it("are not created when that is not allowed or aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, null, { acl: [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }] });
    await expect(findNextRound(zk, barrierAt(path), 0, {})).rejects.toMatchObject({ code: "NO_AUTH" });
    await expect(findNextRound(zk, barrierAt(`${path}/below`), 0, {})).rejects.toMatchObject({ code: "NO_AUTH" });
    const signal = AbortSignal.abort();
    await expect(findNextRound(zk, barrierAt(path), 0, { signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("are neither read nor created when the request is aborted before its reply", async () => {
    const zk = await context.client();
    const barrier = barrierAt(context.newPath());
    await findNextRound(zk, barrier, 0, {});
    const [reading, creating] = [new AbortController(), new AbortController()];
    const abortingRead = withMethods(zk, {
      getData: (at, options) => {
        const read = zk.getData(at, options);
        reading.abort();
        return read;
      },
    });
    const aborted = { code: "ABORTED" };
    await expect(findNextRound(abortingRead, barrier, 0, { signal: reading.signal })).rejects.toMatchObject(aborted);
    const abortingCreation = withTransactions(zk, () => creating.abort());
    const { signal } = creating;
    await expect(findNextRound(abortingCreation, barrier, 1, { signal })).rejects.toMatchObject(aborted);
  });

  it("are created although another participant creates the barrier, or the parents vanish, in between", async () => {
    const zk = await context.client();
    const path = `${context.newPath()}/deep`;
    let creations = 0;
    const late = withMethods(zk, {
      create: async (at, data, options) => {
        if (at === path && ++creations === 1) await zk.delete(path.slice(0, path.lastIndexOf("/")));
        else if (at === path) await zk.create(path, "0");
        return zk.create(at, data, options);
      },
    });
    expect(await findNextRound(late, barrierAt(path), 0, {})).toBe(1);
    expect(creations).toBe(2);
  });
});
