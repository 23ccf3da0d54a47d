import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FailingDisk } from "../../test-support/crash/failing-disk.js";
import { ConfigurationFiles, type StoredConfiguration } from "./configuration-files.js";
import { systemFiles } from "./file-layer.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-configurations-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LINES = ["server.2=b:1:2:participant;0.0.0.0:2181", "server.1=a:1:2:participant;0.0.0.0:2181"];
const configuration = (version: bigint): StoredConfiguration => ({
  version,
  text: [...LINES, `version=${version.toString(16)}`].join("\n"),
});
const open = (configFile?: string): Promise<ConfigurationFiles> =>
  ConfigurationFiles.open(systemFiles, folder, { configFile, isWritten: true });
const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

describe("the files of configurations", () => {
  it("are none on a server that has never seen a reconfiguration", async () => {
    const store = await open();
    expect([store.active, store.proposed]).toEqual([undefined, undefined]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("keep the proposed configuration with its version, as Apache's zoo.cfg.dynamic.next", async () => {
    const store = await open();
    await store.setProposed(configuration(0x1_0000_0003n));
    expect(await read("zoo.cfg.dynamic.next")).toBe(`${[...LINES].reverse().join("\n")}\nversion=100000003\n`);
    const { active, proposed } = await open();
    expect(active).toBeUndefined();
    expect(proposed?.version).toBe(0x1_0000_0003n);
    expect(proposed?.text).toContain(LINES[0]);
  });

  it("keep the active configuration under its version, and no longer the proposed one", async () => {
    const store = await open();
    await store.setProposed(configuration(0x1_0000_0003n));
    await store.setActive(configuration(0x1_0000_0003n), ["clientPort"]);
    expect(await readdir(folder)).toEqual(["zoo.cfg.dynamic.100000003"]);
    expect(await read("zoo.cfg.dynamic.100000003")).toBe(`${[...LINES].reverse().join("\n")}\n`);
    const { active, proposed } = await open();
    expect(proposed).toBeUndefined();
    expect(active).toEqual({ version: 0x1_0000_0003n, text: `${[...LINES].reverse().join("\n")}\nversion=100000003` });
  });

  it("keep a proposed configuration that is newer than the one that becomes active", async () => {
    const store = await open();
    await store.setProposed(configuration(9n));
    await store.setActive(configuration(8n), ["clientPort"]);
    expect((await open()).proposed?.version).toBe(9n);
  });

  it("give the newest of several active configurations", async () => {
    const store = await open();
    for (const version of [0x9n, 0x10n, 0xan]) await store.setActive(configuration(version), ["clientPort"]);
    expect((await open()).active?.version).toBe(0x10n);
  });

  it("are refused if the proposed configuration has no version", async () => {
    await writeFile(join(folder, "zoo.cfg.dynamic.next"), "server.1=a:1:2");
    await expect(open()).rejects.toMatchObject({
      code: "bad-configuration",
      message: expect.stringContaining("copy it from another server"),
    });
  });

  it("replace the ensemble's lines in a configuration file by the name of the active one", async () => {
    const path = join(folder, "zoo.cfg");
    await writeFile(path, `# ours\nclientPort=2181\ntickTime=500\n${LINES.join("\n")}\ngroup.1=1:2\nweight.1=1\n`);
    const store = await open(path);
    await store.setActive(configuration(7n), ["clientPort"]);
    expect(await read("zoo.cfg")).toBe(`# ours\ntickTime=500\ndynamicConfigFile=${path}.dynamic.7\n`);
    await store.setActive(configuration(8n), []);
    expect(await read("zoo.cfg")).toBe(`# ours\ntickTime=500\ndynamicConfigFile=${path}.dynamic.8\n`);
    // The configuration file decides on the active one: an operator may have written another into it.
    expect((await open(path)).active).toBeUndefined();
  });

  it.each([
    [["clientPort"] as const, ["secureClientPort=2281", "secureClientPortAddress=h"]],
    [["secureClientPort"] as const, ["clientPort=2181", "clientPortAddress=h"]],
  ])(
    "keep ports for clients in a configuration file that the configuration does not name: it names %s",
    async (named, kept) => {
      const path = join(folder, "zoo.cfg");
      const ports = ["clientPort=2181", "clientPortAddress=h", "secureClientPort=2281", "secureClientPortAddress=h"];
      await writeFile(path, ports.join("\n"));
      await (await open(path)).setActive(configuration(7n), named);
      expect((await read("zoo.cfg")).split("\n").slice(0, -2)).toEqual(kept);
    },
  );

  it("refuse a folder that cannot be written to, before it is necessary", async () => {
    await writeFile(join(folder, "file"), "in the place of a folder");
    await expect(open(join(folder, "file", "zoo.cfg"))).rejects.toThrow("set reconfigEnabled to false");
  });

  it("have the last proposed configuration, or the active one made from it, after a power loss at any moment", async () => {
    const FOLDER = "/data/version-2";
    await forEachSeed(
      async (random) => {
        let disk = new FailingDisk({ random, operations: 1 + randomInt(random, 60) });
        let [acknowledged, attempted, activated] = [0n, 0n, 0n];
        for (let life = 1; life <= 4; life++) {
          try {
            await disk.makeFolder(FOLDER);
            await disk.syncFolder(FOLDER);
            const store = await ConfigurationFiles.open(disk, FOLDER, { isWritten: true });
            const active = store.active?.version ?? 0n;
            const seen = store.proposed?.version ?? active;
            expect(active >= activated).toBe(true);
            expect([acknowledged, attempted]).toContain(seen > active ? seen : active);
            activated = active;
            acknowledged = seen > active ? seen : active;
            for (;;) {
              attempted = acknowledged + 1n;
              await store.setProposed(configuration(attempted));
              acknowledged = attempted;
              await store.setActive(configuration(acknowledged), ["clientPort"]);
              activated = acknowledged;
            }
          } catch (error) {
            expect(error).toMatchObject({ name: "PowerLoss" });
          }
          disk = disk.afterCrash({ random, operations: 5 + randomInt(random, 60), isKill: randomInt(random, 3) === 0 });
        }
      },
      { count: 100, first: 1 },
    );
  });
});
