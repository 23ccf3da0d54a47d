import { CreateMode, type WatchEvent, type ZooKeeper } from "@conclave/client";
import { collectEvents } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Call that sets a watch. */
type Watch = "exists" | "getData" | "getChildren" | "getChildren2";
type Change = "create /a" | "setData /a" | "delete /a" | "create /a/b" | "delete /a/b" | "setData /a/b";

/** Expected event of each watch on "/a" for each change; without an entry the watch does not fire. */
const SEEN: { readonly [W in Watch]: { readonly [C in Change]?: WatchEvent["type"] } } = {
  exists: { "setData /a": "nodeDataChanged", "delete /a": "nodeDeleted" },
  getData: { "setData /a": "nodeDataChanged", "delete /a": "nodeDeleted" },
  getChildren: {
    "delete /a": "nodeDeleted",
    "create /a/b": "nodeChildrenChanged",
    "delete /a/b": "nodeChildrenChanged",
  },
  getChildren2: {
    "delete /a": "nodeDeleted",
    "create /a/b": "nodeChildrenChanged",
    "delete /a/b": "nodeChildrenChanged",
  },
};

/** Calls before the watch is set, the change that fires it, and another change that must not fire it again. */
const STEPS: readonly { readonly before: readonly Change[]; readonly change: Change; readonly after: Change }[] = [
  { before: ["create /a"], change: "setData /a", after: "setData /a" },
  { before: ["create /a"], change: "delete /a", after: "create /a" },
  { before: ["create /a"], change: "create /a/b", after: "delete /a/b" },
  { before: ["create /a", "create /a/b"], change: "delete /a/b", after: "create /a/b" },
  { before: ["create /a", "create /a/b"], change: "setData /a/b", after: "setData /a/b" },
];
const CASES = (Object.keys(SEEN) as Watch[]).flatMap((watch) =>
  STEPS.map((steps) => [`${watch} /a, then ${steps.change}`, watch, steps] as const),
);

/** Checks one-shot watches on a stable connection. */
export function watches(test: ContractTest): void {
  describe("a watch", () => {
    test.for(CASES)(
      "fires once for each change of its subject: %s",
      async (context, [, watch, { before, change, after }]) => {
        const [watcher, writer] = [await context.client(), await context.client()];
        for (const each of before) await make(writer, each);
        await watcher.sync("/");
        const { add, events } = collectEvents<WatchEvent>();
        await watcher[watch]("/a", { watch: add });
        await make(writer, change);
        await make(writer, after);
        await watcher.sync("/");
        const type = SEEN[watch][change];
        expect(events).toEqual(type === undefined ? [] : [{ type, path: "/a" }]);
      },
    );

    test("of exists fires when a missing znode is created", async (context) => {
      const [watcher, writer] = [await context.client(), await context.client()];
      const { add, events } = collectEvents<WatchEvent>();
      expect(await watcher.exists("/a", { watch: add })).toBe(null);
      await writer.create("/a");
      await writer.setData("/a", "x");
      await watcher.sync("/a");
      expect(events).toEqual([{ type: "nodeCreated", path: "/a" }]);
    });

    test("is not set by a read that rejects", async (context) => {
      const zk = await context.client();
      const { add, events } = collectEvents<WatchEvent>();
      for (const watch of ["getData", "getChildren", "getChildren2"] as const) {
        await expect(zk[watch]("/a", { watch: add })).rejects.toMatchObject({ code: "NO_NODE" });
      }
      await zk.create("/a");
      await zk.setData("/a", "x");
      await zk.delete("/a");
      expect(events).toEqual([]);
    });

    test("fires after the result of its read and before a result that shows the change", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "0");
      const order: string[] = [];
      const note =
        (what: string) =>
        <T>(value: T): T => {
          order.push(what);
          return value;
        };
      await Promise.all([
        zk.getData("/a", { watch: note("event") }).then(note("read")),
        zk.setData("/a", "1").then(note("write")),
        zk.getData("/a").then(note("read again")),
      ]);
      expect(order).toEqual(["read", "event", "write", "read again"]);
    });

    test("fires for a change of another client before a read shows that change", async (context) => {
      const [watcher, writer] = [await context.client(), await context.client()];
      await writer.create("/a", "0");
      await watcher.sync("/a");
      for (let round = 1; round <= 20; round++) {
        let received = false;
        await watcher.getData("/a", {
          watch: () => {
            received = true;
          },
        });
        const written = writer.setData("/a", `${round}`);
        for (;;) {
          const { data } = await watcher.getData("/a");
          if (data?.toString() === `${round}`) break;
        }
        expect(received).toBe(true);
        await written;
      }
    });

    test("calls several listeners of one znode, each once", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const [one, two] = [collectEvents<WatchEvent>(), collectEvents<WatchEvent>()];
      await zk.getData("/a", { watch: one.add });
      await zk.exists("/a", { watch: one.add });
      await zk.getData("/a", { watch: two.add });
      await zk.setData("/a", "x");
      await zk.sync("/a");
      expect([one.events.length, two.events.length]).toEqual([1, 1]);
    });

    test("on data and one on children are two, and a deletion fires both", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const [data, children] = [collectEvents<WatchEvent>(), collectEvents<WatchEvent>()];
      await zk.getData("/a", { watch: data.add });
      await zk.getChildren("/a", { watch: children.add });
      await zk.create("/a/b");
      await zk.sync("/a");
      expect([data.events.length, children.events.length]).toEqual([0, 1]);
      await zk.getChildren("/a", { watch: children.add });
      await zk.delete("/a/b");
      await zk.getChildren("/a", { watch: children.add });
      await zk.delete("/a");
      await zk.sync("/");
      expect(data.events.map(({ type }) => type)).toEqual(["nodeDeleted"]);
      expect(children.events.map(({ type }) => type)).toEqual([
        "nodeChildrenChanged",
        "nodeChildrenChanged",
        "nodeDeleted",
      ]);
    });

    test("can be set again by its listener, which then sees every change", async (context) => {
      const [watcher, writer] = [await context.client(), await context.client()];
      await writer.create("/a", "0");
      await watcher.sync("/a");
      const seen = collectEvents<number>();
      const read = async (): Promise<void> => {
        const { data } = await watcher.getData("/a", { watch: ({ type }) => void (type !== "sessionEnded" && read()) });
        seen.add(Number(data?.toString()));
      };
      await read();
      for (let value = 1; value <= 50; value++) await writer.setData("/a", `${value}`);
      await seen.first((value) => value === 50);
      expect(seen.events).toEqual([...seen.events].sort((a, b) => a - b));
    });

    test("whose listener throws does not affect the client or other listeners", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const { add, events } = collectEvents<WatchEvent>();
      await zk.getData("/a", {
        watch: () => {
          throw new Error("from the listener");
        },
      });
      await zk.getData("/a", { watch: add });
      await zk.setData("/a", "x");
      expect((await zk.getData("/a")).data?.toString()).toBe("x");
      expect(events).toHaveLength(1);
    });

    test("fires for ephemerals that end with their session", async (context) => {
      const [watcher, owner] = [await context.client(), await context.client()];
      await owner.create("/e", null, { mode: CreateMode.EPHEMERAL });
      await watcher.sync("/e");
      const events = collectEvents<WatchEvent>();
      await watcher.exists("/e", { watch: events.add });
      await owner.close();
      expect(await events.take(1)).toEqual([{ type: "nodeDeleted", path: "/e" }]);
    });
  });
}

async function make(zk: ZooKeeper, change: Change): Promise<void> {
  const [operation, path] = change.split(" ") as ["create" | "setData" | "delete", string];
  if (operation === "create") await zk.create(path);
  else if (operation === "delete") await zk.delete(path);
  else await zk.setData(path, "changed");
}
