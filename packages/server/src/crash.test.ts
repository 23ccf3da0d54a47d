import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, create, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { type Random, seededRandom } from "@conclave/runtime";
import { startApacheStandalone } from "@conclave/services";
import { forEachSeed } from "@conclave/testing";
import { itOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveProcess } from "../test-support/crash/conclave-process.js";
import { KILL_SETTINGS, KillRounds, settleAll, writeAndKill } from "../test-support/crash/kill-rounds.js";
import { dumpTree } from "../test-support/crash/tree-dump.js";
import { Writer } from "../test-support/crash/workload.js";
import { Wire } from "../test-support/wire/wire.js";

let dataDir: string;
const running: ConclaveProcess[] = [];
const wires: Wire[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "conclave-crash-"));
});
afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  for (const server of running.splice(0)) await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<ConclaveProcess> {
  const server = await ConclaveProcess.start(dataDir, KILL_SETTINGS);
  running.push(server);
  return server;
}

const makeWriters = (random: Random): Writer[] => [1, 2, 3, 4].map((index) => new Writer(`/w${index}`, random));

describe("after SIGKILL", () => {
  it("every acknowledged write is there, and no multi is half applied, time and again", async () => {
    await forEachSeed(
      async (random) => {
        await using rounds = await KillRounds.open(random);
        for (let round = 1; round <= 3; round++) await rounds.killWhileWriting();
        expect(await rounds.finish()).toBe(0);
      },
      { count: 2 },
    );
  });

  it("in the middle of a purge, the remaining files can be recovered", async () => {
    let halfway = 0;
    await forEachSeed(
      async (random) => {
        await using rounds = await KillRounds.open(random);
        for (let purge = 1; purge <= 3; purge++) if (await rounds.killWhilePurging()) halfway++;
        expect(await rounds.finish()).toBe(0);
      },
      { count: 2 },
    );
    expect(halfway).toBeGreaterThan(0);
  });

  it("snapshots were written meanwhile, and nothing unfinished is left", async () => {
    const random = seededRandom(1);
    const writers = makeWriters(random);
    const server = await start();
    const done = writers.map((writer) => writer.run(server.port, () => {}));
    const version2 = join(dataDir, "version-2");
    const names = async (prefix: string) => (await readdir(version2)).filter((name) => name.startsWith(prefix));
    while ((await names("snapshot.")).length < 5) await new Promise((resolve) => setImmediate(resolve));
    await server.kill();
    await Promise.all(done);
    const next = await start();
    expect(await names("unfinished-")).toEqual([]);
    expect((await names("log.")).length).toBeGreaterThan(3);
    await settleAll(next.port, writers);
  });
});

describe("a data folder", () => {
  /** Returns all znodes except those that each server has for itself. */
  async function dump(port: number): Promise<unknown> {
    const nodes = await dumpTree(port, "/");
    return Object.fromEntries([...nodes].filter(([path]) => path !== "/zookeeper/config").sort());
  }

  /** Creates an ephemeral of a session that is not closed, so it outlives the server. */
  async function addEphemeral(port: number, path: string): Promise<void> {
    const wire = new Wire(port);
    wires.push(wire);
    const { timeoutMs } = await wire.connect({ timeoutMs: 60_000 });
    expect(timeoutMs).toBe(60_000);
    const request = { path, data: Buffer.from("mine"), acl: OPEN_ACL_UNSAFE, flags: CreateMode.EPHEMERAL_SEQUENTIAL };
    expect((await wire.call(create, request)).err).toBe(0);
  }

  const maxTimeout = { ...KILL_SETTINGS, maxSessionTimeout: 60_000 };

  itOnApache("of ours is read by Apache ZooKeeper, and one of Apache's by ours: the same tree", async (apache) => {
    const random = seededRandom(2);
    const writers = makeWriters(random);
    const ours = await ConclaveProcess.start(dataDir, maxTimeout);
    running.push(ours);
    await addEphemeral(ours.port, "/e-");
    await writeAndKill(ours, writers, random);
    const again = await ConclaveProcess.start(dataDir, maxTimeout);
    running.push(again);
    const asWeSeeIt = await dump(again.port);
    await again.kill();

    const java = await startApacheStandalone({ apache, dataDir, config: { snapCount: 100 } });
    try {
      expect(await dump(java.clientPort)).toEqual(asWeSeeIt);
      await settleAll(java.clientPort, writers);
      await addEphemeral(java.clientPort, "/e-");
      let count = 0;
      const done = writers.map((writer) =>
        writer.run(java.clientPort, () => {
          if (++count === 300) void java.kill();
        }),
      );
      await Promise.all(done);
      await java.restart();
      const asJavaSeesIt = await dump(java.clientPort);
      await java.kill();

      const last = await ConclaveProcess.start(dataDir, maxTimeout);
      running.push(last);
      expect(await dump(last.port)).toEqual(asJavaSeesIt);
      expect(Object.keys(asJavaSeesIt as object).filter((path) => path.startsWith("/e-"))).toHaveLength(2);
      await settleAll(last.port, writers);
    } finally {
      await java.close();
    }
  });
});
