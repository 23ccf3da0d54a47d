import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { silentMeter } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import { learnerSnapshotChunks, snapshotFileOf } from "../storage/learner-snapshot.js";
import type { TxnRecord } from "../tree/txn.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { MemberState } from "./member-state.js";

let folder = "";
const states: MemberState[] = [];
const failures: unknown[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-member-"));
});
afterEach(async () => {
  for (const state of states.splice(0)) await state.close();
  await rm(folder, { recursive: true });
  failures.length = 0;
});

async function open(name = "1"): Promise<MemberState> {
  const options = resolveServerOptions({ dataDir: join(folder, name), preAllocSize: 4096 } as object);
  const state = await MemberState.open({
    configuration: EnsembleConfiguration.parse("server.1=localhost:1:2"),
    openDatabase: () => Database.open(options, silentMeter),
    onFailure: (cause) => void failures.push(cause),
  });
  states.push(state);
  return state;
}

const created = (zxid: bigint): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1, type: OpCode.create },
  txn: {
    ...{ type: OpCode.create, path: `/${zxid}`, data: null, acl: OPEN_ACL_UNSAFE },
    ...{ ephemeral: false, parentCVersion: Number(zxid) },
  },
});

it("the last zxid is that of the log, whether or not the tree has it", async () => {
  const state = await open();
  for (let zxid = 1n; zxid <= 3n; zxid++) state.append(created(zxid));
  await state.flush();
  expect([state.lastZxid, state.database.tree.lastZxid]).toEqual([3n, 0n]);
  expect(state.history.floor(2n)).toBe(2n);
});

it("records that a role leaves unapplied are given to the next one, in order", async () => {
  const state = await open();
  state.keepUnapplied([created(1n)]);
  state.keepUnapplied([created(2n)]);
  expect(state.unapplied.map(({ header }) => header.zxid)).toEqual([1n, 2n]);
  expect(state.takeUnapplied()).toHaveLength(2);
  expect(state.takeUnapplied()).toEqual([]);
});

it("truncation removes records from log and memory, and a zxid that is not on record changes nothing", async () => {
  const state = await open();
  await state.storeAcceptedEpoch(1);
  await state.storeCurrentEpoch(1);
  for (let zxid = 1n; zxid <= 3n; zxid++) state.append(created(zxid));
  await state.flush();
  state.keepUnapplied([created(1n), created(2n), created(3n)]);
  expect(await state.truncateAfter(9n)).toBe(3n);
  expect(state.unapplied).toHaveLength(3);
  expect(await state.truncateAfter(2n)).toBe(2n);
  expect(state.unapplied).toEqual([]);
  expect(state.database.tree.get("/2")).toBeDefined();
  expect(state.database.tree.get("/3")).toBeUndefined();
  state.append(created(3n));
  await state.flush();
  expect(state.lastZxid).toBe(3n);
});

it("a leader's snapshot replaces everything, and epochs survive", async () => {
  const leader = await open("leader");
  for (let zxid = 1n; zxid <= 5n; zxid++) leader.database.tree.apply(created(zxid));
  const state = await open();
  await state.storeAcceptedEpoch(3);
  await state.storeCurrentEpoch(2);
  state.append(created(1n));
  await state.flush();
  const chunks = async function* () {
    for (const chunk of learnerSnapshotChunks(leader.database.tree.snapshotSource())) yield Uint8Array.from(chunk);
  };
  expect(await state.install(snapshotFileOf(chunks(), { unread: new Uint8Array(0) }), 5n)).toBe(5n);
  expect([state.lastZxid, state.history.base, state.acceptedEpoch, state.currentEpoch]).toEqual([5n, 5n, 3, 2]);
  expect(state.database.tree.get("/5")).toBeDefined();
});

it("a failure of the disk is reported once", async () => {
  const state = await open();
  state.hasFailed("first");
  state.hasFailed("second");
  expect(failures).toEqual(["first"]);
});
