import { MultiLock, Mutex } from "@conclave/recipes";
import { describe, expect } from "vitest";
import { type ExclusiveRecipe, untilZnodes, znodes } from "./exclusive/exclusive-recipe.js";
import { exclusiveHazards } from "./exclusive-contract.js";
import { type ContractHarness, type StagedTest, stagedTests } from "./stage.js";

const NAMES = ["a", "b"];
const both: ExclusiveRecipe = {
  contender: (zk, onSuspended) => new MultiLock(NAMES.map((name) => new Mutex(zk, { name, onSuspended }))),
  folders: NAMES.map((name) => `/conclave/locks/${name}`),
  heldZnodes: NAMES.length,
  wokenByRelease: 1,
};

/** Declares the tests that `MultiLock` must pass on every ensemble, a hazard each. Call it in a suite of its own. */
export function runMultiLockContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("multi-lock contract", () => {
    exclusiveHazards(harness, test, both);
    allOrNothing(test);
  });
}

function allOrNothing(test: StagedTest): void {
  describe("all or nothing", () => {
    test("two that name the locks in opposite orders do not wait for each other for ever", async (stage) => {
      const [one, other] = [await stage.client(), await stage.client()];
      const forth = new MultiLock(NAMES.map((name) => new Mutex(one, { name })));
      const back = new MultiLock(NAMES.toReversed().map((name) => new Mutex(other, { name })));
      let holding = 0;
      const takeTurns = async (locks: MultiLock): Promise<void> => {
        for (let turn = 0; turn < 10; turn++) {
          await locks.run(async () => {
            expect(++holding).toBe(1);
            await one.sync("/");
            holding--;
          });
        }
      };
      await Promise.all([takeTurns(forth), takeTurns(back)]);
      await untilZnodes(both, one, (count) => count === 0);
    });

    test("connection lost between the first lock and the second: nothing is held, by `revoke`", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const last = await new Mutex(other, { name: "b" }).acquire();
      const { zk } = await stage.actor(proxy);
      const waiting = both.contender(zk, "revoke").acquire();
      waiting.catch(() => {});
      await untilZnodes(both, other, (count) => count === 3);
      proxy.cut();
      await last.release();
      await expect(waiting).rejects.toMatchObject({ name: "GrantLostError", code: "SUSPENDED" });
      await untilZnodes(both, other, (count) => count === 0);
      await both.contender(other).acquire();
      expect(await znodes(both, other)).toHaveLength(2);
    });
  });
}
