import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zxidOf } from "../../tree/zxid.js";
import { planSync, type SyncPlan } from "./sync-plan.js";
import { ZxidHistory } from "./zxid-history.js";

/** Reads zxids as `epoch:counter`. */
function zxids(text: string): bigint[] {
  return text.split(" ").filter(Boolean).map(zxid);
}

function zxid(text: string): bigint {
  const [epoch = 0, counter = 0] = text.split(":").map(Number);
  return zxidOf(epoch, counter);
}

function shown(plan: SyncPlan): string {
  const text = (value: bigint): string => `${value >> 32n}:${value & 0xffff_ffffn}`;
  return plan.mode === "snap" ? `SNAP to ${text(plan.to)}` : `${plan.mode.toUpperCase()} after ${text(plan.after)}`;
}

describe("the sync plan", () => {
  it.each([
    ["nothing, and the leader has nothing", "0:0", "", "0:0", "DIFF after 0:0"],
    ["nothing, and the leader can read all of its history", "0:0", "1:1 1:2", "0:0", "DIFF after 0:0"],
    ["nothing, and the leader cannot read its first records", "1:1", "1:2 1:3", "0:0", "SNAP to 1:3"],
    ["lost its disk", "0:0", "1:1 1:2", "-1", "SNAP to 1:2"],
    ["the whole history", "0:0", "1:1 1:2 2:1", "2:1", "DIFF after 2:1"],
    ["the whole history, of which the leader can read nothing", "2:1", "", "2:1", "DIFF after 2:1"],
    ["less, but a record that the leader can read", "0:0", "1:1 1:2 1:3 2:1", "1:2", "DIFF after 1:2"],
    ["the record before the first that the leader can read", "1:2", "1:3 1:4", "1:2", "DIFF after 1:2"],
    ["less than the leader can read", "1:2", "1:3 1:4", "1:1", "SNAP to 1:4"],
    ["more records of the leader's last epoch", "0:0", "1:1 1:2", "1:5", "TRUNC after 1:2"],
    ["more records than the leader, which can read none", "1:2", "", "1:5", "TRUNC after 1:2"],
    ["more records of an earlier epoch", "0:0", "1:1 1:2 2:1 2:2", "1:4", "TRUNC after 1:2"],
    ["records of an epoch that the leader has none of", "0:0", "1:1 1:2 3:1", "2:4", "SNAP to 3:1"],
    ["records of a later epoch than the leader's last", "0:0", "1:1 1:2", "2:4", "SNAP to 1:2"],
    ["more than a leader whose tree is at the start of the epoch", "2:0", "", "2:4", "SNAP to 2:0"],
    ["more than a leader whose log begins with the epoch", "2:0", "2:1 2:2", "2:4", "TRUNC after 2:2"],
    ["a snapshot of the start of the last epoch", "0:0", "1:1 1:2 2:1 2:2", "2:0", "DIFF after 1:2"],
    ["a snapshot of the start of an epoch without records", "0:0", "1:1 1:2 3:1", "2:0", "SNAP to 3:1"],
    ["a snapshot of the start of a later epoch", "0:0", "1:1 1:2", "2:0", "SNAP to 1:2"],
    ["a snapshot of the start of the epoch in which the leader's log begins", "2:3", "2:4", "2:0", "SNAP to 2:4"],
    ["the snapshot with which the leader's history begins", "2:0", "2:1", "2:0", "DIFF after 2:0"],
  ])("for a learner that has %s", (_, base, records, peerLast, plan) => {
    const history = new ZxidHistory(zxid(base), zxids(records));
    expect(shown(planSync(peerLast === "-1" ? -1n : zxid(peerLast), history))).toBe(plan);
  });

  it("sends a snapshot to a learner that could not truncate its log", () => {
    const history = new ZxidHistory(0n, zxids("1:1 1:2"));
    expect(shown(planSync(zxid("1:5"), history, true))).toBe("SNAP to 1:2");
  });

  it("gives each learner exactly the leader's history, in any order of elections and failures", () => {
    const modes = { diff: 0, trunc: 0, snap: 0 };
    fc.assert(
      fc.property(fc.array(anyTerm, { minLength: 1, maxLength: 8 }), (terms) => {
        for (const mode of runElections(terms)) modes[mode]++;
      }),
      { numRuns: 500 },
    );
    for (const [mode, count] of Object.entries(modes)) expect(count, mode).toBeGreaterThan(20);
  });
});

/** One server of the model. */
interface ModelServer {
  readonly currentEpoch: number;
  /** All records whose changes are in its tree. */
  readonly records: readonly bigint[];
  /** The zxid that it reports as its last. */
  readonly last: bigint;
  /** The snapshot that its log begins with, and the number of records in it. */
  readonly snapshot: { readonly zxid: bigint; readonly count: number };
}

/** One election and the events until the next one. */
interface Term {
  /** Servers that take part in the election. */
  readonly order: readonly number[];
  /** Number of followers that are synchronized; the leader is established with two. */
  readonly synced: number;
  readonly proposals: number;
  /** Number of proposals that each server logs. */
  readonly logged: readonly number[];
  /** Number of records that the leader can read. */
  readonly readable: number;
  /** True if a snapshot without records of the epoch e is named e:0, as by Apache's established leaders. */
  readonly namesSnapshotByEpoch: boolean;
  /** True if the other servers come to the established leader. */
  readonly hasLatecomers: boolean;
}

const anyTerm: fc.Arbitrary<Term> = fc.record({
  order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3, maxLength: 5 }),
  synced: fc.nat(4),
  proposals: fc.nat(4),
  logged: fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
  readable: fc.nat(12),
  namesSnapshotByEpoch: fc.boolean(),
  hasLatecomers: fc.boolean(),
});

/** Lets five servers elect leaders as Zab does, and synchronizes by the plan. Yields the mode of each synchronization. */
function* runElections(terms: readonly Term[]): Generator<SyncPlan["mode"]> {
  const empty: ModelServer = { currentEpoch: 0, records: [], last: 0n, snapshot: { zxid: 0n, count: 0 } };
  const servers = Array.from({ length: 5 }, () => empty);
  for (const [index, each] of terms.entries()) {
    const epoch = index + 1;
    // Three or more of five elect the best of them.
    const [leaderId = 0] = [...each.order].sort((a, b) => compare(servers[b]!, servers[a]!));
    const leader = { ...servers[leaderId]!, currentEpoch: epoch };
    servers[leaderId] = leader;
    const followers = each.order.filter((id) => id !== leaderId).slice(0, each.synced);
    for (const id of followers) {
      servers[id] = yield* synchronize(servers[id]!, leader, { ...each, namesSnapshotByEpoch: false });
    }
    if (followers.length < 2) continue;
    const proposed = Array.from({ length: each.proposals }, (_, i) => zxidOf(epoch, i + 1));
    for (const id of [leaderId, ...followers]) servers[id] = logged(servers[id]!, proposed.slice(0, each.logged[id]));
    if (!each.hasLatecomers) continue;
    const isCommitted = (zxid: bigint) => servers.filter(({ records }) => records.includes(zxid)).length >= 3;
    const committed = [...leader.records, ...proposed.filter(isCommitted)];
    for (const id of [0, 1, 2, 3, 4].filter((id) => id !== leaderId && !followers.includes(id))) {
      servers[id] = yield* synchronize(servers[id]!, { ...leader, records: committed }, each);
    }
  }
}

function compare(a: ModelServer, b: ModelServer): number {
  if (a.currentEpoch !== b.currentEpoch) return a.currentEpoch - b.currentEpoch;
  return a.last < b.last ? -1 : a.last > b.last ? 1 : 0;
}

function logged(server: ModelServer, records: readonly bigint[]): ModelServer {
  return { ...server, records: [...server.records, ...records], last: records.at(-1) ?? server.last };
}

function* synchronize(
  learner: ModelServer,
  leader: ModelServer,
  { readable, namesSnapshotByEpoch }: Term,
): Generator<SyncPlan["mode"], ModelServer> {
  const { records, currentEpoch } = leader;
  const history = historyOf(leader, readable);
  let plan = planSync(learner.last, history);
  if (apply(plan, learner, records) === undefined) {
    // A learner that begins with a snapshot of records that were never committed.
    expect(plan.mode === "trunc" && learner.snapshot.zxid > plan.after).toBe(true);
    plan = planSync(learner.last, history, true);
  }
  expect(apply(plan, learner, records), `${shown(plan)} for ${learner.last}`).toEqual(records);
  yield plan.mode;
  const last = records.at(-1) ?? 0n;
  if (plan.mode !== "snap") {
    const own = plan.mode === "diff" && learner.last > last ? learner.last : last;
    return { ...learner, currentEpoch, records, last: own };
  }
  const isRaised = namesSnapshotByEpoch && last < zxidOf(currentEpoch);
  const zxid = isRaised ? zxidOf(currentEpoch) : last;
  return { currentEpoch, records, last: zxid, snapshot: { zxid, count: records.length } };
}

/** Returns the last `readable` records, or those after the leader's own snapshot. */
function historyOf({ records, snapshot }: ModelServer, readable: number): ZxidHistory {
  const start = Math.max(records.length - readable, snapshot.count);
  const base = start === snapshot.count ? snapshot.zxid : records[start - 1];
  return new ZxidHistory(base ?? 0n, records.slice(start));
}

/** Returns the learner's records after the plan; undefined if the plan asks for something impossible. */
function apply(plan: SyncPlan, learner: ModelServer, all: readonly bigint[]): readonly bigint[] | undefined {
  if (plan.mode === "snap") return all;
  const sent = all.filter((each) => each > plan.after);
  if (plan.mode === "diff") return [...learner.records, ...sent];
  const kept = learner.records.filter((each) => each <= plan.after);
  return kept.at(-1) === plan.after && plan.after >= learner.snapshot.zxid ? [...kept, ...sent] : undefined;
}
