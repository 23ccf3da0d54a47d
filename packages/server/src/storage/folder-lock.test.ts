import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FolderLock, lockFolder } from "./folder-lock.js";
import { StorageError } from "./storage-error.js";

let folder: string;
const held: FolderLock[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-lock-"));
});
afterEach(async () => {
  for (const lock of held.splice(0)) await lock.release();
  rmSync(folder, { recursive: true, force: true });
});

async function take(path = folder): Promise<FolderLock> {
  const lock = await lockFolder(path);
  if (lock === undefined)
    throw new Error(`${path} cannot hold a lock: this test needs a file system with Unix sockets`);
  held.push(lock);
  return lock;
}

/** The lock of a process that was killed: its socket is there, and none listens. */
function plantStaleLock(generation: number): void {
  const path = join(folder, `lock.${generation}`);
  mkdirSync(path);
  const listenAndDie = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  const { signal } = spawnSync(process.execPath, ["-e", listenAndDie, join(path, "socket")]);
  expect(signal).toBe("SIGKILL");
  expect(existsSync(join(path, "socket"))).toBe(true);
}

it("of a folder is refused while it is held, in the same process too, and names folder and process", async () => {
  await take();
  const refused = take();
  await expect(refused).rejects.toBeInstanceOf(StorageError);
  await expect(refused).rejects.toMatchObject({ code: "locked", path: folder });
  await expect(refused).rejects.toThrow(`${folder} is in use by this process (${process.pid})`);
});

it("is the same by whichever path the folder is reached", async () => {
  await take();
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  try {
    await expect(take(link)).rejects.toMatchObject({ code: "locked" });
  } finally {
    rmSync(link);
  }
});

it("can be taken again after its release", async () => {
  for (let round = 0; round < 3; round++) await (await take()).release();
  await take();
  expect(readdirSync(folder)).toEqual(["lock.4"]);
});

it("of a process that was killed is taken over by exactly one of many starters", async () => {
  plantStaleLock(7);
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => take()));
  const refused = results.filter(({ status }) => status === "rejected");
  expect(held).toHaveLength(1);
  for (const each of refused) expect(each).toMatchObject({ reason: { code: "locked" } });
  expect(readdirSync(folder)).toEqual(["lock.8"]);
});

it("is held by exactly one while many take and release it", async () => {
  let inside = 0;
  let taken = 0;
  const contend = async (): Promise<void> => {
    for (let turn = 0; turn < 40; turn++) {
      const lock = await lockFolder(folder).catch((error: unknown) => {
        if (error instanceof StorageError && error.code === "locked") return undefined;
        throw error;
      });
      if (lock === undefined) continue;
      expect(++inside).toBe(1);
      taken++;
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      await lock.release();
    }
  };
  await Promise.all([contend(), contend(), contend(), contend()]);
  expect(taken).toBeGreaterThan(3);
});

it("works in a folder with a path longer than socket paths may be", async () => {
  const deep = join(folder, "d".repeat(100), "e".repeat(100));
  mkdirSync(deep, { recursive: true });
  await take(deep);
  await expect(take(deep)).rejects.toMatchObject({ code: "locked" });
});
