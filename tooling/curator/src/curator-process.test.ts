import { startEnsemble } from "@conclave/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CuratorProcess } from "./curator-process.ts";
import { onCuratorOnly } from "./on-curator-only.ts";
import { Room } from "./room.ts";

describe("a Java process with Curator", await onCuratorOnly(), () => {
  let ensemble: Awaited<ReturnType<typeof startEnsemble>>;
  beforeAll(async () => {
    ensemble = await startEnsemble({ servers: 1 });
  });
  afterAll(() => ensemble.close());

  const place = (path: string) => ({ connectString: ensemble.connectString, path });

  it("does what it is told, each part in order, and says what failed", async () => {
    await using java = await CuratorProcess.start();
    const mutex = await java.open("mutex", place("/lock"));
    expect(await Promise.all([mutex.call("acquire"), mutex.call("participants"), mutex.call("release")])).toEqual([
      [expect.stringMatching(/^\d+$/)],
      ["java"],
      [],
    ]);
    await expect(mutex.call("release")).rejects.toThrow("Curator: java.lang.IllegalMonitorStateException");
    await expect(mutex.call("dance")).rejects.toThrow("there is no verb dance");
  });

  it("finds out, too, that somebody is inside of a room with it", async () => {
    await using java = await CuratorProcess.start();
    using room = new Room();
    const mutex = await java.open("mutex", place("/other"));
    await mutex.call("enter", 2, room.folder, "java", "alone");
    expect(room.entries.map(({ name }) => name)).toEqual(["java", "java"]);
    await room.visit("node", "alone", 1n, async () => {
      const late = mutex.call("enter", 1, room.folder, "java", "alone");
      await expect(late).rejects.toThrow("these are inside at once");
    });
  });

  it("says how it ended to those who wait for it, and to those who come later", async () => {
    await using java = await CuratorProcess.start();
    const [holder, waiter] = [await java.open("mutex", place("/held")), await java.open("mutex", place("/held"))];
    await holder.call("acquire");
    const waiting = waiter.call("acquire");
    await Promise.all([java.kill(), expect(waiting).rejects.toThrow("the Java process ended: signal SIGKILL")]);
    await expect(holder.call("release")).rejects.toThrow("the Java process has ended: signal SIGKILL");
  });
});
