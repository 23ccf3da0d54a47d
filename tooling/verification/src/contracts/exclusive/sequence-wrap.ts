import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { startLaidServer } from "../laid-server.ts";
import { type ContractHarness, stagedTests } from "../stage.ts";
import { type ExclusiveRecipe, queueUp } from "./exclusive-recipe.ts";

const CONTENDERS = 12;
const LAST = 2 ** 31 - 1;

/**
 * The line goes on where the server's counter of children stops: from there on all get the number 2147483647, and those that
 * are made at once negative ones (`recordings/count.txt`). On a server of ours alone: Apache's is not given a disk.
 */
export function sequenceWrap(harness: ContractHarness, recipe: ExclusiveRecipe): void {
  describe.runIf(harness.kind !== "apache")("sequence wrap at 2^31", () => {
    const laid = startLaidServer(recipe.folders.map((path) => ({ path: `/laid${path}`, cversion: LAST - 1 })));
    const test = stagedTests({ connectString: laid.connectString, root: "/unused", connect: harness.connect });

    test("is held by one at a time, in the order of asking, with tokens that grow", async (stage) => {
      const zk = await stage.connectTo(`${laid.connectString()}/laid`);
      const granted: number[] = [];
      const waiting = [];
      for (let index = 0; index < CONTENDERS; index++) {
        const each = await queueUp(recipe, zk);
        each.granted.then(() => granted.push(index)).catch(() => {});
        waiting.push(each);
      }
      const inOrder = waiting.map((_, index) => index);
      let last = -1n;
      for (const index of inOrder) {
        await eventually(() => granted.length > index);
        await zk.sync("/");
        expect(granted).toEqual(inOrder.slice(0, index + 1));
        const grant = await waiting[index]!.granted;
        expect(grant.fencingToken).toBeGreaterThan(last);
        last = grant.fencingToken;
        await grant.release();
      }
    });
  });
}
