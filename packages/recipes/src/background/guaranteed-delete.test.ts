import { CreateMode, connect, Permission, type ZooKeeper } from "@conclave/client";
import { type Clock, type Logger, seededRandom, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { beforeAll, expect, it } from "vitest";
import { withMethods } from "../../test-support/with-methods.js";
import {
  cleanUpForSure,
  type DeletionTools,
  deleteForSure,
  deleteOwnForSure,
  deleteWatchedForSure,
} from "./guaranteed-delete.js";

describeOnEachEnsemble("a guaranteed deletion", (ensemble: EnsembleUnderTest) => {
  const random = seededRandom(1);
  let paths = 0;
  const newPath = (): string => `${ensemble.root}/p${++paths}`;
  const tools = { logger: silentLogger, clock: systemClock, random };

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
  });

  it("resolves when the znode is deleted or does not exist", async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    const path = newPath();
    await zk.create(path);
    await deleteForSure(path, { ...tools, zk });
    expect(await zk.exists(path)).toBeNull();
    await deleteForSure(path, { ...tools, zk });
  });

  it("deletes every child with the marker, and no other", async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    const parent = newPath();
    await zk.create(parent);
    for (const name of ["mine-1", "mine-2", "other"]) await zk.create(`${parent}/${name}`);
    await cleanUpForSure(parent, "mine-", { ...tools, zk });
    expect(await zk.getChildren(parent)).toEqual(["other"]);
    await cleanUpForSure(`${parent}/nowhere`, "mine-", { ...tools, zk });
  });

  /** Returns a client whose server lags: it returns the state at the time of this call until `sync` is called. */
  const lagging = async (zk: ZooKeeper, parent: string): Promise<ZooKeeper> => {
    const names = await zk.getChildren(parent);
    let isLagging = true;
    return withMethods(zk, {
      sync: (path) => {
        isLagging = false;
        return zk.sync(path);
      },
      exists: async (path) => (isLagging && !names.includes(path.slice(parent.length + 1)) ? null : zk.exists(path)),
      getChildren: async (path) => (isLagging ? names : zk.getChildren(path)),
    });
  };

  it.each<[name: string, deletion: (parent: string, tools: DeletionTools) => Promise<void>]>([
    ["cleanUpForSure", (parent, all) => cleanUpForSure(parent, "mine-", all)],
    ["deleteOwnForSure", (parent, all) => deleteOwnForSure(`${parent}/mine-1`, all)],
    ["deleteWatchedForSure at an outdated version", (parent, all) => deleteWatchedForSure(`${parent}/mine-1`, 7, all)],
  ])("deletes a znode that its server has not applied yet: %s", async (_, deletion) => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    const parent = newPath();
    await zk.create(parent);
    const late = await lagging(zk, parent);
    await zk.create(`${parent}/mine-1`, null, { mode: CreateMode.EPHEMERAL });
    await deletion(parent, { ...tools, zk: late });
    expect(await zk.getChildren(parent)).toEqual([]);
  });

  it("retries while the ensemble refuses it, until the client is closed", async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    const parent = newPath();
    const permissions = Permission.READ | Permission.CREATE;
    await zk.create(parent, null, { acl: [{ permissions, id: { scheme: "world", id: "anyone" } }] });
    await zk.create(`${parent}/node`);
    const refusals: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, fields) => void refusals.push(fields?.error) };
    const pending = new Set<object>();
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        const timer = systemClock.setTimer(delayMs, () => {
          pending.delete(timer);
          callback();
        });
        pending.add(timer);
        const cancel = (): void => {
          pending.delete(timer);
          timer.cancel();
        };
        return { cancel };
      },
    };
    await deleteForSure(`${parent}/node`, { zk, logger, clock, random });
    await eventually(() => refusals.length > 1);
    expect(refusals[0]).toMatchObject({ code: "NO_AUTH" });
    await zk.close();
    await eventually(() => pending.size === 0);
  });
});
