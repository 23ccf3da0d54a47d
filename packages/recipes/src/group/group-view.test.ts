import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { Group, type GroupOptions } from "./group.js";

describeOnEachEnsemble("a group of members with text", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const groupAt = (zk: ZooKeeper, path: string, options: Partial<GroupOptions<string>> = {}): Group<string> =>
    new Group<string>(zk, { codec: textCodec, ...(options as object), path });

  describe("has members that", () => {
    it("get a random id unless they have one, and are listed the oldest first", async () => {
      const zk = await context.client();
      const group = groupAt(zk, context.newPath());
      const first = await group.join({ id: "z", data: "1" });
      const second = await group.join({ data: "2" });
      expect([first.id, second.id]).toEqual(["z", expect.stringMatching(/^member-[0-9a-f]{16}$/)]);
      await using _third = await group.join({ id: "a", data: "3" });
      const members = await group.members();
      expect(members.map(({ id, data }) => [id, data])).toEqual([
        ["z", "1"],
        [second.id, "2"],
        ["a", "3"],
      ]);
      const { stat } = await zk.getData(second.path);
      expect(members[1]).toMatchObject({ path: second.path, sessionId: zk.sessionId, czxid: stat.czxid });
      expect([first.isPresent, first.path]).toEqual([true, `${group.path}/z`]);
    });

    it("leave at the end of a scope, and report their presence until their listener is removed", async () => {
      const zk = await context.client();
      const group = groupAt(zk, context.newPath());
      const changes: boolean[] = [];
      let remove = (): void => {};
      {
        await using member = await group.join({ id: "a", data: "1" });
        remove = member.on((isPresent) => void changes.push(isPresent));
        await zk.delete(member.path);
        await eventually(() => changes.length === 2);
        remove();
        await zk.delete(member.path);
        await eventually(async () => (await group.members()).length === 1 && member.isPresent);
      }
      expect([changes, await group.members()]).toEqual([[false, true], []]);
    });

    it("cannot have an id that is no name of a znode", async () => {
      const zk = await context.client();
      const group = groupAt(zk, context.newPath());
      for (const id of ["", "a/b", ".", "..", "a\0"]) {
        await expect(group.join({ id, data: "" })).rejects.toThrow(
          `${JSON.stringify(id)} cannot be the id of a member: it must be a valid znode name`,
        );
      }
      await using member = await group.join({ id: "...", data: "" });
      expect(member.isPresent).toBe(true);
    });

    it("do not join when their signal has aborted before, or while another session uses the id", async () => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      const stop = new AbortController();
      const reason = new Error("enough");
      await groupAt(other, path).join({ id: "a", data: "other" });
      await zk.sync(path);
      const joining = groupAt(zk, path).join({ id: "a", data: "own", signal: stop.signal });
      await settled(zk);
      stop.abort(reason);
      await expect(joining).rejects.toBe(reason);
      await expect(groupAt(zk, path).join({ id: "b", data: "own", signal: stop.signal })).rejects.toBe(reason);
      expect((await groupAt(other, path).members()).map(({ data }) => data)).toEqual(["other"]);
    });
  });

  it("has its name or its path as name, and rejects options that are wrong", async () => {
    const zk = await context.client();
    const named = new Group(zk, { name: "workers" });
    expect([named.name, named.path]).toEqual(["workers", "/conclave/groups/workers"]);
    expect(new Group(zk, { path: "/a" }).name).toBe("/a");
    expect(() => new Group(zk, { path: "a" })).toThrow('"a" cannot be the path of a group');
  });

  it("rejects a list of members that is aborted", async () => {
    const group = groupAt(await context.client(), context.newPath());
    await expect(group.members({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });

  describe("has a view that", () => {
    const follow = async (zk: ZooKeeper, path: string) => {
      const view = await groupAt(zk, path).follow();
      onTestFinished(() => view.close());
      const events: string[] = [];
      const remove = view.on((event) =>
        events.push(
          event.type === "synced"
            ? "synced"
            : `${event.type} ${event.member.id}=${event.member.data}${event.type === "changed" ? ` was ${event.previous.data}` : ""}`,
        ),
      );
      return { view, events, remove };
    };

    it("lists the members the oldest first, as one frozen array until it changes", async () => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      const group = groupAt(other, path);
      await using _z = await group.join({ id: "z", data: "1" });
      await zk.sync(path);
      const { view } = await follow(zk, path);
      const { members } = view;
      expect([view.members === members, Object.isFrozen(members), view.version]).toEqual([true, true, 2]);
      await using a = await group.join({ id: "a", data: "2" });
      await eventually(() => view.members.length === 2);
      expect(view.members.map(({ id }) => id)).toEqual(["z", "a"]);
      const { stat } = await other.getData(a.path);
      expect(view.get("a")).toEqual({
        ...{ id: "a", data: "2", path: a.path, sessionId: other.sessionId, czxid: stat.czxid },
      });
      expect(view.get("b")).toBe(undefined);
    });

    it("reports joins, changes and departures, and nothing of the group's own znode", async () => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      await other.create(path, "own");
      await zk.sync(path);
      const { view, events, remove } = await follow(zk, path);
      expect(view.members).toEqual([]);
      await other.setData(path, "changed");
      const a = await groupAt(other, path).join({ id: "a", data: "1" });
      await eventually(() => events.length === 1);
      await a.update("2");
      await eventually(() => events.length === 2);
      await a.leave();
      await eventually(() => events.length === 3);
      await other.delete(path);
      await eventually(() => view.version === 6);
      await other.create(path, "again");
      await eventually(() => view.version === 7);
      expect(events).toEqual(["joined a=1", "changed a=2 was 1", "left a=2"]);
      remove();
      await groupAt(other, path).join({ id: "b", data: "1" });
      await eventually(() => view.members.length === 1);
      expect(events).toHaveLength(3);
    });

    it("reports a member that becomes unreadable as left, and not a znode that was unreadable before", async () => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      const codec = { ...textCodec, decode: (data: Buffer | null) => textCodec.decode(checked(data)) };
      const left: string[] = [];
      await using a = await groupAt(other, path).join({ id: "a", data: "1" });
      await other.create(`${path}/b`, "bad");
      await zk.sync(path);
      const group = groupAt(zk, path, { codec, onUnreadable: ({ name }) => void left.push(name) });
      await using view = await group.follow();
      const events: string[] = [];
      view.on((event) => void events.push(event.type === "synced" ? "synced" : `${event.type} ${event.member.id}`));
      await a.update("bad");
      await eventually(() => events.length === 1);
      await other.delete(`${path}/b`);
      await other.create(`${path}/c`, "good");
      await eventually(() => events.length === 2);
      expect([events, left]).toEqual([
        ["left a", "joined c"],
        ["b", "a"],
      ]);
    });

    it("is iterated until it is closed, its signal aborts, or the loop ends", async () => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      await other.create(path, "own");
      await zk.sync(path);
      const { view } = await follow(zk, path);
      const stop = new AbortController();
      const [all, aborted, one] = [view.events(), view.events({ signal: stop.signal }), view.events()];
      stop.abort();
      await other.setData(path, "not of a member");
      await using _a = await groupAt(other, path).join({ id: "a", data: "1" });
      const seen: string[] = [];
      for await (const event of one) {
        seen.push(event.type);
        break;
      }
      expect([seen, await one.next()]).toEqual([["joined"], { done: true, value: undefined }]);
      expect(await aborted.next()).toEqual({ done: true, value: undefined });
      expect(await all.next()).toMatchObject({ done: false, value: { type: "joined", member: { id: "a" } } });
      const last = all.next();
      await view.close();
      expect([await last, view.isFresh, await all.return?.()]).toEqual([
        { done: true, value: undefined },
        false,
        { done: true, value: undefined },
      ]);
    });

    it("stays as it was while the connection is lost, and reports when it is up to date again", async () => {
      const { zk, isolate, accept, reaches } = await context.unstable();
      const other = await context.client();
      const path = context.newPath();
      const a = await groupAt(other, path).join({ id: "a", data: "1" });
      await zk.sync(path);
      const { view, events } = await follow(zk, path);
      expect(view.isFresh).toBe(true);
      isolate();
      await reaches("suspended");
      await a.leave();
      expect([view.isFresh, view.members.length]).toEqual([false, 1]);
      accept();
      await eventually(() => view.isFresh);
      expect([events, view.members]).toEqual([["left a=1", "synced"], []]);
    });

    it("is not started when its signal aborts before, and ends when it aborts during the first read", async () => {
      const { zk, isolate, reaches } = await context.unstable();
      const path = context.newPath();
      const reason = new Error("enough");
      await expect(groupAt(zk, path).follow({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      isolate();
      await reaches("suspended");
      const stop = new AbortController();
      const following = groupAt(zk, path).follow({ signal: stop.signal });
      stop.abort(reason);
      await expect(following).rejects.toBe(reason);
      const closing = groupAt(zk, path).follow();
      await zk.close();
      await expect(closing).rejects.toThrow(`the cache of ${path} was closed`);
    });

    it("continues when the signal of its start aborts later, and ends with its scope", async () => {
      const zk = await context.client();
      const path = context.newPath();
      const stop = new AbortController();
      const group = groupAt(zk, path);
      let events: AsyncIterableIterator<unknown>;
      {
        await using view = await group.follow({ signal: stop.signal });
        events = view.events();
        stop.abort();
        await group.join({ id: "a", data: "1" });
        await eventually(() => view.members.length === 1);
      }
      expect([(await events.next()).done, (await events.next()).done]).toEqual([false, true]);
    });
  });
});

function checked(data: Buffer | null): Buffer | null {
  if (`${data}` === "bad") throw new Error("bad data");
  return data;
}
