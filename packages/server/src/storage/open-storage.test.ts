import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import type { TxnRecord } from "../tree/txn.js";
import { openStorage } from "./open-storage.js";

const record: TxnRecord = {
  header: { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: OpCode.error },
  txn: { type: OpCode.error, err: -101 },
};
const sink = { reset() {}, restoreSession() {}, restoreNode() {}, apply() {} };

/** Returns true if a second storage with the same options finds the records that the first one flushed. */
async function remembers(dataDir: string | undefined): Promise<boolean> {
  const choice = { dataDir, dataLogDir: undefined, preAllocBytes: 0, forceSync: true, logger: silentLogger };
  const first = openStorage(choice);
  expect(await first.recover(sink)).toMatchObject({ lastZxid: 0n, fresh: true });
  await first.snapshot({ lastZxid: 0n, sessions: [], acls: [], nodes: [] });
  first.append(record);
  await first.flush();
  await first.close();
  const second = openStorage(choice);
  const { lastZxid } = await second.recover(sink);
  await second.close();
  return lastZxid === 1n;
}

it("keeps everything in memory where no folder is named, and forgets it", async () => {
  expect(await remembers(undefined)).toBe(false);
});

it("keeps everything in the folder that is named", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "conclave-storage-"));
  expect(await remembers(dataDir)).toBe(true);
  rmSync(dataDir, { recursive: true });
});
