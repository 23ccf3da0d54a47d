import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { silentMeter } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import { learnerSnapshotChunks, snapshotFileOf } from "../storage/learner-snapshot.js";
import type { TxnRecord } from "../tree/txn.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { MemberState, type MemberStateOptions } from "./member-state.js";

let folder = "";
const states: MemberState[] = [];
const failures: unknown[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-member-"));
});
afterEach(async () => {
  for (const state of states.splice(0)) await state.close().catch(() => {});
  await rm(folder, { recursive: true });
  failures.length = 0;
});

async function open(name = "1", more: Partial<MemberStateOptions> = {}): Promise<MemberState> {
  const options = resolveServerOptions({ dataDir: join(folder, name), preAllocSize: 4096 } as object);
  const state = await MemberState.open({
    configuration: EnsembleConfiguration.parse("server.1=localhost:1:2"),
    openDatabase: () => Database.open(options, silentMeter),
    onFailure: (cause) => void failures.push(cause),
    ...more,
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

/** Yields the bytes that a leader sends to a learner. */
async function* chunksOf({ database }: MemberState): AsyncGenerator<Uint8Array> {
  for (const chunk of learnerSnapshotChunks(database.tree.snapshotSource())) yield Uint8Array.from(chunk);
}

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
  expect(state.takeUnapplied().map(({ header }) => header.zxid)).toEqual([1n, 2n]);
  expect(state.takeUnapplied()).toEqual([]);
});

it("records that a role leaves unapplied are in the tree of a leader before it sends a snapshot", async () => {
  const state = await open();
  state.keepUnapplied([created(1n)]);
  state.applyUnapplied();
  expect(state.database.tree.get("/1")).toBeDefined();
  expect(state.database.tree.lastZxid).toBe(1n);
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
  expect(await state.truncateAfter(2n)).toBe(2n);
  expect(state.takeUnapplied()).toEqual([]);
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
  expect(await state.install(snapshotFileOf(chunksOf(leader), { unread: new Uint8Array(0) }), 5n)).toBe(5n);
  expect([state.lastZxid, state.history.base, state.acceptedEpoch, state.currentEpoch]).toEqual([5n, 5n, 3, 2]);
  expect(state.database.tree.get("/5")).toBeDefined();
});

it("a failure of the disk is reported once", async () => {
  const state = await open();
  state.hasFailed("first");
  state.hasFailed("second");
  expect(failures).toEqual(["first"]);
});

const configuration = (version: bigint): EnsembleConfiguration =>
  EnsembleConfiguration.parse(`server.1=localhost:1:2;3\nserver.2=localhost:4:5;6\nversion=${version.toString(16)}`);
const configOf = ({ database }: MemberState): string =>
  new TextDecoder().decode(database.tree.get("/zookeeper/config")!.data ?? new Uint8Array());

it("a member without data that installs a snapshot has epochs at its next start, if it was killed before it stored one", async () => {
  const leader = await open("leader");
  leader.database.tree.apply(created(0x3_0000_0001n));
  const state = await open();
  await state.install(snapshotFileOf(chunksOf(leader), { unread: new Uint8Array(0) }), 0x3_0000_0001n);
  await state.close();
  expect((await open()).currentEpoch).toBe(0);
});

it("the configuration is in its znode from the start, and again after the data was replaced", async () => {
  const [leader, learner] = [await open("1"), await open("2")];
  expect(configOf(learner)).toBe("server.1=localhost:1:2:participant\nversion=0");
  await learner.install(snapshotFileOf(chunksOf(leader), { unread: new Uint8Array(0) }), 0n);
  expect(configOf(learner)).toContain("version=0");
});

it("a proposed configuration is on disk when it is stored, and an active one is found by the next start", async () => {
  const state = await open("1", { reconfigEnabled: true });
  const seen: string[] = [];
  state.onConfigured = ({ active, proposed }) => void seen.push(`${active.version} ${proposed?.version}`);
  await state.storeSeen(configuration(5n));
  await state.close();
  const again = await open("1", { reconfigEnabled: true });
  expect([again.quorums.active.version, again.quorums.proposed?.version]).toEqual([0n, 5n]);
  again.onConfigured = state.onConfigured;
  again.activate(configuration(5n));
  expect(configOf(again)).toContain("version=5");
  await again.close();
  const third = await open("1");
  expect([third.quorums.active.version, third.quorums.proposed]).toEqual([5n, undefined]);
  expect(configOf(third)).toContain("version=5");
  expect(seen).toEqual(["0 5", "5 undefined"]);
  expect(failures).toEqual([]);
});

it("a reconfiguration on record counts as proposed at the next start, also if a crash has kept its file from being written", async () => {
  const state = await open("1", { reconfigEnabled: true });
  const data = new TextEncoder().encode(configuration(1n).toString());
  state.append({
    header: { clientId: 7n, cxid: 1, zxid: 1n, time: 1, type: OpCode.reconfig },
    txn: { type: OpCode.reconfig, path: "/zookeeper/config", data, version: -1 },
  });
  await state.flush();
  await state.close();
  const again = await open("1", { reconfigEnabled: true });
  expect([again.quorums.active.version, again.quorums.proposed?.version]).toEqual([0n, 1n]);
  expect(again.quorums.isQuorum([1n])).toBe(false);
  again.activate(configuration(1n));
  await again.close();
  const third = await open("1", { reconfigEnabled: true });
  expect([third.quorums.active.version, third.quorums.proposed]).toEqual([1n, undefined]);
});

it("a proposed configuration of an earlier start is not used while reconfiguration is disabled", async () => {
  const state = await open("1", { reconfigEnabled: true });
  await state.storeSeen(configuration(5n));
  await state.close();
  expect((await open("1")).quorums.proposed).toBeUndefined();
});

it("a configuration that cannot be stored ends the server", async () => {
  const state = await open("1", { reconfigEnabled: true });
  await rm(join(folder, "1"), { recursive: true });
  state.activate(configuration(5n));
  await eventually(() => expect(failures).toHaveLength(1));
});
