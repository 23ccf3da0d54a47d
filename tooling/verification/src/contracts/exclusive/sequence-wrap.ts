import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { startFixtureServer } from "../../test-context/fixture-server.ts";
import { type ContractHarness, contractTests } from "../../test-context/test-context.ts";
import { type ExclusiveRecipe, queueUp } from "./exclusive-recipe.ts";

const CONTENDERS = 12;
const LAST = 2 ** 31 - 1;

/**
 * Checks the wait queue after the server's sequence counter has reached its end: then all znodes get the number 2147483647, or
 * negative ones in a multi (`recordings/count.txt`). Runs on our server only, which starts with prepared data.
 */
export function sequenceWrap(harness: ContractHarness, recipe: ExclusiveRecipe): void {
  describe.runIf(harness.kind !== "apache")("sequence wrap at 2^31", () => {
    const fixture = startFixtureServer(recipe.folders.map((path) => ({ path: `/fixture${path}`, cversion: LAST - 1 })));
    const test = contractTests({ connectString: fixture.connectString, root: "/unused", connect: harness.connect });

    test("has one holder at a time, in the order of requests, with increasing tokens", async (context) => {
      const zk = await context.connectTo(`${fixture.connectString()}/fixture`);
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
