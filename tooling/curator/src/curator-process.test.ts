import { startEnsemble } from "@conclave/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CriticalSection } from "./critical-section.ts";
import { onCuratorOnly } from "./curator-installation.ts";
import { CuratorProcess } from "./curator-process.ts";

describe("a Java process with Curator", await onCuratorOnly(), () => {
  let ensemble: Awaited<ReturnType<typeof startEnsemble>>;
  beforeAll(async () => {
    ensemble = await startEnsemble({ servers: 1 });
  });
  afterAll(() => ensemble.close());

  const at = (path: string) => ({ connectString: ensemble.connectString, path });

  it("runs the calls of a recipe in order, and rejects with the error of a call that fails", async () => {
    await using java = await CuratorProcess.start();
    const mutex = await java.open("mutex", at("/lock"));
    expect(await Promise.all([mutex.call("acquire"), mutex.call("participants"), mutex.call("release")])).toEqual([
      [expect.stringMatching(/^\d+$/)],
      ["java"],
      [],
    ]);
    await expect(mutex.call("release")).rejects.toThrow("Curator: java.lang.IllegalMonitorStateException");
    await expect(mutex.call("unlock")).rejects.toThrow("unknown verb: unlock");
  });

  it("rejects an entry into a critical section that another holder is in", async () => {
    await using java = await CuratorProcess.start();
    using section = new CriticalSection();
    const mutex = await java.open("mutex", at("/other"));
    await mutex.call("enter", 2, section.folder, "java", "exclusive");
    expect(section.entries.map(({ name }) => name)).toEqual(["java", "java"]);
    await section.run("node", "exclusive", 1n, async () => {
      const late = mutex.call("enter", 1, section.folder, "java", "exclusive");
      await expect(late).rejects.toThrow("too many holders in the critical section");
    });
  });

  it("rejects pending and later calls with the signal that ended the process", async () => {
    await using java = await CuratorProcess.start();
    const [holder, waiter] = [await java.open("mutex", at("/held")), await java.open("mutex", at("/held"))];
    await holder.call("acquire");
    const waiting = waiter.call("acquire");
    await Promise.all([java.kill(), expect(waiting).rejects.toThrow("the Java process ended: signal SIGKILL")]);
    await expect(holder.call("release")).rejects.toThrow("the Java process has ended: signal SIGKILL");
  });
});
