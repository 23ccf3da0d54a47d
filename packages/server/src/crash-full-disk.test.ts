import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { seededRandom } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ConclaveProcess } from "../test-support/crash/conclave-process.js";
import { readContent } from "../test-support/crash/tree-dump.js";
import { Writer } from "../test-support/crash/workload.js";

const run = promisify(execFile);

/** Why no small file system can be made here; `undefined` where it can. */
async function reason(): Promise<string | undefined> {
  if (process.platform !== "linux") return "tmpfs is Linux's";
  const folder = await mkdtemp(join(tmpdir(), "conclave-tmpfs-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "conclave-test", folder]);
    await run("umount", [folder]);
    return undefined;
  } catch (error) {
    return `cannot mount a tmpfs: ${(error as Error).message.trim().split("\n").at(-1)}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const skippedBecause = await reason();
const onTmpfs = skippedBecause === undefined ? {} : { skip: true, meta: { skippedBecause } };

let folder: string;
const running: ConclaveProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-full-"));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.kill();
  await run("umount", [folder]).catch(() => {});
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<ConclaveProcess> {
  const server = await ConclaveProcess.start(folder, { snapCount: 2000, preAllocSize: 16 });
  running.push(server);
  return server;
}

it(
  "a full disk ends the server with a clear error; with space again, everything acknowledged is there",
  onTmpfs,
  async () => {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "conclave-test", folder]);
    const writers = [1, 2, 3].map((index) => new Writer(`/w${index}`, seededRandom(index)));
    const server = await start();
    await Promise.all(writers.map((writer) => writer.run(server.port, () => {})));
    expect(await server.ended).toBe(1);
    expect(server.output).toMatch(/Cannot write to the transaction log in .*ENOSPC.*acknowledged writes are safe/);
    expect(writers.some(({ acknowledged }) => acknowledged > 100)).toBe(true);

    await run("mount", ["-o", "remount,size=64m", folder]);
    const next = await start();
    for (const writer of writers) writer.settle(await readContent(next.port, writer.root));
    expect((await readdir(join(folder, "version-2"))).filter((name) => name.startsWith("unfinished"))).toEqual([]);
    expect(await next.stop()).toBe(0);
  },
);
