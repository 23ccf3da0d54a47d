import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks the order of concurrent calls, and sizes. */
export function order(test: ContractTest): void {
  describe("many calls at once", () => {
    test("are executed and answered in the order of the calls", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const answered: number[] = [];
      const calls = Array.from({ length: 500 }, async (_, index) => {
        const { version } = await zk.setData("/a", `${index}`);
        answered.push(index);
        return version;
      });
      const versions = await Promise.all(calls);
      expect(versions).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
      expect(answered).toEqual(Array.from({ length: 500 }, (_, index) => index));
    });

    test("see the writes before them, and none after them", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "-1");
      const reads = Array.from({ length: 200 }, (_, index) => {
        void zk.setData("/a", `${index}`);
        return zk.getData("/a");
      });
      const seen = (await Promise.all(reads)).map(({ data }) => Number(data?.toString()));
      expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index));
    });

    test("succeed and fail independently", async (context) => {
      const zk = await context.client();
      await forEachSeed(
        async (random, seed) => {
          const wanted = Array.from({ length: 60 }, (_, index) => ({
            path: `/${seed}-${index}`,
            fails: randomInt(random, 2) === 0,
          }));
          const calls = wanted.map(({ path, fails }) => zk.create(fails ? `${path}/child` : path));
          const settled = await Promise.allSettled(calls);
          expect(settled.map(({ status }) => status === "rejected")).toEqual(wanted.map(({ fails }) => fails));
        },
        { count: 3 },
      );
    });
  });

  describe("sizes", () => {
    test("of data can be as large as a server allows", async (context) => {
      const zk = await context.client();
      const data = Buffer.alloc(1_048_575 - 1_000, 0x61);
      await zk.create("/big", data);
      const read = await zk.getData("/big");
      expect(read.stat.dataLength).toBe(data.length);
      expect(read.data?.equals(data)).toBe(true);
    });

    test("beyond that are rejected without sending them, and affect no other call", async (context) => {
      const zk = await context.client();
      const session = zk.sessionId;
      const [before, tooMuch, after] = await Promise.allSettled([
        zk.create("/before"),
        zk.create("/big", Buffer.alloc(1_048_576)),
        zk.create("/after"),
      ]);
      expect(before.status).toBe("fulfilled");
      expect(tooMuch).toMatchObject({ reason: { code: "BAD_ARGUMENTS", outcome: "not-applied", path: "/big" } });
      expect(after.status).toBe("fulfilled");
      expect(zk.sessionId).toBe(session);
    });

    test("of a list of children may be larger than any request", async (context) => {
      const zk = await context.client();
      const names = Array.from({ length: 4_500 }, (_, index) => `${index}-`.padEnd(250, "x"));
      for (let at = 0; at < names.length; at += 500) {
        const transaction = zk.transaction();
        for (const name of names.slice(at, at + 500)) transaction.create(`/${name}`);
        await transaction.commit();
      }
      expect((await zk.getChildren("/")).sort()).toEqual(names.sort());
    });
  });
}
