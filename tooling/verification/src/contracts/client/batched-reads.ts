import { type ConnectOptions, type DataAndStat, Permission, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import { eventually, type FaultProxy, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { Actor, ContractTest, TestContext } from "../../test-context/test-context.ts";

interface Batching extends Actor {
  readonly proxy: FaultProxy;
  /** Returns the operations sent since the last call. */
  sent(): (string | undefined)[];
}

/** Connects a client that joins reads, through a proxy that records its requests. It has read once, which joining needs. */
async function batching(context: TestContext, options: ConnectOptions = {}): Promise<Batching> {
  const seen: (string | undefined)[] = [];
  const proxy = await context.proxy(undefined, { onRequest: ({ xid, operation }) => xid > 0 && seen.push(operation) });
  const actor = await context.actor(proxy, { ...options, batchReads: true });
  await actor.zk.getData("/");
  seen.length = 0;
  return { ...actor, proxy, sent: () => seen.splice(0) };
}

const text = ({ data }: DataAndStat): string | undefined => data?.toString();

/** Checks joined reads: results, errors and order are those of single reads. */
export function batchedReads(test: ContractTest): void {
  describe("with batchReads", () => {
    test("reads of one tick are sent as one request, and have the results of single reads", async (context) => {
      const { zk, sent } = await batching(context);
      await zk.create("/null", null);
      await zk.create("/empty", "");
      await zk.create("/full", "abc");
      await zk.create("/closed", "secret");
      const id = { scheme: "world", id: "anyone" };
      await zk.setACL("/closed", [{ permissions: Permission.ALL & ~Permission.READ, id }]);
      sent();
      const paths = ["/full", "/none", "/null", "/closed", "/empty", "/full", "bad", "/"];
      const readAll = (by: ZooKeeper) => Promise.allSettled(paths.map((path) => by.getData(path)));
      const together = await readAll(zk);
      expect(sent()).toEqual(["multiRead"]);
      const alone = await context.client();
      await alone.sync("/");
      expect(together).toEqual(await readAll(alone));
      expect(together.map((each) => (each.status === "rejected" ? each.reason.code : each.value.data))).toEqual([
        ...[Buffer.from("abc"), "NO_NODE", null, "NO_AUTH", Buffer.alloc(0), Buffer.from("abc")],
        ...["BAD_ARGUMENTS", null],
      ]);
    });

    test("each caller gets its own copy of the bytes", async (context) => {
      const { zk } = await batching(context);
      await zk.create("/a", "abc");
      const [first, second] = await Promise.all([zk.getData("/a"), zk.getData("/a")]);
      first.data?.fill(0);
      expect(text(second)).toBe("abc");
    });

    test("a read sees the writes before it in the same tick, and none after it", async (context) => {
      const { zk, sent } = await batching(context);
      await zk.create("/a", "");
      sent();
      const order: string[] = [];
      const calls = ["0", "1", "2", "3"].flatMap((value) => [
        zk.setData("/a", value).then(() => order.push(`wrote ${value}`)),
        zk.getData("/a").then((read) => order.push(`read ${text(read)}`)),
        zk.getData("/a").then((read) => order.push(`read ${text(read)}`)),
      ]);
      await Promise.all(calls);
      expect(sent()).toEqual(["0", "1", "2", "3"].flatMap(() => ["setData", "multiRead"]));
      expect(order).toEqual(["0", "1", "2", "3"].flatMap((n) => [`wrote ${n}`, `read ${n}`, `read ${n}`]));
    });

    test("any mix of calls is executed and answered in order", async (context) => {
      const { zk } = await batching(context);
      await zk.create("/a", "none");
      await forEachSeed(async (random) => makeRandomCalls(zk, random), { count: 5 });
    });

    test("a read with a watch is sent separately, and its watch fires before newer data is read", async (context) => {
      const { zk, sent } = await batching(context);
      await zk.create("/a", "old");
      sent();
      const order: string[] = [];
      const note = (read: DataAndStat) => order.push(`read ${text(read)}`);
      await Promise.all([
        zk.getData("/a").then(note),
        zk.getData("/a", { watch: ({ type }) => order.push(type) }).then(note),
        zk.getData("/a").then(note),
        zk.getData("/a").then(note),
        zk.setData("/a", "new"),
        zk.getData("/a").then(note),
        zk.getData("/a").then(note),
      ]);
      expect(sent()).toEqual(["getData", "getData", "multiRead", "setData", "multiRead"]);
      const [before, after] = [
        Array.from({ length: 4 }, () => "read old"),
        Array.from({ length: 2 }, () => "read new"),
      ];
      expect(order).toEqual([...before, "nodeDataChanged", ...after]);
    });

    test("a read aborted in its tick is not sent, and one aborted in flight rejects at once", async (context) => {
      const { zk, proxy, sent, states } = await batching(context);
      await zk.create("/a", "abc");
      sent();
      proxy.freeze("replies");
      const [early, late] = [new AbortController(), new AbortController()];
      const givenUp = Promise.allSettled([early, late].map(({ signal }) => zk.getData("/a", { signal })));
      const kept = Promise.allSettled(["/a", "/none", "/a"].map((path) => zk.getData(path)));
      early.abort();
      await eventually(() => sent().includes("multiRead"));
      late.abort();
      for (const result of await givenUp) {
        expect(result).toMatchObject({ reason: { code: "ABORTED", outcome: "not-applied", path: "/a" } });
      }
      proxy.thaw();
      const abc = { value: { data: Buffer.from("abc") } };
      expect(await kept).toMatchObject([abc, { reason: { code: "NO_NODE", path: "/none" } }, abc]);
      expect(states.events).toEqual([]);
    });

    test("reads lost in flight reject as not applied, each with its path, and later reads succeed", async (context) => {
      const { zk, proxy } = await batching(context);
      await zk.create("/a", "abc");
      const lost = proxy.loseReply("multiRead");
      const settled = await Promise.allSettled(["/", "/a", "/none"].map((path) => zk.getData(path)));
      await lost;
      expect(settled).toMatchObject(
        ["/", "/a", "/none"].map((path) => ({ reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path } })),
      );
      expect((await Promise.all([zk.getData("/a"), zk.getData("/a")])).map(text)).toEqual(["abc", "abc"]);
    });

    test("large znodes, read together after small ones, break no connection, and are read singly from then on", async (context) => {
      // Small enough for a machine that has no time for more, and longer than the limit of a reply.
      const { zk, sent, states } = await batching(context, { maxReplyBytes: 300_000 });
      const data = Buffer.alloc(40_000, "x");
      await zk.create("/big", data);
      sent();
      const readTimes = (length: number) => Promise.all(Array.from({ length }, () => zk.getData("/big")));
      for (const read of await readTimes(17)) expect(read.data?.equals(data)).toBe(true);
      expect(sent()).toEqual(["multiRead"]);
      await readTimes(2);
      expect(sent()).toEqual(["getData", "getData"]);
      expect(states.events).toEqual([]);
    });
  });
}

/** Makes random writes and reads of "/a" and reads of missing znodes in one tick: each read sees the last write. */
async function makeRandomCalls(zk: ZooKeeper, random: Random): Promise<void> {
  const [expected, received]: [string[], string[]] = [[], []];
  let value = text(await zk.getData("/a"));
  const calls = Array.from({ length: 300 }, (_, index) => {
    const draw = randomInt(random, 10);
    if (draw === 0) {
      value = `${index}`;
      expected.push("written");
      return zk.setData("/a", value).then(() => received.push("written"));
    }
    if (draw < 3) {
      expected.push("missing");
      return zk.getData("/missing").catch(() => received.push("missing"));
    }
    expected.push(`${value}`);
    return zk.getData("/a").then((read) => received.push(`${text(read)}`));
  });
  await Promise.all(calls);
  expect(received).toEqual(expected);
}
