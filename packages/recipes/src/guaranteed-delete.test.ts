import { connect, Permission } from "@conclave/client";
import { type Clock, type Logger, seededRandom, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { beforeAll, expect, it } from "vitest";
import { deleteForSure, huntForSure } from "./guaranteed-delete.js";

describeOnEachEnsemble("a deletion that must not be forgotten", (ensemble: EnsembleUnderTest) => {
  const random = seededRandom(1);
  const tools = { logger: silentLogger, clock: systemClock, random };

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
  });

  it("is done when the znode is gone, also when it was gone before", async () => {
    await using zk = await connect(ensemble.connectString());
    const path = `${ensemble.root}/a`;
    await zk.create(path);
    await deleteForSure(path, { ...tools, zk });
    expect(await zk.exists(path)).toBeNull();
    await deleteForSure(path, { ...tools, zk });
  });

  it("hunts for every child with the marker, and for no other", async () => {
    await using zk = await connect(ensemble.connectString());
    const parent = `${ensemble.root}/b`;
    await zk.create(parent);
    for (const name of ["mine-1", "mine-2", "other"]) await zk.create(`${parent}/${name}`);
    await huntForSure(parent, "mine-", { ...tools, zk });
    expect(await zk.getChildren(parent)).toEqual(["other"]);
    await huntForSure(`${parent}/nowhere`, "mine-", { ...tools, zk });
  });

  it("goes on by itself where the ensemble refuses, and ends with the client", async () => {
    const zk = await connect(ensemble.connectString());
    const parent = `${ensemble.root}/c`;
    const permissions = Permission.READ | Permission.CREATE;
    await zk.create(parent, null, { acl: [{ permissions, id: { scheme: "world", id: "anyone" } }] });
    await zk.create(`${parent}/node`);
    const refusals: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, fields) => void refusals.push(fields?.error) };
    let timers = 0;
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        timers++;
        const timer = systemClock.setTimer(delayMs, callback);
        const cancel = (): void => {
          timers--;
          timer.cancel();
        };
        return { cancel };
      },
    };
    await deleteForSure(`${parent}/node`, { zk, logger, clock, random });
    await eventually(() => refusals.length > 1);
    expect(refusals[0]).toMatchObject({ code: "NO_AUTH" });
    await zk.close();
    await eventually(() => timers === 0);
  });
});
