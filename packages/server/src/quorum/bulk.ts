import { JuteWriter, writeQuorumPacket } from "@conclave/protocol";
import { learnerSnapshotChunks } from "../storage/learner-snapshot.js";
import { recordBytes } from "../storage/record-bytes.js";
import type { TxnRecord } from "../tree/txn.js";
import type { LeaderPacket } from "../zab/packets.js";
import type { SyncPlan } from "../zab/sync/sync-plan.js";
import type { MemberState } from "./member-state.js";
import { encodeLeaderPacket } from "./packet-codec.js";

function write(out: JuteWriter, packet: LeaderPacket): void {
  writeQuorumPacket(out, encodeLeaderPacket(packet, recordBytes));
}

function* writeCommitted(out: JuteWriter, batch: Iterable<TxnRecord>): Generator<Uint8Array> {
  for (const record of batch) {
    write(out, { type: "proposal", record });
    write(out, { type: "commit", zxid: record.header.zxid });
  }
  if (out.length > 0) yield out.take();
}

/**
 * Returns the bytes that bring a learner to the end of the leader's history, made as it takes them. They are a snapshot if the
 * log does not have the planned records any more.
 */
export function bulkOf(plan: SyncPlan, state: MemberState): AsyncIterable<Uint8Array> {
  return plan.mode === "snap" ? snapshot(state) : records(plan, state);
}

function snapshot({ database }: MemberState): AsyncIterable<Uint8Array> {
  // Taken now: what is applied from now on follows as proposals.
  const source = database.tree.snapshotSource();
  return (async function* () {
    const out = new JuteWriter();
    write(out, { type: "snap", zxid: source.lastZxid });
    yield out.take();
    yield* learnerSnapshotChunks(source);
  })();
}

async function* records(plan: Extract<SyncPlan, { after: bigint }>, state: MemberState): AsyncGenerator<Uint8Array> {
  const { after, to, mode } = plan;
  const cursor = after === to ? undefined : await state.database.storage.readFrom(after);
  if (cursor !== undefined && (cursor.kind === "missing" || cursor.previous !== after)) {
    yield* snapshot(state);
    return;
  }
  const out = new JuteWriter();
  // As Apache's leaders: DIFF names the last record, TRUNC the last one to keep.
  write(out, mode === "diff" ? { type: "diff", zxid: to } : { type: "trunc", zxid: after });
  yield out.take();
  if (cursor === undefined) return;
  for await (const batch of cursor.records) {
    yield* writeCommitted(
      out,
      batch.filter(({ header }) => header.zxid <= to),
    );
  }
}
