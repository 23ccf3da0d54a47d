import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPEN_ACL_UNSAFE, OpCode, PacketType, QuorumPacketDecoder } from "@conclave/protocol";
import { silentMeter } from "@conclave/runtime";
import { expect, it, onTestFinished } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import type { TxnRecord } from "../tree/txn.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { SyncPlan } from "../zab/sync/sync-plan.js";
import { bulkOf } from "./bulk.js";
import { MemberState } from "./member-state.js";

const { DIFF, TRUNC, SNAP, PROPOSAL, COMMIT } = PacketType;

const created = (zxid: bigint): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1, type: OpCode.create },
  txn: {
    ...{ type: OpCode.create, path: `/${zxid}`, data: null, acl: OPEN_ACL_UNSAFE },
    ...{ ephemeral: false, parentCVersion: Number(zxid) },
  },
});

/** A member with these records in its log. */
async function memberWith(...zxids: bigint[]): Promise<MemberState> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-bulk-"));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const options = resolveServerOptions({ dataDir, preAllocBytes: 4096 });
  const state = await MemberState.open({
    configuration: EnsembleConfiguration.parse("server.1=localhost:1:2"),
    openDatabase: () => Database.open(options, silentMeter),
    onFailure: (cause) => expect.fail(String(cause)),
  });
  onTestFinished(() => state.close());
  for (const zxid of zxids) state.append(created(zxid));
  await state.flush();
  return state;
}

async function bytesOf(plan: SyncPlan, state: MemberState): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bulkOf(plan, state)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** Types and zxids of the packets; of a snapshot only the packet that announces it. */
async function packetsOf(plan: SyncPlan, state: MemberState): Promise<(readonly [type: number, zxid: bigint])[]> {
  const packets: (readonly [number, bigint])[] = [];
  const decoder = new QuorumPacketDecoder({
    maxDataBytes: 10_000,
    onPacket: ({ type, zxid }) => void packets.push([type, zxid]),
    onSnapshotBytes() {},
  });
  decoder.push(await bytesOf(plan, state));
  return packets;
}

const committed = (zxid: bigint) => [[PROPOSAL, zxid] as const, [COMMIT, zxid] as const];

it("a DIFF has the records after the learner's last one, each committed, up to the planned end", async () => {
  const state = await memberWith(1n, 2n, 3n, 4n);
  expect(await packetsOf({ mode: "diff", after: 1n, to: 3n }, state)).toEqual([
    [DIFF, 3n],
    ...committed(2n),
    ...committed(3n),
  ]);
  expect(await packetsOf({ mode: "diff", after: 3n, to: 3n }, state)).toEqual([[DIFF, 3n]]);
});

it("a TRUNC names the last record that the learner keeps, and the records after it follow", async () => {
  const state = await memberWith(1n, 2n, 3n);
  expect(await packetsOf({ mode: "trunc", after: 2n, to: 3n }, state)).toEqual([[TRUNC, 2n], ...committed(3n)]);
});

it.each(["diff", "trunc"] as const)(
  "a snapshot takes the place of a %s after a record that the log does not have",
  async (mode) => {
    const later = 2n ** 32n;
    const state = await memberWith(1n, later + 1n, later + 2n);
    expect(await packetsOf({ mode, after: 2n, to: later + 2n }, state)).toEqual([[SNAP, 0n]]);
  },
);
