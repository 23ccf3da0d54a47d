import { connect } from "@conclave/client";
import { CuratorProcess, NodeHolder, onCuratorOnly, Room } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Mutex } from "./mutex/mutex.js";
import { ReadWriteLock } from "./read-write-lock/read-write-lock.js";
import { Stage } from "./stage.js";

const TIMES = 25;
const SHORT_SESSION_MS = 1_500;

describe("locks that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Mutex and InterProcessMutex", (ensemble) => {
    const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => stage.open());

    const mutexAt = async (path: string, id = "node") => new Mutex(await stage.client(), { path, id });
    const javaAt = (path: string, id = "java") =>
      java.open("mutex", { connectString: ensemble.connectString(), path, id });

    it("let one in at a time, all by turns, in the order of asking, by rising tokens", async () => {
      const path = stage.newPath();
      using room = new Room();
      const gate = await mutexAt(path);
      const closed = await gate.acquire();
      const visitOften = async (name: string) => {
        const mutex = await mutexAt(path, name);
        for (let done = 0; done < TIMES; done++) {
          const grant = await mutex.acquire();
          await room.visit(name, "alone", grant.fencingToken, () => gate.contenders());
          await grant.release();
        }
      };
      const enterOften = async (name: string) =>
        (await javaAt(path, name)).call("enter", TIMES, room.folder, name, "alone");
      const names = { node: ["node-1", "node-2"], java: ["java-1", "java-2"] };
      const all = Promise.all([...names.node.map(visitOften), ...names.java.map(enterOften)]);
      await eventually(async () => (await gate.contenders()).length === 5);
      await closed.release();
      await all;

      const tokens = room.entries.map(({ token }) => token);
      expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(tokens).size).toBe(4 * TIMES);
      expect(room.entries[0]?.token).toBeGreaterThan(closed.fencingToken);
      const first = room.entries.slice(0, 4).map(({ name }) => name);
      expect(first.toSorted()).toEqual([...names.java, ...names.node]);
    });

    it("name those of the other kind who hold and wait", async () => {
      const path = stage.newPath();
      const [node, waiting, watching] = [await mutexAt(path), await javaAt(path), await javaAt(path)];
      const grant = await node.acquire();
      const acquired = waiting.call("acquire");
      await eventually(async () => (await node.contenders()).length === 2);
      const contenders = await node.contenders();
      expect(contenders.map(({ id }) => id)).toEqual(["node", "java"]);
      expect(await watching.call("participants")).toEqual(["node", "java"]);
      await grant.release();
      expect(await acquired).toEqual([String(contenders[1]?.fencingToken)]);
      expect(await node.tryAcquire()).toBe(undefined);
      await waiting.call("release");
      await (await node.acquire()).release();
    });

    it("ask each other for the lock", async () => {
      const path = stage.newPath();
      const [node, other] = [await mutexAt(path), await javaAt(path)];
      await other.call("makeRevocable");
      await other.call("acquire");
      expect(await node.requestRevocation()).toBe(true);
      await other.call("awaitRevocation");
      await other.call("release");
      const grant = await node.acquire();
      await other.call("revoke");
      await eventually(() => grant.wanted.aborted);
      await grant.release();
    });

    it("pass from a Java process that was killed, once its session is over", async () => {
      const path = stage.newPath();
      const node = await mutexAt(path);
      await using victim = await CuratorProcess.start();
      const holder = await victim.open("mutex", {
        ...{ connectString: ensemble.connectString(), path, sessionTimeoutMs: SHORT_SESSION_MS },
      });
      const [token = ""] = await holder.call("acquire");
      const acquired = node.acquire();
      await eventually(async () => (await node.contenders()).length === 2);
      expect((await node.contenders())[0]?.fencingToken).toBe(BigInt(token));
      await victim.kill();
      const grant = await acquired;
      expect(grant.fencingToken).toBeGreaterThan(BigInt(token));
      await grant.release();
    });

    it("pass to Java from a Node.js process that was killed, once its session is over", async () => {
      const path = stage.newPath();
      const [node, heir] = [await mutexAt(path), await javaAt(path)];
      await using holder = await NodeHolder.start({
        ...{ recipe: "Mutex", connectString: ensemble.connectString(), path, sessionTimeoutMs: SHORT_SESSION_MS },
      });
      const [held] = await node.contenders();
      const acquired = heir.call("acquire");
      await eventually(async () => (await node.contenders()).length === 2);
      await holder.kill();
      const [token = ""] = await acquired;
      expect(BigInt(token)).toBeGreaterThan(held?.fencingToken ?? 0n);
      await heir.call("release");
    });
  });

  describeOnEachEnsemble("ReadWriteLock and InterProcessReadWriteLock", (ensemble) => {
    const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => stage.open());

    const lockAt = async (path: string, id = "node") => new ReadWriteLock(await stage.client(), { path, id });
    const javaAt = (kind: "reader" | "writer", path: string, id: string = kind) =>
      java.open(kind, { connectString: ensemble.connectString(), path, id });

    it("let readers in together and writers alone, neither past those who asked before", async () => {
      const path = stage.newPath();
      using room = new Room();
      const gate = await lockAt(path);
      const closed = await gate.write.acquire();
      const rule = { read: 9, write: "alone" } as const;
      const visitOften = async (side: "read" | "write") => {
        const lock = (await lockAt(path))[side];
        for (let done = 0; done < TIMES; done++) {
          const grant = await lock.acquire();
          await room.visit(side, rule[side], grant.fencingToken, () => gate.read.contenders());
          await grant.release();
        }
      };
      const enterOften = async (side: "read" | "write") => {
        const contender = await javaAt(side === "read" ? "reader" : "writer", path);
        await contender.call("enter", TIMES, room.folder, side, rule[side]);
      };
      const sides = ["read", "read", "write"] as const;
      const all = Promise.all([...sides.map(visitOften), ...sides.map(enterOften)]);
      await eventually(async () => (await gate.read.contenders()).length === 1 + 2 * sides.length);
      await closed.release();
      await all;

      const { entries } = room;
      expect(entries.length).toBe(2 * sides.length * TIMES);
      entries.forEach(({ name, token }, index) => {
        if (name === "read") return;
        expect(entries.slice(0, index).every((before) => before.token < token)).toBe(true);
        expect(entries.slice(index + 1).every((after) => after.token > token)).toBe(true);
      });
    });

    it("name those of the other kind, and share as readers", async () => {
      const path = stage.newPath();
      const node = await lockAt(path);
      const [reader, writer] = [await javaAt("reader", path), await javaAt("writer", path)];
      const shared = await node.read.acquire();
      await reader.call("acquire");
      const written = writer.call("acquire");
      await eventually(async () => (await node.write.contenders()).length === 3);
      expect((await node.write.contenders()).map(({ id }) => id)).toEqual(["node", "reader", "writer"]);
      expect(await reader.call("participants")).toEqual(["node", "reader"]);
      expect(await node.read.tryAcquire()).toBe(undefined);
      await shared.release();
      await reader.call("release");
      await written;
      await writer.call("release");
      const write = await node.write.acquire();
      const read = reader.call("acquire");
      await eventually(async () => (await node.write.contenders()).length === 2);
      // A downgrade lets the readers in that wait behind.
      const downgraded = await write.downgrade();
      await read;
      await downgraded?.release();
      await reader.call("release");
    });
  });
});
