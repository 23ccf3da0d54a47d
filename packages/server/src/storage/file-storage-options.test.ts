import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, silentLogger, systemClock } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FileStorage } from "./file-storage.js";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "conclave-options-"));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

const nobody = { reset() {}, restoreSession() {}, restoreNode() {}, apply() {} };
const empty = { lastZxid: 0n, sessions: [], acls: [], nodes: [] };

it("autoCreateDataDir: without, a folder that is not there is refused, and nothing is made", async () => {
  const options = { dataDir, preAllocBytes: 0, autoCreateDataDir: false };
  await expect(new FileStorage(options).recover(nobody)).rejects.toThrow(/^Cannot use .*version-2 \(dataDir\): ENOENT/);
  expect(readdirSync(dataDir)).toEqual([]);
  mkdirSync(join(dataDir, "version-2"));
  const storage = new FileStorage(options);
  expect(await storage.recover(nobody)).toMatchObject({ fresh: true });
  await storage.close();
});

it.each([
  [5, 1],
  [1_000_000, 0],
])(
  "fsyncWarningThresholdMs: of a write of the log that takes longer than %i ms, %i warning is given",
  async (fsyncWarningThresholdMs, count) => {
    let now = 0;
    // Ten milliseconds pass from one look to the next.
    const clock: Clock = { ...systemClock, now: () => (now += 10) };
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const storage = new FileStorage({ dataDir, preAllocBytes: 0, fsyncWarningThresholdMs, clock, logger });
    await storage.recover(nobody);
    await storage.snapshot(empty);
    storage.append({ header: { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: -1 }, txn: { type: -1, err: -101 } });
    await storage.flush();
    expect(warnings).toHaveLength(count);
    await storage.close();
  },
);
