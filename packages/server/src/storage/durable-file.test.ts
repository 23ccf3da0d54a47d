import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DurableFile } from "./durable-file.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-file-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it.each([true, false])("appends each piece, and reserves zeros after them (sync: %s)", async (sync) => {
  const path = join(folder, "file");
  const file = await DurableFile.create(path, { sync });
  await file.write(Uint8Array.of(1, 2));
  await file.reserve(6);
  await file.write(Uint8Array.of(3));
  expect([file.position, file.size]).toEqual([3, 6]);
  await file.write(Uint8Array.of(4, 5, 6, 7));
  expect([file.position, file.size]).toEqual([7, 7]);
  await file.close();
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it("empties a file that is there", async () => {
  const path = join(folder, "file");
  for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]) {
    const file = await DurableFile.create(path, { sync: true });
    await file.write(bytes);
    await file.close();
  }
  expect([...readFileSync(path)]).toEqual([4]);
});

it.runIf(existsSync("/dev/full"))("rejects when the disk is full", async () => {
  const file = await DurableFile.create("/dev/full", { sync: false });
  await expect(file.write(Uint8Array.of(1))).rejects.toMatchObject({ code: "ENOSPC" });
  await file.close();
});
