import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, create, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { type Random, randomInt, seededRandom } from "@conclave/runtime";
import { startApacheStandalone } from "@conclave/services";
import { forEachSeed } from "@conclave/testing";
import { itOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveProcess } from "./crash-fixture/conclave-process.js";
import { dumpTree, readContent } from "./crash-fixture/tree-dump.js";
import { Writer } from "./crash-fixture/workload.js";
import { Wire } from "./wire-fixture/wire.js";

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

/** Few transactions between snapshots, short steps of the log file, a purge at each start: a crash meets all of these. */
const settings = { snapCount: 100, preAllocSize: 16, "autopurge.purgeInterval": 1 };

async function start(): Promise<ConclaveProcess> {
  const server = await ConclaveProcess.start(dataDir, settings);
  running.push(server);
  return server;
}

const makeWriters = (random: Random): Writer[] => [1, 2, 3, 4].map((index) => new Writer(`/w${index}`, random));

/** Lets all write at once; kills the server when it has acknowledged some writes, and a moment more has passed. */
async function writeAndKill(server: ConclaveProcess, writers: readonly Writer[], random: Random): Promise<void> {
  let left = 1 + randomInt(random, 600);
  const moment = random.float() * 4;
  const killed = new Promise<void>((resolve, reject) => {
    const onAcknowledged = (): void => {
      if (--left === 0) setTimeout(() => void server.kill().then(resolve, reject), moment);
    };
    for (const writer of writers) writer.run(server.port, onAcknowledged).catch(reject);
  });
  await killed;
  // What had arrived before the end counts as acknowledged.
  await new Promise((resolve) => setImmediate(resolve));
}

describe("after SIGKILL", () => {
  it("every acknowledged write is there, and no multi is half applied, time and again", async () => {
    await forEachSeed(
      async (random) => {
        await rm(dataDir, { recursive: true });
        dataDir = await mkdtemp(join(tmpdir(), "conclave-crash-"));
        const writers = makeWriters(random);
        for (let round = 1; round <= 4; round++) {
          const server = await start();
          for (const writer of writers) writer.settle(await readContent(server.port, writer.root));
          await writeAndKill(server, writers, random);
        }
        const server = await start();
        for (const writer of writers) writer.settle(await readContent(server.port, writer.root));
        expect(await server.stop()).toBe(0);
      },
      { count: 3 },
    );
  }, 120_000);

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
    for (const writer of writers) writer.settle(await readContent(next.port, writer.root));
  });
});

describe("a data folder", () => {
  /** Everything but what belongs to each server itself. */
  async function dump(port: number): Promise<unknown> {
    const nodes = await dumpTree(port, "/");
    return Object.fromEntries([...nodes].filter(([path]) => path !== "/zookeeper/config").sort());
  }

  /** Of a session that nobody closes: it outlives its server. */
  async function addEphemeral(port: number, path: string): Promise<void> {
    const wire = new Wire(port);
    wires.push(wire);
    const { timeoutMs } = await wire.connect({ timeoutMs: 60_000 });
    expect(timeoutMs).toBe(60_000);
    const request = { path, data: Buffer.from("mine"), acl: OPEN_ACL_UNSAFE, flags: CreateMode.EPHEMERAL_SEQUENTIAL };
    expect((await wire.call(create, request)).err).toBe(0);
  }

  const maxTimeout = { ...settings, maxSessionTimeout: 60_000 };

  itOnApache(
    "of ours is read by Apache ZooKeeper, and one of Apache's by ours: the same tree",
    async (apache) => {
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
        for (const writer of writers) writer.settle(await readContent(java.clientPort, writer.root));
        await addEphemeral(java.clientPort, "/e-");
        let left = 300;
        const done = writers.map((writer) =>
          writer.run(java.clientPort, () => {
            if (--left === 0) void java.kill();
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
        for (const writer of writers) writer.settle(await readContent(last.port, writer.root));
      } finally {
        await java.close();
      }
    },
    120_000,
  );
});
